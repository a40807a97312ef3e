namespace Ctrace.Runtime.Symbols.History;

/// <summary>
/// A program that a process ran, from its start (or a fork) to its end: the code that it had mapped. There are thousands of them, most with a
/// handful of mappings: they are kept as small as they can be. Reads and changes may come from two threads; what is read is never changed.
/// </summary>
/// <param name="parent">The process that it was forked from; 0 where that is not known.</param>
/// <param name="isProgram">Whether the process became this program itself, and did not only copy its parent.</param>
internal sealed class ProcessImage(int parent, bool isProgram)
{
    /// <summary>A runtime that compiles on and on may map as often.</summary>
    private const int MostMappings = 4096;

    private Piece[] _maps = [];
    private bool _isShared;

    /// <summary>The process that it was forked from; 0 where that is not known.</summary>
    public int Parent => parent;

    /// <summary>Whether the process became this program itself, and did not only copy its parent.</summary>
    public bool IsProgram => isProgram;

    /// <summary>What it was last counted as.</summary>
    public int Counted { get; set; }

    /// <summary>How many mappings it alone keeps in memory.</summary>
    public int Weight => _isShared ? 1 : 1 + _maps.Length;

    /// <summary>An image of what /proc says.</summary>
    public static ProcessImage Of(List<Mapping> maps, int parent = 0) => new(parent, true) { _maps = [.. maps.Select(m => new Piece(m))] };

    /// <summary>A copy, as fork makes it: both keep the same until one maps something.</summary>
    public ProcessImage Fork(int from)
    {
        _isShared = true;
        return new ProcessImage(from, false) { _maps = _maps, _isShared = true };
    }

    /// <summary>Adds what was mapped.</summary>
    public void Add(Mapping mapping)
    {
        // What is at the same place is gone.
        int dropped = _maps.Length < MostMappings ? -1 : Math.Max(0, Array.FindIndex(_maps, m => !m.File.IsFile));
        Volatile.Write(ref _maps, [.. _maps.Where((m, i) => i != dropped && (m.Start < mapping.Start || m.End > mapping.End)), new Piece(mapping)]);
        _isShared = false;
    }

    /// <summary>The mapping that an address is in: of several, one after another at the same place, the last.</summary>
    public Mapping? Find(ulong address)
    {
        var maps = Volatile.Read(ref _maps);
        int found = Array.FindLastIndex(maps, m => address >= m.Start && address < m.End);
        return found < 0 ? null : new Mapping(maps[found].Start, maps[found].End, maps[found].Offset, maps[found].File);
    }

    /// <summary>Tells whether an address is in any mapping.</summary>
    public bool Has(ulong address) => Array.Exists(Volatile.Read(ref _maps), m => address >= m.Start && address < m.End);

    private readonly record struct Piece(ulong Start, ulong End, ulong Offset, MappedFile File)
    {
        public Piece(Mapping mapping)
            : this(mapping.Start, mapping.End, mapping.Offset, mapping.Mapped)
        {
        }
    }
}
