using System.IO.Compression;
using SharpCompress.Compressors.ZStandard;
using System.Runtime.InteropServices;
using System.Text;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Targets;
using Ctrace.Runtime.Symbols.Demangling;
using Ctrace.Runtime.Symbols.Dwarf;
using Ctrace.Runtime.Sys;

namespace Ctrace.Runtime.Symbols;

/// <summary>A section of an ELF file.</summary>
internal sealed record ElfSection(uint Name, uint Type, long Address, long Offset, long Size, uint Link, ulong Flags);

/// <summary>A 64-bit little-endian ELF file (elf(5)): its functions and static probes. Only the parts that are needed are read.</summary>
internal sealed class ElfFile : IUserBinary
{
    /// <summary>Size of a symbol in a symbol table.</summary>
    public const int SymbolSize = 24;

    private const int HeaderSize = 64, SectionSize = 64, SegmentSize = 56;
    private const uint SymbolTable = 2, Notes = 7, NoBits = 8, DynamicSymbols = 11;
    private const int Arm64Machine = 183;
    private const int LoadSegment = 1, ObjectType = 1, FunctionType = 2, Executable = 1, FixedExecutable = 2;

    /// <summary>More than any binary's symbols take; what is larger is broken.</summary>
    private const long LargestSection = 1L << 31;

    private const long LargestUncompressed = 1L << 30;

    private readonly ByteSource _bytes;
    private readonly List<ElfSection> _sections;
    private readonly List<Segment> _segments;
    private readonly int _namesIndex;
    private byte[]? _sectionNames;
    private IReadOnlyList<(string, long, long)>? _functions;
    private IReadOnlyList<UsdtProbe>? _probes;
    private (LineTable? Table, bool IsRead) _lines;
    private (DebugInfo? Info, bool IsRead) _debugInfo;

    private ElfFile(string path, ByteSource bytes, byte[] header)
    {
        IsArm = Read<ushort>(header, 18) == Arm64Machine;
        (Path, _bytes, _namesIndex, IsFixed) = (path, bytes, Read<ushort>(header, 62), Read<ushort>(header, 16) == FixedExecutable);
        _sections = ReadTable(Read<long>(header, 40), Read<ushort>(header, 58), Read<ushort>(header, 60), SectionSize, ReadSection);
        _segments = ReadTable(Read<long>(header, 32), Read<ushort>(header, 54), Read<ushort>(header, 56), SegmentSize, ReadSegment);
    }

    /// <inheritdoc/>
    public string Path { get; }

    /// <inheritdoc/>
    public IReadOnlyList<(string Name, long FileOffset, long Size)> Functions => _functions ??= ReadFunctions();

    /// <inheritdoc/>
    public IReadOnlyList<UsdtProbe> StaticProbes => _probes ??= UsdtNotes.Read(this);

    /// <inheritdoc/>
    public string? StackWalker => Find(".gopclntab") is not null ? "Go's runtime" : Find("__managedcode") is not null ? ".NET's runtime" : null;

    /// <summary>All sections.</summary>
    public IReadOnlyList<ElfSection> Sections => _sections;

    /// <summary>Whether it has the full table of symbols, which stripping removes.</summary>
    public bool HasSymbolTable => _sections.Exists(s => s.Type == SymbolTable && s.Size > 0);

    /// <summary>The tables of symbols, each with the section of its names.</summary>
    public IEnumerable<(ElfSection Symbols, ElfSection Names)> SymbolTables =>
        _sections.Where(s => s.Type is SymbolTable or DynamicSymbols && s.Link < _sections.Count).Select(s => (s, _sections[(int)s.Link]));

    /// <summary>Opens a file; null where it is none of that kind, or can't be read.</summary>
    public static ElfFile? TryOpen(string path) =>
        OpenFile.TryOpen(path) is { } file ? TryRead(path, ByteSource.Of(file.Handle)) : null;

    /// <summary>Reads a file that is open, or in memory; null where it is none of that kind.</summary>
    public static ElfFile? TryRead(string path, ByteSource bytes)
    {
        byte[] header = new byte[HeaderSize];
        bool fits = bytes.Read(header, 0) == HeaderSize && header.AsSpan().StartsWith((ReadOnlySpan<byte>)[0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1]);
        return fits ? new ElfFile(path, bytes, header) : null;
    }

    /// <inheritdoc/>
    public long? FindOffset(long address)
    {
        foreach (var segment in _segments)
            if (segment.Type == LoadSegment && address >= segment.Address && address < segment.Address + segment.FileSize)
                return address - segment.Address + segment.Offset;
        return null;
    }

