using System.Collections.Immutable;

namespace Ctrace.Compiler.Symbols;

/// <summary>The type of a value: how many bytes it takes where it is stored, and how people read it.</summary>
/// <param name="Size">Bytes in a map key, a map value or an event.</param>
/// <param name="Alignment">Natural alignment in bytes (1, 2, 4 or 8).</param>
public abstract record TraceType(int Size, int Alignment)
{
    /// <summary>The name used in messages.</summary>
    public abstract string Name { get; }

    /// <summary>The name with its article, for messages.</summary>
    public string WithArticle => ("aeio".Contains(Name[0]) ? "an " : "a ") + Name;

    /// <inheritdoc/>
    public sealed override string ToString() => Name;

    /// <summary>A signed 64-bit integer.</summary>
    public static IntegerType Int64 { get; } = new(8, true);

    /// <summary>An unsigned 64-bit integer.</summary>
    public static IntegerType UInt64 { get; } = new(8, false);

    /// <summary>An unsigned 32-bit integer.</summary>
    public static IntegerType UInt32 { get; } = new(4, false);

    /// <summary>An unsigned 8-bit integer.</summary>
    public static IntegerType UInt8 { get; } = new(1, false);

    /// <summary>A signed 32-bit integer.</summary>
    public static IntegerType Int32 { get; } = new(4, true);

    /// <summary>True or false.</summary>
    public static BoolType Bool { get; } = new();

    /// <summary>What a call that gives nothing back has.</summary>
    public static NoneType None { get; } = new();

    /// <summary>What a <c>void *</c> points to.</summary>
    public static VoidType Void { get; } = new();

    /// <summary>What an expression with an error has: it fits everywhere, so that one mistake gives one message.</summary>
    public static ErrorType Error { get; } = new();

    /// <summary>Whether it is held in one register.</summary>
    public virtual bool IsScalar => false;
}

/// <summary>An integer, little-endian on every CPU we run on.</summary>
/// <param name="Size">1, 2, 4 or 8 bytes.</param>
/// <param name="Signed">Whether the top bit is a sign.</param>
public sealed record IntegerType(int Size, bool Signed) : TraceType(Size, Size)
{
    /// <inheritdoc/>
    public override string Name => (Signed ? "int" : "uint") + Size * 8;

    /// <inheritdoc/>
    public override bool IsScalar => true;
}

/// <summary>A byte, 0 or 1, printed as <c>false</c> or <c>true</c>.</summary>
public sealed record BoolType() : TraceType(1, 1)
{
    /// <inheritdoc/>
    public override string Name => "bool";

    /// <inheritdoc/>
    public override bool IsScalar => true;
}

/// <summary>Text: bytes up to the first NUL, or up to the capacity.</summary>
/// <param name="Capacity">Bytes it takes, the NUL included.</param>
/// <param name="Limit">A text of so many bytes was cut there; 0 for what is never cut so.</param>
/// <param name="Trailer">What is shown behind a text that was cut.</param>
public sealed record StringType(int Capacity, int Limit = 0, string Trailer = "..") : TraceType(Capacity, Capacity % 8 == 0 ? 8 : Capacity % 4 == 0 ? 4 : 1)
{
    /// <inheritdoc/>
    public override string Name => $"string[{(Limit > 0 ? Limit : Capacity)}]";
}

/// <summary>A moment, kept as boot-time nanoseconds (8 bytes) and formatted in user space.</summary>
/// <param name="Format">A strftime format.</param>
public sealed record TimestampType(string Format) : TraceType(8, 8)
{
    /// <inheritdoc/>
    public override string Name => "timestamp";

    /// <inheritdoc/>
    public override bool IsScalar => true;
}

/// <summary>A probe's name, kept as an index (4 bytes) into <see cref="TraceProgram.ProbeNames"/>.</summary>
/// <param name="IsFunction">Whether only its last part is meant, the function.</param>
public sealed record ProbeNameType(bool IsFunction) : TraceType(4, 4)
{
    /// <inheritdoc/>
    public override string Name => IsFunction ? "function name" : "probe name";

