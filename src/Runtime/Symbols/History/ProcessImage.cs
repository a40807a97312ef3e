namespace Ctrace.Runtime.Symbols.History;

/// <summary>A program that a process ran, from its start (or a fork) to its end: the code that it had mapped.</summary>
/// <param name="parent">The process that it was forked from; 0 where that is not known.</param>
/// <param name="isProgram">Whether the process became this program itself, and did not only copy its parent.</param>
internal sealed class ProcessImage(int parent, bool isProgram)
{
    /// <summary>A runtime that compiles on and on may map as often.</summary>
    private const int MostMappings = 4096;

    private readonly Lock _lock = new();
    private List<Mapping> _maps = [];
    private bool _isShared;

    /// <summary>The process that it was forked from; 0 where that is not known.</summary>
    public int Parent => parent;

    /// <summary>Whether the process became this program itself, and did not only copy its parent.</summary>
    public bool IsProgram => isProgram;

    /// <summary>What it was last counted as.</summary>
    public int Counted { get; set; }

    /// <summary>How many mappings it alone keeps in memory.</summary>
    public int Weight => _isShared ? 1 : 1 + _maps.Count;

    /// <summary>An image of what /proc says.</summary>
    public static ProcessImage Of(List<Mapping> maps, int parent = 0) => new(parent, true) { _maps = maps };

    /// <summary>A copy, as fork makes it: both keep the same until one maps something.</summary>
    public ProcessImage Fork(int from)
    {
        lock (_lock)
        {
            // A shared list is never changed.
            _isShared = true;
            return new ProcessImage(from, false) { _maps = _maps, _isShared = true };
        }
    }

    /// <summary>Adds what was mapped.</summary>
    public void Add(Mapping mapping)
    {
        lock (_lock)
        {
            if (_isShared)
                (_maps, _isShared) = ([.. _maps], false);
            // What is at the same place is gone.
            _maps.RemoveAll(m => m.Start >= mapping.Start && m.End <= mapping.End);
            if (_maps.Count >= MostMappings)
                _maps.RemoveAt(Math.Max(0, _maps.FindIndex(m => !m.IsFile)));
            _maps.Add(mapping);
        }
    }

    /// <summary>The mapping that an address is in: of several, one after another at the same place, the last.</summary>
    public Mapping? Find(ulong address)
    {
        lock (_lock)
        {
            for (int i = _maps.Count - 1; i >= 0; i--)
                if (address >= _maps[i].Start && address < _maps[i].End)
                    return _maps[i];
            return null;
        }
    }
}
