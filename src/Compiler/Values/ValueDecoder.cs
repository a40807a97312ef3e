using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;
using Ctrace.Compiler.Symbols;

namespace Ctrace.Compiler.Values;

/// <summary>Bytes from the kernel to values, by type.</summary>
public static class ValueDecoder
{
    /// <summary>Decodes one value.</summary>
    /// <param name="type">Its type.</param>
    /// <param name="bytes">At least <see cref="TraceType.Size"/> bytes (a string may be shorter).</param>
    /// <param name="names">What a probe-name value indexes.</param>
    public static TraceValue Decode(TraceType type, ReadOnlySpan<byte> bytes, IReadOnlyList<string> names) => type switch
    {
        IntegerType integer => new NumberValue(ReadInteger(integer, bytes), integer.Signed),
        BoolType => new BoolValue(bytes[0] != 0),
        PointerType => new AddressValue(BinaryPrimitives.ReadUInt64LittleEndian(bytes)),
        StringType text => DecodeText(text, bytes),
        TimestampType time => new TimestampValue(BinaryPrimitives.ReadUInt64LittleEndian(bytes), time.Format),
        ProbeNameType probe => new TextValue(Encoding.UTF8.GetBytes(probe.Shown(names[BinaryPrimitives.ReadInt32LittleEndian(bytes)]))),
        StackType stack => DecodeStack(stack, bytes),
        EnumType choice => DecodeEnum(choice, ReadInteger(choice.Integer, bytes)),
        ArrayType { IsText: true } text => new TextValue(TextBytes(new StringType(text.Length), bytes).ToArray()),
        ArrayType array => DecodeArray(array, bytes, names),
        StructureType structure => DecodeStructure(structure, bytes, names),
        BufferType => new BufferValue(BufferBytes(bytes).ToArray()),
        BytesType array => new BytesValue(bytes[..array.Length].ToArray()),
        InternetAddressType => new InternetAddressValue(BinaryPrimitives.ReadInt32LittleEndian(bytes), bytes.Slice(4, 16).ToArray()),
        HardwareAddressType => new HardwareAddressValue(bytes[..6].ToArray()),
        // Where an address of the kernel's could be, a probed function's name may be too: its index, all bits turned round.
        LookupType { Kind: LookupKind.KernelSymbol } when ~BinaryPrimitives.ReadInt64LittleEndian(bytes) is >= 0 and var index && index < names.Count =>
            new TextValue(Encoding.UTF8.GetBytes(new ProbeNameType(true).Shown(names[(int)index]))),
        LookupType lookup => new LookupValue(lookup.Kind, lookup.Size == 4 ? BinaryPrimitives.ReadInt32LittleEndian(bytes) : BinaryPrimitives.ReadInt64LittleEndian(bytes)),
        UserSymbolType => new UserSymbolValue(BinaryPrimitives.ReadUInt64LittleEndian(bytes), BinaryPrimitives.ReadInt32LittleEndian(bytes[8..])),
        TupleType tuple => DecodeTuple(tuple, bytes, names),
        _ => throw new InvalidOperationException($"no value has type {type}"),
    };

    /// <summary>An integer's bits, sign- or zero-extended to 64.</summary>
    public static long ReadInteger(IntegerType type, ReadOnlySpan<byte> bytes) => (type.Size, type.Signed) switch
    {
        (1, true) => (sbyte)bytes[0],
        (1, false) => bytes[0],
        (2, true) => BinaryPrimitives.ReadInt16LittleEndian(bytes),
        (2, false) => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
        (4, true) => BinaryPrimitives.ReadInt32LittleEndian(bytes),
        (4, false) => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        _ => BinaryPrimitives.ReadInt64LittleEndian(bytes),
    };

    /// <summary>A string's bytes up to its NUL.</summary>
    public static ReadOnlySpan<byte> TextBytes(StringType type, ReadOnlySpan<byte> bytes)
    {
        bytes = bytes[..Math.Min(bytes.Length, type.Capacity)];
        int end = bytes.IndexOf((byte)0);
        return end < 0 ? bytes : bytes[..end];
    }

