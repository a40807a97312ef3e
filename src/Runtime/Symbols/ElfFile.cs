using System.Runtime.InteropServices;
using System.Text;
using Ctrace.Compiler.Targets;
using Microsoft.Win32.SafeHandles;

namespace Ctrace.Runtime.Symbols;

/// <summary>A 64-bit little-endian ELF file (elf(5)): its functions and static probes. Only the parts that are needed are read.</summary>
internal sealed class ElfFile : IUserBinary
{
    private const int HeaderSize = 64, SectionSize = 64, SegmentSize = 56, SymbolSize = 24;
    private const uint SymbolTable = 2, Notes = 7, DynamicSymbols = 11;
    private const int LoadSegment = 1, FunctionType = 2;

    /// <summary>More than any binary's symbols take; what is larger is broken.</summary>
    private const long LargestSection = 1L << 31;

    private readonly SafeFileHandle _file;
    private readonly List<Section> _sections;
    private readonly List<Segment> _segments;
    private IReadOnlyList<(string, long, long)>? _functions;
    private IReadOnlyList<UsdtProbe>? _probes;

    private ElfFile(string path, SafeFileHandle file, List<Section> sections, List<Segment> segments) =>
        (Path, _file, _sections, _segments) = (path, file, sections, segments);

    /// <inheritdoc/>
    public string Path { get; }

    /// <inheritdoc/>
    public IReadOnlyList<(string Name, long FileOffset, long Size)> Functions => _functions ??= ReadFunctions();

    /// <inheritdoc/>
    public IReadOnlyList<UsdtProbe> StaticProbes => _probes ??= UsdtNotes.Read(this);

    /// <summary>Opens a file; null where it is none of that kind, or can't be read.</summary>
    public static ElfFile? TryOpen(string path)
    {
        try
        {
            var file = File.OpenHandle(path);
            byte[] header = new byte[HeaderSize];
            if (RandomAccess.Read(file, header, 0) == HeaderSize && header.AsSpan().StartsWith((ReadOnlySpan<byte>)[0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1]))
            {
                return new ElfFile(path, file,
                    ReadTable(file, Read<long>(header, 40), Read<ushort>(header, 58), Read<ushort>(header, 60), SectionSize, ReadSection),
                    ReadTable(file, Read<long>(header, 32), Read<ushort>(header, 54), Read<ushort>(header, 56), SegmentSize, ReadSegment));
            }

            file.Dispose();
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public long? FindOffset(long address)
    {
        foreach (var segment in _segments)
            if (segment.Type == LoadSegment && address >= segment.Address && address < segment.Address + segment.FileSize)
                return address - segment.Address + segment.Offset;
        return null;
    }

    /// <summary>The content of a section of notes by its name; empty where there is none.</summary>
    public byte[] ReadNotes(string name) => Find(name) is { Type: Notes } section ? Content(section) : [];

    /// <summary>Where a section is loaded; 0 where there is none.</summary>
    public long AddressOf(string name) => Find(name)?.Address ?? 0;

    private Section? Find(string name)
    {
        // The names' section is the last in nearly every file; its index is in the header.
        byte[] header = new byte[HeaderSize];
        RandomAccess.Read(_file, header, 0);
        int index = Read<ushort>(header, 62);
        if (index >= _sections.Count)
            return null;
        byte[] names = Content(_sections[index]);
        byte[] wanted = Encoding.UTF8.GetBytes(name + '\0');
        return _sections.Find(s => s.Name < names.Length && names.AsSpan((int)s.Name).StartsWith(wanted));
    }

    private List<(string, long, long)> ReadFunctions()
    {
        var functions = new List<(string, long, long)>();
        foreach (var table in _sections.Where(s => s.Type is SymbolTable or DynamicSymbols && s.Link < _sections.Count))
        {
            byte[] symbols = Content(table), names = Content(_sections[(int)table.Link]);
            for (int at = 0; at + SymbolSize <= symbols.Length; at += SymbolSize)
            {
                uint name = Read<uint>(symbols, at);
                int type = symbols[at + 4] & 0xf;
                long address = Read<long>(symbols, at + 8);
                // Section 0 means that the symbol is defined elsewhere. What is behind an indirect function's symbol (memcpy) only chooses
                // the function, once: its calls are not the function's.
                if (type == FunctionType && Read<ushort>(symbols, at + 6) != 0 && name < names.Length && FindOffset(address) is { } offset)
                    functions.Add((Text(names, (int)name), offset, Read<long>(symbols, at + 16)));
            }
        }

        return [.. functions.Distinct()];
    }

    private byte[] Content(Section section)
    {
        const uint NoBits = 8;
        if (section.Type == NoBits || section.Size is <= 0 or > LargestSection || section.Offset < 0)
            return [];
        byte[] bytes = new byte[section.Size];
        int count = RandomAccess.Read(_file, bytes, section.Offset);
        return count == bytes.Length ? bytes : bytes[..Math.Max(0, count)];
    }

    private static List<T> ReadTable<T>(SafeFileHandle file, long offset, int entrySize, int count, int least, Func<byte[], T> read)
    {
        var entries = new List<T>();
        byte[] entry = new byte[Math.Max(entrySize, least)];
        for (int i = 0; i < count && entrySize >= least && offset > 0; i++)
            if (RandomAccess.Read(file, entry.AsSpan(0, entrySize), offset + ((long)i * entrySize)) == entrySize)
                entries.Add(read(entry));
        return entries;
    }

    private static Section ReadSection(byte[] bytes) => new(Read<uint>(bytes, 0), Read<uint>(bytes, 4), Read<long>(bytes, 16), Read<long>(bytes, 24), Read<long>(bytes, 32), Read<uint>(bytes, 40));

    private static Segment ReadSegment(byte[] bytes) => new(Read<int>(bytes, 0), Read<long>(bytes, 8), Read<long>(bytes, 16), Read<long>(bytes, 32));

    private static T Read<T>(byte[] bytes, int offset)
        where T : unmanaged => MemoryMarshal.Read<T>(bytes.AsSpan(offset));

    private static string Text(byte[] bytes, int start)
    {
        int length = bytes.AsSpan(start).IndexOf((byte)0);
        return Encoding.UTF8.GetString(bytes, start, length < 0 ? bytes.Length - start : length);
    }

    private sealed record Section(uint Name, uint Type, long Address, long Offset, long Size, uint Link);

    private sealed record Segment(int Type, long Offset, long Address, long FileSize);
}