    /// <inheritdoc/>
    public bool? StartsInstruction(long place, long before)
    {
        const int longestFunction = 1 << 20;
        if (IsArm)
            return place % 4 == 0;
        if (place < before || place - before > longestFunction)
            return null;
        byte[] code = new byte[place - before + InstructionLength.Longest];
        int count = _bytes.Read(code, before);
        for (int at = 0; at < place - before;)
        {
            int length = InstructionLength.Of(code.AsSpan(at));
            if (length == 0 || at + length > count)
                return null;
            at += length;
            if (at >= place - before)
                return at == place - before;
        }

        return true;
    }

    /// <inheritdoc/>
    public bool IsFixed { get; }

    /// <summary>Whether its code is for arm64.</summary>
    public bool IsArm { get; }

    /// <inheritdoc/>
    public (long Address, long Size)? FindSymbol(string name)
    {
        foreach (var (table, texts) in SymbolTables)
        {
            byte[] symbols = Content(table), names = Content(texts);
            for (int at = 0; at + SymbolSize <= symbols.Length; at += SymbolSize)
                if ((symbols[at + 4] & 0xf) is ObjectType or FunctionType && Read<ushort>(symbols, at + 6) != 0 && Read<uint>(symbols, at) is var text && text < names.Length && Text(names, (int)text) == name)
                    return (Read<long>(symbols, at + 8), Read<long>(symbols, at + 16));
        }

        return null;
    }

    /// <inheritdoc/>
    public long? FindAddress(long offset)
    {
        foreach (var segment in _segments)
            if (segment.Type == LoadSegment && (segment.Flags & Executable) != 0 && offset >= segment.Offset && offset < segment.Offset + segment.FileSize)
                return offset - segment.Offset + segment.Address;
        return null;
    }

    /// <summary>The address of the first byte of a mapping of code, by its place in the file: a multiple of the page size. Null where no code is there.</summary>
    public long? FindMapped(long offset)
    {
        foreach (var segment in _segments)
        {
            long before = segment.Offset & (Environment.SystemPageSize - 1);
            if (segment.Type == LoadSegment && (segment.Flags & Executable) != 0 && offset >= segment.Offset - before && offset < segment.Offset + segment.FileSize)
                return offset - segment.Offset + segment.Address;
        }

        return null;
    }

    /// <inheritdoc/>
    public IReadOnlyList<SourceStatement> FindStatements(string file) =>
        [.. (Lines?.Statements(file) ?? []).Select(s => FindOffset(s.Place) is { } offset ? s with { Place = offset } : null).OfType<SourceStatement>()];

    /// <inheritdoc/>
    public bool HasLines => Lines is not null;

    private LineTable? Lines => (_lines = _lines.IsRead ? _lines : (LineTable.TryRead(this) ?? (DebugFiles.Find(this, 0) is { } other ? LineTable.TryRead(other) : null), true)).Table;

    /// <inheritdoc/>
    public FunctionPrototype? FindPrototype(long offset) => FindAddress(offset) is { } address ? Information?.Find((ulong)address) : null;

    /// <inheritdoc/>
    public string? MissingDebugFile => Information?.Missing;

    /// <inheritdoc/>
    public TraceType? FindType(string name) => Information?.FindType(name);

    private DebugInfo? Information => (_debugInfo = _debugInfo.IsRead ? _debugInfo : (DebugInfo.TryRead(this) ?? (DebugFiles.Find(this, 0) is { } other ? DebugInfo.TryRead(other) : null), true)).Info;

    /// <inheritdoc/>
    public string SourceName(string symbol) => Demangler.Demangle(symbol);

    /// <summary>The content of a section of notes by its name; empty where there is none.</summary>
    public byte[] ReadNotes(string name) => Find(name) is { Type: Notes } section ? Content(section) : [];

    /// <summary>The content of a section by its name; empty where there is none.</summary>
    public byte[] ReadContent(string name) => Find(name) is { } section ? Content(section) : [];

    /// <summary>Where a section is loaded; 0 where there is none.</summary>
    public long AddressOf(string name) => Find(name)?.Address ?? 0;

    /// <summary>A section by its name, or null.</summary>
    public ElfSection? Find(string name) => FindAll(name).FirstOrDefault();

    /// <summary>All sections of a name: files that were not linked may have several.</summary>
    public IEnumerable<ElfSection> FindAll(string name)
    {
        if (_namesIndex >= _sections.Count)
            return [];
        byte[] names = _sectionNames ??= Content(_sections[_namesIndex]);
        byte[] wanted = Encoding.UTF8.GetBytes(name + '\0');
        return _sections.Where(s => s.Name < names.Length && names.AsSpan((int)s.Name).StartsWith(wanted));
    }

