using System.Collections.Immutable;

namespace Ctrace.Compiler.Symbols;

/// <summary>Which memory an address is in.</summary>
public enum AddressSpace
{
    /// <summary>Not known: the address itself tells, since the kernel's have the top bit set.</summary>
    Any,

    /// <summary>The kernel's.</summary>
    Kernel,

    /// <summary>The traced process's.</summary>
    User,
}

/// <summary>An address, printed in hexadecimal.</summary>
/// <param name="Target">What is there.</param>
/// <param name="Space">Which memory it is in.</param>
public sealed record PointerType(TraceType Target, AddressSpace Space) : TraceType(8, 8)
{
    /// <inheritdoc/>
    public override string Name => Target is PointerType ? Target.Name + "*" : Target.Name + " *";

    /// <inheritdoc/>
    public override bool IsScalar => true;

    /// <summary>Whether it is the traced process's memory; null where only the address itself tells.</summary>
    public bool? IsUser => Space == AddressSpace.Any ? null : Space == AddressSpace.User;

    /// <summary>Bytes that adding 1 moves it by: as in GNU C, 1 for a <c>void *</c>.</summary>
    public int Step => Math.Max(1, Target.Size);
}

/// <summary>What a <c>void *</c> points to, or a type that is only named.</summary>
/// <param name="CName">As C spells it.</param>
public sealed record VoidType(string CName = "void") : TraceType(0, 1)
{
    /// <inheritdoc/>
    public override string Name => CName;
}

/// <summary>Values of one type one after another.</summary>
/// <param name="Element">Their type.</param>
/// <param name="Length">Their number; 0 where the declaration leaves it open.</param>
public sealed record ArrayType(TraceType Element, int Length) : TraceType(Element.Size * Length, Element.Alignment)
{
    /// <inheritdoc/>
    public override string Name => Fraction ?? $"{Element.Name}[{Length}]";

    /// <summary>What C calls it, where it is the bytes of a number with a fraction, with which programs can't compute; null for others.</summary>
    public string? Fraction { get; init; }

    /// <summary>Whether it is a <c>char</c> array, which is read as text.</summary>
    public bool IsText => Element is IntegerType { Size: 1, Signed: true } && !IsNumbers;

    /// <summary>Whether the program made it from a number: then its bytes are numbers, too.</summary>
    public bool IsNumbers { get; init; }
}

/// <summary>An integer some of whose values have names.</summary>
/// <param name="CName">As C spells it: <c>enum pid_type</c>.</param>
/// <param name="Size">1, 2, 4 or 8 bytes.</param>
/// <param name="Signed">Whether the top bit is a sign.</param>
public sealed record EnumType(string CName, int Size, bool Signed) : TraceType(Size, Size)
{
    /// <inheritdoc/>
    public override string Name => CName;

    /// <inheritdoc/>
    public override bool IsScalar => true;

    /// <summary>The named values.</summary>
    public required ImmutableArray<(string Name, long Value)> Values { get; init; }

    /// <summary>The integer it is.</summary>
    public IntegerType Integer => new(Size, Signed);

    /// <summary>Same spelling and size.</summary>
    public bool Equals(EnumType? other) => other is not null && CName == other.CName && Size == other.Size && Signed == other.Signed;

    /// <inheritdoc/>
    public override int GetHashCode() => CName.GetHashCode(StringComparison.Ordinal);
}

/// <summary>A structure or union of C. Its members are looked up when they are first asked for: they may point back to it.</summary>
/// <param name="CName">As C spells it: <c>struct task_struct</c>.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Alignment">1, 2, 4 or 8.</param>
public sealed record StructureType(string CName, int Size, int Alignment) : TraceType(Size, Alignment)
{
    private ImmutableArray<StructureMember> _members;

    /// <inheritdoc/>
    public override string Name => CName;

    /// <summary>Gives the members.</summary>
    public required Func<ImmutableArray<StructureMember>> Load { get; init; }

    /// <summary>Whether functions get its address where their source says the value (objects of C++ that are not just bytes).</summary>
    public bool IsByReference { get; init; }

    /// <summary>The members in the order of their declaration; those without a name are structures whose members count as this one's.</summary>
    public ImmutableArray<StructureMember> Members => _members.IsDefault ? _members = Load() : _members;

    /// <summary>A member by name, with its place in the whole; members without a name are looked through.</summary>
    public StructureMember? Find(string name)
    {
        foreach (var member in Members)
        {
            if (member.Name == name)
                return member;
            if (member.Name.Length == 0 && member.Type is StructureType inner && inner.Find(name) is { } found)
                return found with { Offset = member.Offset + found.Offset };
        }

        return null;
    }

    /// <summary>The names of all members, those of members without a name included.</summary>
    public IEnumerable<string> MemberNames =>
        Members.SelectMany(m => m is { Name: "", Type: StructureType inner } ? inner.MemberNames : [m.Name]);

    /// <summary>Same spelling and size.</summary>
    public bool Equals(StructureType? other) => other is not null && CName == other.CName && Size == other.Size;

    /// <inheritdoc/>
    public override int GetHashCode() => CName.GetHashCode(StringComparison.Ordinal);
}

/// <summary>A member of a structure.</summary>
/// <param name="Name">Its name; empty where it has none.</param>
/// <param name="Type">Its type.</param>
/// <param name="Offset">Bytes from the structure's start; for a bit-field, to the bytes that hold it.</param>
/// <param name="FirstBit">Where a bit-field starts in those bytes, counted from the lowest bit.</param>
/// <param name="Bits">How many bits a bit-field has; 0 for other members.</param>
public sealed record StructureMember(string Name, TraceType Type, int Offset, int FirstBit = 0, int Bits = 0)
{
    /// <summary>A member at a place in bits.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="type">Its type.</param>
    /// <param name="position">Bits from the structure's start.</param>
    /// <param name="bits">How many bits it has; 0 when it is no bit-field.</param>
    public static StructureMember At(string name, TraceType type, int position, int bits)
    {
        if (bits == 0)
            return new StructureMember(name, type, position / 8);
        // The smallest access that holds all its bits, and does not go beyond the type's own bytes.
        int size = Math.Max(1, type.Size), offset = position / (size * 8) * size, first = position - offset * 8;
        return first + bits <= size * 8
            ? new StructureMember(name, type, offset, first, bits)
            : new StructureMember(name, type, position / 8, position % 8, bits);
    }
}
