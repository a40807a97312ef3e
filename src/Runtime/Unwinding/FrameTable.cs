using System.Runtime.InteropServices;
using Ctrace.Runtime.Symbols;
using Ctrace.Runtime.Symbols.Dwarf;

namespace Ctrace.Runtime.Unwinding;

/// <summary>A row of a binary's table.</summary>
/// <param name="Place">The first address that it is true for, as the binary has it.</param>
/// <param name="Rule">What is true (<see cref="Compiler.Layouts.UnwindLayout"/>).</param>
internal readonly record struct FrameRow(uint Place, uint Rule);

/// <summary>Reads what a binary says of its frames: its section .eh_frame (Linux Standard Base, 10.6).</summary>
internal sealed class FrameTable
{
    private const string Section = ".eh_frame";

    private readonly byte[] _bytes;
    private readonly ulong _address;
    private readonly Dictionary<int, Common?> _commons = [];
    private readonly List<(ulong Start, ulong End, int From, int To)> _functions = [];
    private readonly List<FrameRow> _pieces = [];

    private FrameTable(ElfFile file, byte[] bytes) => (_bytes, _address) = (bytes, (ulong)file.AddressOf(Section));

    /// <summary>A binary's rows in the order of their places, the first for place 0; empty where it has none, or they can't be understood.</summary>
    public static FrameRow[] Read(ElfFile file) =>
        file.ReadContent(Section) is { Length: > 0 } bytes ? new FrameTable(file, bytes).Read() : [];

    private FrameRow[] Read()
    {
        for (int at = 0; at + 4 <= _bytes.Length;)
        {
            var reader = new DwarfReader(_bytes, at);
            ulong length = reader.Word();
            // A length of zero is the end of what one object file had; a linker may put more behind it.
            bool isLarge = length == uint.MaxValue;
            if (isLarge)
                length = reader.Long();
            int start = reader.Position;
            if (length > (ulong)(_bytes.Length - start))
                break;
            at = start + (int)length;
            if (length < 4)
                continue;
            ulong common = reader.Offset(isLarge);
            if (common != 0 && common <= (ulong)start)
                ReadFunction(start - (int)common, ref reader, at);
        }

        return Merge();
    }

    /// <summary>One function's frames, from its own instructions and those that it has in common with others.</summary>
    private void ReadFunction(int commonAt, ref DwarfReader reader, int end)
    {
        if (!_commons.TryGetValue(commonAt, out var common))
            _commons[commonAt] = common = ReadCommon(commonAt);
        if (common is null || Pointer(ref reader, common.Encoding) is not { } start || Pointer(ref reader, (byte)(common.Encoding & 0xf)) is not { } size || size == 0)
            return;
        if (start + size > uint.MaxValue || start + size < start)
            return;
        if (common.HasAugmentation)
            reader.Skip(reader.Unsigned());
        if (reader.Position > end)
            return;
        var program = new FrameProgram(common.CodeUnit, common.DataUnit, (common.Encoding & 0x7f) == 0 ? 8 : 0) { State = common.Initial, Initial = common.Initial };
        int first = _pieces.Count;
        bool isSignal = common.IsSignal;
        bool understood = program.Run(_bytes.AsSpan(reader.Position, end - reader.Position), start, (place, state) =>
        {
            if (place >= start && place < start + size)
                _pieces.Add(new FrameRow((uint)place, state.Rule(isSignal)));
        });
        if (!understood)
            _pieces.RemoveRange(first, _pieces.Count - first);
        _functions.Add((start, start + size, first, _pieces.Count));
    }

    private Common? ReadCommon(int at)
    {
        if (at < 0 || at + 4 > _bytes.Length)
            return null;
        var reader = new DwarfReader(_bytes, at);
        ulong length = reader.Word();
        bool isLarge = length == uint.MaxValue;
        if (isLarge)
            length = reader.Long();
        if (length < 4 || length > (ulong)(_bytes.Length - reader.Position))
            return null;
        int end = reader.Position + (int)length;
        ulong own = reader.Offset(isLarge);
        byte version = reader.Byte();
        if (own != 0 || version is not (1 or 3))
            return null;
        string augmentation = reader.Text();
        ulong codeUnit = reader.Unsigned();
        long dataUnit = reader.Signed();
        ulong returns = version == 1 ? reader.Byte() : reader.Unsigned();
        byte encoding = 0;
        bool isSignal = false;
        if (returns != FrameState.ReturnAddress || (augmentation.Length > 0 && augmentation[0] != 'z'))
            return null;
        if (augmentation.Length > 0)
        {
            int data = (int)Math.Min(reader.Unsigned(), (ulong)(end - Math.Min(end, reader.Position))) + reader.Position;
            foreach (char c in augmentation.AsSpan(1))
            {
                switch (c)
                {
                    case 'R':
                        encoding = reader.Byte();
                        break;
                    case 'P':
                        if (Pointer(ref reader, (byte)(reader.Byte() & 0x7f)) is null)
                            return null;
                        break;
                    case 'L':
                        reader.Byte();
                        break;
                    case 'S':
                        isSignal = true;
                        break;
                    default:
                        // 'B' and others have no data.
                        break;
                }
            }

            reader.Position = data;
        }

        if (reader.Position > end)
            return null;
        var program = new FrameProgram(codeUnit, dataUnit, 0);
        return program.Run(_bytes.AsSpan(reader.Position, end - reader.Position), 0, null)
            ? new Common(encoding, codeUnit, dataUnit, augmentation.Length > 0, isSignal, program.State) : null;
    }

    /// <summary>An address or a size, in the form that a byte tells (DW_EH_PE_…); null for forms that no binary has here.</summary>
    private ulong? Pointer(ref DwarfReader reader, byte encoding)
    {
        const int relative = 0x10;
        ulong own = _address + (ulong)reader.Position;
        ulong? value = (encoding & 0xf) switch
        {
            0x0 or 0x4 or 0xc => reader.Long(),
            0x1 => reader.Unsigned(),
            0x2 => reader.Half(),
            0x3 => reader.Word(),
            0x9 => (ulong)reader.Signed(),
            0xa => (ulong)(short)reader.Half(),
            0xb => (ulong)(int)reader.Word(),
            _ => null,
        };
        return (encoding & 0xf0) switch
        {
            0 => value,
            relative => value + own,
            _ => null,
        };
    }

    /// <summary>All rows in order: one for nothing where there is no function, and none that says what the one before it says.</summary>
    private FrameRow[] Merge()
    {
        if (_functions.Count == 0)
            return [];
        _functions.Sort((a, b) => a.Start.CompareTo(b.Start));
        var rows = new List<FrameRow> { new(0, 0) };
        var pieces = CollectionsMarshal.AsSpan(_pieces);
        ulong last = 0;
        foreach (var (start, end, from, to) in _functions)
        {
            if (start < last)
                continue;
            if (start > last)
                Add((uint)last, 0);
            if (from == to)
                Add((uint)start, 0);
            foreach (var row in pieces[from..to])
                Add(row.Place, row.Rule);
            last = end;
        }

        Add((uint)last, 0);
        return [.. rows];

        void Add(uint place, uint rule)
        {
            // Of several for one place, the last counts.
            if (rows[^1].Place == place)
                rows.RemoveAt(rows.Count - 1);
            if (rows.Count == 0 || rows[^1].Rule != rule)
                rows.Add(new FrameRow(place, rule));
        }
    }

    /// <summary>What functions have in common (CIE).</summary>
    private sealed record Common(byte Encoding, ulong CodeUnit, long DataUnit, bool HasAugmentation, bool IsSignal, FrameState Initial);
}
