using System.Collections.Immutable;
using Ctrace.Compiler.Symbols;

namespace Ctrace.Runtime.Kernel;

/// <summary>Makes the language's types of the kernel's type information, one when it is first asked for.</summary>
/// <param name="open">
/// Gives the type information, opened again if it was closed meanwhile: structures look their members up late.
/// </param>
/// <param name="foreign">Gives the type to take in place of a structure (by its C spelling and its members' names), or null; null for none.</param>
internal sealed class BtfTypes(Func<Btf> open, Func<string, IEnumerable<string>, TraceType?>? foreign = null)
{
    /// <summary>Bits of an integer's description, from include/uapi/linux/btf.h.</summary>
    private const int SignedBit = 1, BoolBit = 4;

    private readonly Dictionary<int, TraceType> _types = [];

    /// <summary>A type by its C spelling, or null.</summary>
    public TraceType? Find(string name)
    {
        var btf = open();
        var (kinds, tag) = name.Split(' ', 2) switch
        {
            ["struct", var rest] => ((BtfKind[])[BtfKind.Structure], rest),
            ["union", var rest] => ([BtfKind.Union], rest),
            ["enum", var rest] => ([BtfKind.Enumeration, BtfKind.Enumeration64], rest),
            _ => ([BtfKind.Typedef, BtfKind.Integer], name),
        };
        int id = kinds.Select(kind => btf.Find(tag, kind)).FirstOrDefault(found => found != 0);
        return id == 0 ? null : Get(id);
    }

    /// <summary>A constant of an enumeration, or null.</summary>
    public (EnumType Type, long Value)? FindEnumerator(string name)
    {
        var btf = open();
        if (btf.FindEnumerator(name) is not { } id || Get(id) is not EnumType type)
            return null;
        return (type, type.Values.First(v => v.Name == name).Value);
    }

    /// <summary>The type with an id.</summary>
    public TraceType Get(int id)
    {
        if (_types.TryGetValue(id, out var known))
            return known;
        var btf = open();
        var type = btf.Kind(id) switch
        {
            BtfKind.Integer => Integer(btf, id),
            BtfKind.Pointer => new PointerType(PointerTarget(btf, btf.Target(id)), AddressSpace.Kernel),
            BtfKind.Array => new ArrayType(Get(btf.Extra(id, 0)), btf.ArrayLength(id)),
            BtfKind.Structure or BtfKind.Union => foreign?.Invoke(BtfTypeNames.Name(btf, id), MemberNames(btf, id)) ?? Structure(btf, id),
            BtfKind.Enumeration or BtfKind.Enumeration64 => Enumeration(btf, id),
            BtfKind.Typedef or BtfKind.Const or BtfKind.Volatile or BtfKind.Restrict or BtfKind.TypeTag => Get(btf.Target(id)),
            BtfKind.Forward => Find(BtfTypeNames.Name(btf, id)) ?? foreign?.Invoke(BtfTypeNames.Name(btf, id), []) ?? new VoidType(BtfTypeNames.Name(btf, id)),
            _ => new VoidType(BtfTypeNames.Name(btf, id)),
        };
        return _types[id] = type;
    }

    /// <summary>What <c>__user</c> marks is an address of the process (a type tag, where the kernel was built with a compiler that has them).</summary>
    private TraceType PointerTarget(Btf btf, int id) => btf.Kind(id) == BtfKind.Prototype ? new VoidType("void ()") : Get(id);

    private static TraceType Integer(Btf btf, int id)
    {
        int encoding = btf.Extra(id, 0) >> 24 & 0xf, size = btf.Size(id);
        if ((encoding & BoolBit) != 0)
            return TraceType.Bool;
        // Newer kernels are built with unsigned characters; they are text all the same.
        if (size == 1 && btf.Name(id) == "char")
            return new IntegerType(1, true);
        // Two words (__int128) are no integer of ours.
        return size > 8 ? new ArrayType(TraceType.UInt64, size / 8) : new IntegerType(size, (encoding & SignedBit) != 0);
    }

    private StructureType Structure(Btf btf, int id)
    {
        int size = btf.Size(id);
        return new StructureType(BtfTypeNames.Name(btf, id), size, size % 8 == 0 ? 8 : size % 4 == 0 ? 4 : size % 2 == 0 ? 2 : 1)
        {
            Load = () => Members(open(), id),
        };
    }

    private static IEnumerable<string> MemberNames(Btf btf, int id) =>
        Enumerable.Range(0, btf.MemberCount(id)).Select(i => btf.Extra(id, i * 3)).Where(name => name != 0).Select(btf.Text);

    private ImmutableArray<StructureMember> Members(Btf btf, int id)
    {
        var members = ImmutableArray.CreateBuilder<StructureMember>();
        for (int i = 0; i < btf.MemberCount(id); i++)
        {
            int nameOffset = btf.Extra(id, i * 3), position = btf.Extra(id, (i * 3) + 2), bits = 0;
            if (btf.Flag(id))
                (position, bits) = (position & 0xffffff, position >> 24 & 0xff);
            members.Add(StructureMember.At(nameOffset == 0 ? "" : btf.Text(nameOffset), Get(btf.Extra(id, (i * 3) + 1)), position, bits));
        }

        return members.ToImmutable();
    }

    private static EnumType Enumeration(Btf btf, int id)
    {
        bool wide = btf.Kind(id) == BtfKind.Enumeration64, signed = btf.Flag(id);
        var values = ImmutableArray.CreateBuilder<(string, long)>();
        for (int i = 0; i < btf.MemberCount(id); i++)
        {
            int start = i * (wide ? 3 : 2), low = btf.Extra(id, start + 1);
            long value = wide ? (uint)low | (long)btf.Extra(id, start + 2) << 32 : signed ? low : (uint)low;
            values.Add((btf.Text(btf.Extra(id, start)), value));
        }

        return new EnumType(BtfTypeNames.Name(btf, id), btf.Size(id), signed) { Values = values.ToImmutable() };
    }
}
