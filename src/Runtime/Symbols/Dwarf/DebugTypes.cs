using System.Collections.Immutable;
using Ctrace.Compiler.Symbols;

namespace Ctrace.Runtime.Symbols.Dwarf;

/// <summary>Makes the language's types of those in .debug_info, one when it is first asked for.</summary>
/// <param name="find">An entry by its place.</param>
internal sealed class DebugTypes(Func<int, DebugEntry?> find)
{
    /// <summary>DW_ATE_ of the DWARF standard.</summary>
    private const int Boolean = 2, ComplexFloat = 3, Float = 4, Signed = 5, SignedCharacter = 6, UnsignedCharacter = 8, ImaginaryFloat = 9;

    /// <summary>DW_CC_pass_by_reference: an object that can't be copied like bytes.</summary>
    private const int ByReference = 4;

    /// <summary>Types within types; more of them go in a circle.</summary>
    private const int Deepest = 64;

    private readonly Dictionary<int, TraceType> _types = [];
    private int _depth;

    /// <summary>The type at a place.</summary>
    public TraceType Get(int place)
    {
        if (_types.TryGetValue(place, out var known))
            return known;
        if (_depth >= Deepest || find(place) is not { } entry)
            return TraceType.Void;
        _depth++;
        var type = Make(entry);
        _depth--;
        return _types[place] = type;
    }

    private TraceType Make(DebugEntry entry)
    {
        // A declaration of what stands in a unit of its own.
        if (entry.Reference(DebugAttribute.Signature) is { } whole && whole != entry.Place)
            return Get(whole);
        int size = (int)Math.Clamp(entry.Number(DebugAttribute.ByteSize) ?? 0, 0, int.MaxValue);
        switch (entry.Tag)
        {
            case DebugTag.BaseType:
                return Base(entry, size);
            case DebugTag.Pointer or DebugTag.Reference or DebugTag.RvalueReference:
                return new PointerType(Target(entry) is { } target ? target : TraceType.Void, AddressSpace.User);
            case DebugTag.Structure or DebugTag.Class or DebugTag.Union:
                return Structure(entry, size);
            case DebugTag.Enumeration:
                return Enumeration(entry, size);
            case DebugTag.Array:
                return Array(entry);
            case DebugTag.SubroutineType:
                return new VoidType("void ()");
            case DebugTag.Typedef or DebugTag.Const or DebugTag.Volatile or DebugTag.Restrict or DebugTag.Atomic:
                return Target(entry) ?? TraceType.Void;
            default:
                return new VoidType(entry.Name.Length > 0 ? entry.Name : "void");
        }
    }

    private TraceType? Target(DebugEntry entry) => entry.Reference(DebugAttribute.Type) is { } place ? Get(place) : null;

    private static TraceType Base(DebugEntry entry, int size) => entry.Number(DebugAttribute.Encoding) switch
    {
        Boolean when size == 1 => TraceType.Bool,
        Float or ComplexFloat or ImaginaryFloat => new ArrayType(TraceType.UInt8, size) { Fraction = entry.Name },
        var encoding when size is 1 or 2 or 4 or 8 => new IntegerType(size, encoding is Signed or SignedCharacter || size == 1 && encoding == UnsignedCharacter && entry.Name == "char"),
        // Two words (__int128) are no integer of ours.
        _ => new ArrayType(TraceType.UInt64, size / 8),
    };

    private StructureType Structure(DebugEntry entry, int size)
    {
        string kind = entry.Tag == DebugTag.Union ? "union" : "struct", name = entry.Name.Length > 0 ? $"{kind} {entry.Name}" : kind + " {}";
        return new StructureType(name, size, size % 8 == 0 ? 8 : size % 4 == 0 ? 4 : size % 2 == 0 ? 2 : 1)
        {
            Load = () => Members(entry),
            IsByReference = entry.Number(DebugAttribute.CallingConvention) == ByReference,
        };
    }

    private ImmutableArray<StructureMember> Members(DebugEntry structure)
    {
        var members = ImmutableArray.CreateBuilder<StructureMember>();
        foreach (var entry in DebugInfo.Children(structure))
        {
            if (entry.Tag is not (DebugTag.Member or DebugTag.Inheritance) || Target(entry) is not { } type)
                continue;
            int bits = (int)(entry.Number(DebugAttribute.BitSize) ?? 0);
            long offset = entry.Number(DebugAttribute.MemberLocation) ?? 0, position = entry.Number(DebugAttribute.DataBitOffset) ?? offset * 8;
            // Before DWARF 4, bits were counted from the other end of the bytes that hold them.
            if (entry.Number(DebugAttribute.BitOffset) is { } fromEnd)
                position = (offset + (entry.Number(DebugAttribute.ByteSize) ?? type.Size)) * 8 - fromEnd - bits;
            // What a static member has is no place in the object.
            if (entry.Values.ContainsKey(DebugAttribute.Declaration) || position is < 0 or > int.MaxValue)
                continue;
            members.Add(StructureMember.At(entry.Tag == DebugTag.Inheritance ? "" : entry.Name, type, (int)position, bits));
        }

        return members.ToImmutable();
    }

    private EnumType Enumeration(DebugEntry entry, int size)
    {
        bool signed = Target(entry) is IntegerType { Signed: true };
        var values = DebugInfo.Children(entry).Where(c => c.Tag == DebugTag.Enumerator).Select(c => (c.Name, c.Number(DebugAttribute.ConstantValue) ?? 0));
        return new EnumType(entry.Name.Length > 0 ? $"enum {entry.Name}" : "enum {}", size is 1 or 2 or 4 or 8 ? size : 4, signed) { Values = [.. values] };
    }

    private TraceType Array(DebugEntry entry)
    {
        var type = Target(entry) ?? TraceType.UInt8;
        // The last dimension lies closest.
        foreach (var dimension in DebugInfo.Children(entry).Where(c => c.Tag == DebugTag.Subrange).Reverse())
        {
            long count = dimension.Number(DebugAttribute.Count) ?? (dimension.Number(DebugAttribute.UpperBound) is { } last ? last + 1 : 0);
            type = new ArrayType(type, (int)Math.Clamp(count, 0, 1 << 20));
        }

        return type;
    }
}
