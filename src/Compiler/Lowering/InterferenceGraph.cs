namespace Ctrace.Compiler.Lowering;

/// <summary>Which registers are live at the same time, and which are copies of each other.</summary>
internal sealed class InterferenceGraph(int registers)
{
    private readonly HashSet<int>?[] _neighbours = new HashSet<int>?[registers];
    private readonly List<int>?[] _copies = new List<int>?[registers];

    /// <summary>How often each register is read or written.</summary>
    public int[] Uses { get; } = new int[registers];

    /// <summary>Two registers can't share a colour. The frame pointer is no candidate.</summary>
    public void Add(int a, int b)
    {
        if (a == b || a == IrBuilder.Frame || b == IrBuilder.Frame)
            return;
        (_neighbours[a] ??= []).Add(b);
        (_neighbours[b] ??= []).Add(a);
    }

    /// <summary>Two registers that should share a colour if they can.</summary>
    public void AddCopy(int a, int b)
    {
        if (a == IrBuilder.Frame || b == IrBuilder.Frame)
            return;
        (_copies[a] ??= []).Add(b);
        (_copies[b] ??= []).Add(a);
    }

    public IEnumerable<int> Neighbours(int register) => (IEnumerable<int>?)_neighbours[register] ?? [];

    public bool Interferes(int a, int b) => _neighbours[a]?.Contains(b) ?? false;

    public IEnumerable<int> Copies(int register) => (IEnumerable<int>?)_copies[register] ?? [];

    public int Degree(int register) => _neighbours[register]?.Count ?? 0;
}
