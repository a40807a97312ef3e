using System.Buffers.Binary;
using System.Text;

namespace Ctrace.Runtime.Symbols;

/// <summary>
/// A binary's function names by address. Large binaries have a million of them, of which few are ever shown: only numbers are kept in memory, and a
/// name is read when it is asked for.
/// </summary>
internal sealed class SymbolTable
{
    private const int FunctionType = 2, IndirectFunctionType = 10;

    /// <summary>Names of one table that are read into memory at once, so that the file need not stay open.</summary>
    private const int SmallNames = 1 << 20;

    /// <summary>A name that is longer is cut.</summary>
    private const int LongestName = 16 << 10;

    /// <summary>How many symbols before an address may end before it, when they lie in one that goes on (a function within a function).</summary>
    private const int NestingLimit = 32;

    private readonly List<ulong> _newStarts = [];
    private readonly List<Symbol> _newSymbols = [];
    private readonly List<(ElfFile? File, ElfSection Section, byte[]? Content)> _names = [];
    private ulong[] _starts = [];
    private Symbol[] _symbols = [];

    /// <summary>Whether it has no symbols.</summary>
    public bool IsEmpty => _starts.Length == 0 && _newStarts.Count == 0;

    /// <summary>Adds all functions of a file. It is closed, unless its names are many.</summary>
    public void Add(ElfFile file)
    {
        bool isNeeded = false;
        foreach (var (symbols, names) in file.SymbolTables)
        {
            byte[]? content = names.Size <= SmallNames ? file.Content(names) : null;
            _names.Add((content is null ? file : null, names, content));
            Add(file, symbols, _names.Count - 1);
            isNeeded |= content is null;
        }

        if (!isNeeded)
            file.Close();
    }

    /// <summary>The symbol that an address is in, and how far; null where it is in none.</summary>
    public (string Name, ulong Distance)? Find(ulong address)
    {
        if (_newStarts.Count > 0)
            Sort();
        int index = Array.BinarySearch(_starts, address);
        index = index < 0 ? ~index - 1 : index;
        // Of several symbols at one address, the search may have found any.
        while (index >= 0 && index + 1 < _starts.Length && _starts[index + 1] == _starts[index])
            index++;
        for (int i = index; i >= 0 && i > index - NestingLimit; i--)
            if (address - _starts[i] < _symbols[i].Size && (!_symbols[i].IsOpen || _starts[i] == _starts[index]))
                return (BestName(i, address), address - _starts[i]);
        return null;
    }

    private void Add(ElfFile file, ElfSection table, int names)
    {
        byte[] buffer = new byte[ElfFile.SymbolSize * 2048];
        for (long at = 0; file.Read(table, at, buffer) is > 0 and var count; at += buffer.Length)
        {
            for (var symbol = buffer.AsSpan(0, count); symbol.Length >= ElfFile.SymbolSize; symbol = symbol[ElfFile.SymbolSize..])
            {
                int type = symbol[4] & 0xf, section = BinaryPrimitives.ReadUInt16LittleEndian(symbol[6..]);
                uint name = BinaryPrimitives.ReadUInt32LittleEndian(symbol);
                if (type is not (FunctionType or IndirectFunctionType) || section == 0 || section >= file.Sections.Count || name == 0)
                    continue;
                ulong start = BinaryPrimitives.ReadUInt64LittleEndian(symbol[8..]), size = BinaryPrimitives.ReadUInt64LittleEndian(symbol[16..]);
                // Assembly often gives no size: then it lasts until the next symbol, but not beyond its section.
                ulong end = (ulong)(file.Sections[section].Address + file.Sections[section].Size);
                bool isOpen = size == 0;
                if (isOpen)
                    size = end > start ? end - start : 1;
                _newStarts.Add(start);
                _newSymbols.Add(new Symbol((uint)Math.Min(size, uint.MaxValue), name, (short)names, isOpen));
            }
        }
    }

    private void Sort()
    {
        _starts = [.. _newStarts];
        _symbols = [.. _newSymbols];
        _newStarts.Clear();
        _newStarts.TrimExcess();
        _newSymbols.Clear();
        _newSymbols.TrimExcess();
        Array.Sort(_starts, _symbols);
    }

    /// <summary>Of several names for a place, one without underscores before it, and a short one, is the one that people know.</summary>
    private string BestName(int last, ulong address)
    {
        string? best = null;
        for (int i = last; i >= 0 && _starts[i] == _starts[last]; i--)
        {
            if (address - _starts[i] >= _symbols[i].Size)
                continue;
            string name = Name(_symbols[i]);
            if (best is null || Compare(name, best) < 0)
                best = name;
        }

        return best!;
    }

    private static int Compare(string a, string b)
    {
        int difference = a.StartsWith('_').CompareTo(b.StartsWith('_'));
        difference = difference != 0 ? difference : a.Length.CompareTo(b.Length);
        return difference != 0 ? difference : string.CompareOrdinal(a, b);
    }

    private string Name(Symbol symbol)
    {
        var (file, section, content) = _names[symbol.Names];
        ReadOnlySpan<byte> bytes = content;
        if (content is not null)
        {
            bytes = symbol.Name < bytes.Length ? bytes[(int)symbol.Name..] : default;
        }
        else
        {
            byte[] piece = new byte[256];
            int count = file!.Read(section, symbol.Name, piece);
            if (count == piece.Length && !piece.AsSpan().Contains((byte)0))
                count = file.Read(section, symbol.Name, piece = new byte[LongestName]);
            bytes = piece.AsSpan(0, count);
        }

        int end = bytes.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
    }

    /// <param name="Size">Bytes.</param>
    /// <param name="Name">Where in the names its name is.</param>
    /// <param name="Names">Which names.</param>
    /// <param name="IsOpen">Whether the file gives no size.</param>
    private readonly record struct Symbol(uint Size, uint Name, short Names, bool IsOpen);
}
