using Ctrace.Compiler.Symbols;

namespace Ctrace.Compiler.Syntax;

/// <summary>The spellings of the integer types.</summary>
public static class TypeNames
{
    private static readonly Dictionary<string, TraceType> Types = new()
    {
        ["bool"] = TraceType.Bool, ["_Bool"] = TraceType.Bool,
        ["int8"] = new IntegerType(1, true), ["uint8"] = new IntegerType(1, false),
        ["int16"] = new IntegerType(2, true), ["uint16"] = new IntegerType(2, false),
        ["int32"] = TraceType.Int32, ["uint32"] = TraceType.UInt32,
        ["int64"] = TraceType.Int64, ["uint64"] = TraceType.UInt64,
    };

    private static readonly Dictionary<string, string> CNames = new()
    {
        ["char"] = "int8", ["signed char"] = "int8", ["unsigned char"] = "uint8",
        ["short"] = "int16", ["short int"] = "int16", ["unsigned short"] = "uint16", ["unsigned short int"] = "uint16",
        ["int"] = "int32", ["signed int"] = "int32", ["signed"] = "int32", ["unsigned"] = "uint32", ["unsigned int"] = "uint32",
        ["long"] = "int64", ["long int"] = "int64", ["unsigned long"] = "uint64", ["unsigned long int"] = "uint64",
        ["long long"] = "int64", ["long long int"] = "int64", ["unsigned long long"] = "uint64", ["size_t"] = "uint64",
        ["int8_t"] = "int8", ["int16_t"] = "int16", ["int32_t"] = "int32", ["int64_t"] = "int64",
        ["uint8_t"] = "uint8", ["uint16_t"] = "uint16", ["uint32_t"] = "uint32", ["uint64_t"] = "uint64",
        ["u8"] = "uint8", ["u16"] = "uint16", ["u32"] = "uint32", ["u64"] = "uint64",
        ["s8"] = "int8", ["s16"] = "int16", ["s32"] = "int32", ["s64"] = "int64", ["pid_t"] = "int32",
    };

    /// <summary>Types whose size is given in brackets.</summary>
    public const string Text = "string", Bytes = "buffer";

    private static readonly HashSet<string> Words = [.. Types.Keys, .. CNames.Keys.SelectMany(name => name.Split(' ')), "void", Text, Bytes];

    /// <summary>Whether a word can be part of a type's name.</summary>
    public static bool IsTypeWord(string word) => Words.Contains(word);

    /// <summary>The type of a spelling, or null.</summary>
    public static TraceType? Find(string name) => Types.GetValueOrDefault(CNames.GetValueOrDefault(name, name));

    /// <summary>All spellings, for suggestions.</summary>
    public static IEnumerable<string> All => Types.Keys.Concat(CNames.Keys);
}
