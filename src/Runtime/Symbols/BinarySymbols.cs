using Ctrace.Runtime.Symbols.Demangling;
using Ctrace.Runtime.Symbols.Dwarf;

namespace Ctrace.Runtime.Symbols;

/// <summary>The names of one binary: from itself, and where it was stripped, from what was put elsewhere.</summary>
internal sealed class BinarySymbols
{
    /// <summary>Names that are remembered; when there are more, it begins anew.</summary>
    private const int MostKnown = 1 << 16;

    private readonly ElfFile _file;
    private readonly LineTable? _lines;
    private readonly bool _demangles;
    private readonly SymbolTable _table = new();
    private readonly Dictionary<string, string> _names = [];
    private readonly Dictionary<ulong, (string Name, ulong Distance)?> _known = [];

    /// <summary>Reads a binary's symbols.</summary>
    /// <param name="file">The binary.</param>
    /// <param name="process">A process that it runs in, through which files that belong to it are looked for; 0 for none.</param>
    /// <param name="demangles">Whether functions get the names that their source has, and not their symbols.</param>
    /// <param name="findsLines">Whether lines of the source are looked for.</param>
    public BinarySymbols(ElfFile file, int process, bool demangles, bool findsLines = false)
    {
        (_file, _demangles) = (file, demangles);
        // Now: the file may be closed later.
        BuildId = Convert.ToHexStringLower(DebugFiles.BuildId(file));
        _lines = findsLines ? LineTable.TryRead(file) : null;
        if ((!file.HasSymbolTable || (findsLines && _lines is null)) && DebugFiles.Find(file, process) is { } other)
        {
            _lines ??= findsLines ? LineTable.TryRead(other) : null;
            _table.Add(other);
        }

        _table.Add(file);
    }

    /// <summary>The number that the linker gave it, in hexadecimal digits; empty where it gave none.</summary>
    public string BuildId { get; }

    /// <summary>The symbol that a place in the file is in, and how far; null where it is in none.</summary>
    public (string Name, ulong Distance)? Find(ulong offset)
    {
        if (_known.TryGetValue(offset, out var known))
            return known;
        if (_known.Count >= MostKnown)
        {
            _known.Clear();
            _names.Clear();
        }

        return _known[offset] = _file.FindAddress((long)offset) is { } address && _table.Find((ulong)address) is var (symbol, distance) ? (Name(symbol), distance) : null;
    }

    /// <summary>The line of the source that a place in the file was made of; null where that is not known.</summary>
    public (string File, int Line)? FindLine(ulong offset) => _file.FindAddress((long)offset) is { } address ? _lines?.Find((ulong)address) : null;

    /// <summary>What is shown for a symbol. What another program wrote is not to drive the terminal.</summary>
    private string Name(string symbol)
    {
        if (!_names.TryGetValue(symbol, out string? name))
        {
            name = _demangles ? Demangler.Demangle(symbol) : symbol;
            if (name.Any(char.IsControl))
                name = string.Concat(name.Select(c => char.IsControl(c) ? '?' : c));
            _names[symbol] = name;
        }

        return name;
    }
}
