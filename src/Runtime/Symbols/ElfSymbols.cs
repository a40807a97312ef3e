using System.Buffers.Binary;
using System.Text;

namespace Ctrace.Runtime.Symbols;

/// <summary>The functions of a 64-bit ELF file, by their place in the file.</summary>
internal sealed class ElfSymbols
{
    /// <summary>From include/uapi/linux/elf.h: section types, segment type, symbol type.</summary>
    private const uint SymbolTable = 2, DynamicSymbols = 11, LoadedSegment = 1, Function = 2, IndirectFunction = 10;

    private const int SymbolSize = 24, SegmentSize = 56, SectionSize = 64;

    /// <summary>Larger files are not read whole.</summary>
    private const long LargestFile = 1L << 30;

    private readonly byte[] _file;
    private readonly List<(ulong Address, ulong Size, int Name)> _functions = [];
    private readonly List<(ulong Offset, ulong Address, ulong Size)> _segments = [];

    private ElfSymbols(byte[] file) => _file = file;

    /// <summary>Reads a file; null where it is none that we understand.</summary>
    public static ElfSymbols? TryRead(string path)
    {
        try
        {
            if (new FileInfo(path).Length > LargestFile)
                return null;
            var symbols = new ElfSymbols(File.ReadAllBytes(path));
            symbols.Read();
            return symbols;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or OverflowException)
        {
            // Gone, not ours, or cut off in the middle.
            return null;
        }
    }

    /// <summary>The function at a place in the file, or null.</summary>
    public string? Find(ulong offset)
    {
        foreach (var segment in _segments)
        {
            if (offset < segment.Offset || offset >= segment.Offset + segment.Size)
                continue;
            ulong address = offset - segment.Offset + segment.Address;
            foreach (var (start, size, name) in _functions)
                if (address >= start && address < start + Math.Max(size, 1))
                    return Text(name);
        }

        return null;
    }

    private void Read()
    {
        if (!_file.AsSpan().StartsWith("\x7f"u8) || _file.Length < 64 || _file[4] != 2)
            return;
        int segments = checked((int)Word(32)), sections = checked((int)Word(40));
        for (int i = 0; i < Half(56); i++)
        {
            int at = segments + i * SegmentSize;
            if (Int(at) == LoadedSegment)
                _segments.Add((Word(at + 8), Word(at + 16), Word(at + 32)));
        }

        for (int i = 0; i < Half(60); i++)
        {
            int at = sections + i * SectionSize;
            if (Int(at + 4) is SymbolTable or DynamicSymbols)
                ReadTable(checked((int)Word(at + 24)), checked((int)Word(at + 32)), checked((int)Word(sections + checked((int)Int(at + 40)) * SectionSize + 24)));
        }
    }

    private void ReadTable(int start, int size, int names)
    {
        for (int at = start; at < start + size; at += SymbolSize)
        {
            bool isFunction = (uint)(_file[at + 4] & 0xf) is Function or IndirectFunction;
            if (isFunction && Half(at + 6) != 0)
                _functions.Add((Word(at + 8), Word(at + 16), checked(names + (int)Int(at))));
        }
    }

    private string Text(int start)
    {
        var rest = _file.AsSpan(start);
        int end = rest.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? rest : rest[..end]);
    }

    private ulong Word(int at) => BinaryPrimitives.ReadUInt64LittleEndian(_file.AsSpan(at));

    private uint Int(int at) => BinaryPrimitives.ReadUInt32LittleEndian(_file.AsSpan(at));

    private ushort Half(int at) => BinaryPrimitives.ReadUInt16LittleEndian(_file.AsSpan(at));
}
