namespace Ctrace.Runtime.Symbols.Dwarf;

/// <summary>Types as the source of a binary spells them: <c>const char*</c>, <c>size_t</c>.</summary>
internal static class DebugTypeNames
{
    /// <summary>Types of types; more of them go in a circle.</summary>
    private const int Deepest = 64;

    /// <summary>A type's name.</summary>
    /// <param name="place">Its entry's place; null for void.</param>
    /// <param name="find">An entry by its place.</param>
    public static string Name(int? place, Func<int, DebugEntry?> find) => Name(place, find, 0);

    private static string Name(int? place, Func<int, DebugEntry?> find, int depth)
    {
        if (place is not { } at || depth > Deepest || find(at) is not { } entry)
            return "void";
        if (entry.Reference(DebugAttribute.Signature) is { } whole && whole != at)
            return Name(whole, find, depth + 1);
        return entry.Tag switch
        {
            DebugTag.Pointer => Target() + "*",
            DebugTag.Reference => Target() + "&",
            DebugTag.RvalueReference => Target() + "&&",
            DebugTag.Const => "const " + Target(),
            DebugTag.Volatile => "volatile " + Target(),
            DebugTag.Restrict => "restrict " + Target(),
            DebugTag.Atomic => "_Atomic " + Target(),
            DebugTag.Array => Target() + "[]",
            DebugTag.SubroutineType => "void ()",
            DebugTag.Structure or DebugTag.Class => Tagged("struct"),
            DebugTag.Union => Tagged("union"),
            DebugTag.Enumeration => Tagged("enum"),
            _ => entry.Name.Length > 0 ? entry.Name : "void",
        };

        string Target() => Name(entry.Reference(DebugAttribute.Type), find, depth + 1);
        string Tagged(string kind) => entry.Name.Length > 0 ? $"{kind} {entry.Name}" : kind + " {}";
    }
}