    /// <summary>Whether a text was cut at the most that is read.</summary>
    public static bool IsCut(StringType type, ReadOnlySpan<byte> text) => type.Limit > 0 && text.Length >= type.Limit;

    private static StackValue DecodeStack(StackType type, ReadOnlySpan<byte> bytes)
    {
        int? process = type.IsUser ? BinaryPrimitives.ReadInt32LittleEndian(bytes) : null;
        var words = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, ulong>(bytes[(type.IsUser ? 8 : 0)..type.Size]);
        int end = words.IndexOf(0UL);
        return new StackValue([.. end < 0 ? words : words[..end]], process, type.Mode);
    }

    private static EnumValue DecodeEnum(EnumType type, long value) =>
        new(type.Values.FirstOrDefault(v => v.Value == value).Name, new NumberValue(value, type.Signed));

    private static ArrayValue DecodeArray(ArrayType type, ReadOnlySpan<byte> bytes, IReadOnlyList<string> names)
    {
        var items = ImmutableArray.CreateBuilder<TraceValue>(type.Length);
        for (int i = 0; i < type.Length; i++)
            items.Add(Decode(type.Element, bytes[(i * type.Element.Size)..], names));
        return new ArrayValue(items.MoveToImmutable());
    }

    private static RecordValue DecodeStructure(StructureType type, ReadOnlySpan<byte> bytes, IReadOnlyList<string> names)
    {
        var members = ImmutableArray.CreateBuilder<(string, TraceValue)>();
        foreach (var member in type.Members)
        {
            if (member.Type.Size == 0)
                continue;
            var value = member.Bits > 0 ? DecodeBits(member, bytes) : Decode(member.Type, bytes[member.Offset..], names);
            // The members of a member without a name count as the whole's.
            if (member.Name.Length == 0 && value is RecordValue inner)
                members.AddRange(inner.Members);
            else if (member.Name.Length > 0)
                members.Add((member.Name, value));
        }

        return new RecordValue(members.ToImmutable());
    }

    private static TraceValue DecodeBits(StructureMember member, ReadOnlySpan<byte> bytes)
    {
        bool signed = member.Type is IntegerType { Signed: true } or EnumType { Signed: true };
        long bits = ReadInteger(new IntegerType(member.Type.Size, false), bytes[member.Offset..]) << (64 - member.FirstBit - member.Bits);
        bits = signed ? bits >> (64 - member.Bits) : (long)((ulong)bits >> (64 - member.Bits));
        return member.Type is EnumType choice ? DecodeEnum(choice, bits) : new NumberValue(bits, signed);
    }
    /// <summary>A buffer's content.</summary>
    public static ReadOnlySpan<byte> BufferBytes(ReadOnlySpan<byte> bytes) =>
        bytes.Slice(BufferType.LengthSize, Math.Min(BinaryPrimitives.ReadInt32LittleEndian(bytes), bytes.Length - BufferType.LengthSize));

    private static TextValue DecodeText(StringType type, ReadOnlySpan<byte> bytes)
    {
        var text = TextBytes(type, bytes);
        return new TextValue(IsCut(type, text) ? [.. text, .. Encoding.UTF8.GetBytes(type.Trailer)] : text.ToArray());
    }

    private static TraceValue DecodeTuple(TupleType type, ReadOnlySpan<byte> bytes, IReadOnlyList<string> names)
    {
        var items = ImmutableArray.CreateBuilder<TraceValue>(type.Elements.Length);
        foreach (var element in type.Elements)
            items.Add(Decode(element.Type, bytes[element.Offset..], names));
        return type.Names.IsEmpty ? new TupleValue(items.MoveToImmutable()) : new RecordValue([.. type.Names.Zip(items)]);
    }
}