    /// <summary>Reads a part of a section; gives how many bytes there were.</summary>
    public int Read(ElfSection section, long offset, Span<byte> target)
    {
        long left = section.Type == NoBits || offset < 0 ? 0 : section.Size - offset;
        return left <= 0 ? 0 : _bytes.Read(target[..(int)Math.Min(target.Length, left)], section.Offset + offset);
    }

    /// <summary>The content of a section; empty where the file has none of it.</summary>
    public byte[] Content(ElfSection section)
    {
        if (section.Type == NoBits || section.Size is <= 0 or > LargestSection || section.Offset < 0)
            return [];
        // A broken file may claim more than it has: its size is not believed before there is a byte at the end.
        Span<byte> last = stackalloc byte[1];
        if (_bytes.Read(last, section.Offset + section.Size - 1) != 1)
            return [];
        byte[] bytes = new byte[section.Size];
        int count = _bytes.Read(bytes, section.Offset);
        return count == bytes.Length ? bytes : bytes[..count];
    }

    /// <summary>The content of a section that may be compressed (SHF_COMPRESSED, by zlib or Zstandard); empty where nothing can be made of it.</summary>
    public byte[] Uncompressed(ElfSection section)
    {
        const ulong compressed = 0x800;
        const int headerSize = 24, zlib = 1, zstandard = 2;
        byte[] content = Content(section);
        if ((section.Flags & compressed) == 0)
            return content;
        // Elf64_Chdr: type, reserved, size, alignment
        if (content.Length < headerSize || Read<uint>(content, 0) is not (zlib or zstandard) || Read<long>(content, 8) is not (> 0 and <= LargestUncompressed and var size))
            return [];
        try
        {
            byte[] bytes = new byte[size];
            var body = new MemoryStream(content, headerSize, content.Length - headerSize);
            using Stream stream = Read<uint>(content, 0) == zlib ? new ZLibStream(body, CompressionMode.Decompress) : new DecompressionStream(body);
            return bytes[..stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)];
        }
        catch (Exception e) when (e is InvalidDataException or ZstdException or IOException)
        {
            return [];
        }
    }

    /// <summary>The checksum of the whole file (CRC-32), as a .gnu_debuglink has it.</summary>
    public uint Checksum()
    {
        const uint polynomial = 0xedb88320;
        Span<uint> table = stackalloc uint[256];
        for (uint i = 0; i < table.Length; i++)
        {
            table[(int)i] = i;
            for (int bit = 0; bit < 8; bit++)
                table[(int)i] = (table[(int)i] >> 1) ^ ((table[(int)i] & 1) * polynomial);
        }

        uint sum = uint.MaxValue;
        byte[] piece = new byte[64 << 10];
        long at = 0;
        for (int count; (count = _bytes.Read(piece, at)) > 0; at += count)
            foreach (byte b in piece.AsSpan(0, count))
                sum = table[(byte)(sum ^ b)] ^ (sum >> 8);
        return ~sum;
    }

    /// <summary>Closes it: only what was read already can be asked for.</summary>
    public void Close() => _bytes.Close();

    private List<(string, long, long)> ReadFunctions()
    {
        var functions = new List<(string, long, long)>();
        foreach (var (table, texts) in SymbolTables)
        {
            byte[] symbols = Content(table), names = Content(texts);
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

    private List<T> ReadTable<T>(long offset, int entrySize, int count, int least, Func<byte[], T> read)
    {
        var entries = new List<T>();
        byte[] entry = new byte[Math.Max(entrySize, least)];
        for (int i = 0; i < count && entrySize >= least && offset > 0; i++)
            if (_bytes.Read(entry.AsSpan(0, entrySize), offset + ((long)i * entrySize)) == entrySize)
                entries.Add(read(entry));
        return entries;
    }

    private static ElfSection ReadSection(byte[] bytes) => new(
        Read<uint>(bytes, 0), Read<uint>(bytes, 4), Read<long>(bytes, 16), Read<long>(bytes, 24), Read<long>(bytes, 32), Read<uint>(bytes, 40), Read<ulong>(bytes, 8));

    private static Segment ReadSegment(byte[] bytes) =>
        new(Read<int>(bytes, 0), Read<int>(bytes, 4), Read<long>(bytes, 8), Read<long>(bytes, 16), Read<long>(bytes, 32));

    private static T Read<T>(byte[] bytes, int offset)
        where T : unmanaged => MemoryMarshal.Read<T>(bytes.AsSpan(offset));

    private static string Text(byte[] bytes, int start)
    {
        int length = bytes.AsSpan(start).IndexOf((byte)0);
        return Encoding.UTF8.GetString(bytes, start, length < 0 ? bytes.Length - start : length);
    }

    private sealed record Segment(int Type, int Flags, long Offset, long Address, long FileSize);
}