    /// <summary>What is shown of a probe's whole name.</summary>
    public string Shown(string probe)
    {
        if (!IsFunction)
            return probe;
        // uprobe:BINARY:cpp:"space::function(int)"
        if (probe.EndsWith('"') && probe.IndexOf('"') is var quote && quote < probe.Length - 1)
            return probe[(quote + 1)..^1];
        string function = probe[(probe.LastIndexOf(':') + 1)..];
        return function.IndexOf('+') is var plus and > 0 ? function[..plus] : function;
    }

    /// <inheritdoc/>
    public override bool IsScalar => true;
}

/// <summary>Several values side by side, laid out as a C structure.</summary>
/// <param name="Elements">Their types and byte offsets.</param>
/// <param name="Size">Bytes, padding included.</param>
/// <param name="Alignment">The largest of the elements'.</param>
public sealed record TupleType(ImmutableArray<TupleElement> Elements, int Size, int Alignment) : TraceType(Size, Alignment)
{
    /// <summary>The elements' names, where it is a record; empty for a tuple.</summary>
    public ImmutableArray<string> Names { get; init; } = [];

    /// <summary>Lays out elements in order, each at its natural alignment.</summary>
    public static TupleType Of(IEnumerable<TraceType> types)
    {
        var elements = ImmutableArray.CreateBuilder<TupleElement>();
        int offset = 0, alignment = 1;
        foreach (var type in types)
        {
            offset = Align(offset, type.Alignment);
            elements.Add(new TupleElement(type, offset));
            offset += type.Size;
            alignment = Math.Max(alignment, type.Alignment);
        }

        return new TupleType(elements.ToImmutable(), Align(offset, alignment), alignment);
    }

    /// <summary>Lays out elements with no more gaps than the total's alignment asks for: texts last, the longest at the end.</summary>
    /// <param name="types">The elements, which keep their order in <see cref="Elements"/>.</param>
    /// <param name="alignment">What the total size is a multiple of.</param>
    public static TupleType Packed(ImmutableArray<TraceType> types, int alignment)
    {
        var elements = new TupleElement[types.Length];
        int offset = 0;
        foreach (int i in Enumerable.Range(0, types.Length).OrderBy(i => types[i] is StringType ? types[i].Size : 0).ThenByDescending(i => types[i].Alignment))
        {
            offset = Align(offset, types[i].Alignment);
            elements[i] = new TupleElement(types[i], offset);
            offset += types[i].Size;
        }

        return new TupleType([.. elements], Align(offset, alignment), alignment);
    }

    /// <summary>The next multiple of a power of two.</summary>
    public static int Align(int offset, int alignment) => (offset + alignment - 1) & -alignment;

    /// <inheritdoc/>
    public override string Name => Names.IsEmpty
        ? $"({string.Join(",", Elements.Select(e => e.Type.Name))})"
        : $"record {{ {string.Join(", ", Elements.Zip(Names, (e, name) => $".{name} = {e.Type.Name}"))} }}";

    /// <summary>Same element types at the same places, by the same names.</summary>
    public bool Equals(TupleType? other) => other is not null && Elements.SequenceEqual(other.Elements) && Names.SequenceEqual(other.Names);

    /// <inheritdoc/>
    public override int GetHashCode() => Elements.Aggregate(Size, (hash, e) => HashCode.Combine(hash, e));
}

/// <summary>One element of a tuple.</summary>
/// <param name="Type">Its type.</param>
/// <param name="Offset">Bytes from the tuple's start.</param>
public sealed record TupleElement(TraceType Type, int Offset);

/// <summary>No value.</summary>
public sealed record NoneType() : TraceType(0, 1)
{
    /// <inheritdoc/>
    public override string Name => "none";
}

/// <summary>The type of a variable that is another name for <c>args</c>: it has no value, only fields.</summary>
public sealed record ArgumentsType() : TraceType(0, 1)
{
    /// <inheritdoc/>
    public override string Name => "args";
}

/// <summary>The type of an expression that already has an error.</summary>
public sealed record ErrorType() : TraceType(8, 8)
{
    /// <inheritdoc/>
    public override string Name => "?";
}
