namespace Ctrace.Runtime.Symbols;

/// <summary>Names by address: the symbol that starts at or before it.</summary>
internal sealed class SymbolTable
{
    private readonly ulong[] _starts;
    private readonly (string Name, ulong Size)[] _symbols;

    /// <summary>Sorts symbols.</summary>
    public SymbolTable(IEnumerable<(ulong Start, string Name, ulong Size)> symbols)
    {
        // Of several names for a place, one without underscores before it, and a short one, is the one that people know.
        var all = symbols.OrderBy(s => s.Start).ThenBy(s => s.Name.StartsWith('_')).ThenBy(s => s.Name.Length).ThenBy(s => s.Name, StringComparer.Ordinal).DistinctBy(s => s.Start).ToList();
        _starts = [.. all.Select(s => s.Start)];
        _symbols = [.. all.Select(s => (s.Name, s.Size))];
    }

    /// <summary>The symbol that an address is in, and how far; null where it is in none.</summary>
    public (string Name, ulong Distance)? Find(ulong address)
    {
        int index = Array.BinarySearch(_starts, address);
        if (index < 0)
            index = ~index - 1;
        if (index < 0)
            return null;
        var (name, size) = _symbols[index];
        ulong distance = address - _starts[index];
        return size != 0 && distance >= size ? null : (name, distance);
    }
}
