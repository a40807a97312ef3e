using Ctrace.Compiler.Bytecode;

namespace Ctrace.Compiler.Lowering;

/// <summary>
/// Gives each virtual register one of the machine's ten, by colouring the interference graph (Chaitin, Briggs): registers
/// that are live at the same time interfere; those with few neighbours are put aside first; copies try to get the same
/// colour on both sides, so that they vanish. What finds no register is spilled to the stack, or, when it is a
/// constant, made again at each use; then all is done once more.
/// </summary>
internal sealed class RegisterAllocator(List<IrInstruction> code, int stackUsed)
{
    private const int Colours = 10;

    /// <summary>
    /// Registers that calls destroy come first: the others are for what lives across calls. Those that calls use for
    /// arguments and results come late, so that copies to and from them can vanish.
    /// </summary>
    private static readonly int[] Preferred = [5, 4, 3, 2, 1, 0, 6, 7, 8, 9];

    private List<IrInstruction> _code = code;
    private int _stackUsed = stackUsed;
    private int _registers = code.Max(i => Math.Max(i.Destination, i.Source)) + 1;

    /// <summary>Registers made by spilling: they live for one instruction and must not be spilled again.</summary>
    private readonly HashSet<int> _unspillable = [];

    /// <summary>Bytes of stack used in all, spill slots included.</summary>
    public int StackUsed => _stackUsed;

    /// <summary>Assigns all registers; null when not even the stack has room for what they hold.</summary>
    public List<IrInstruction>? Run()
    {
        _registers = Math.Max(_registers, IrBuilder.FirstVirtual);
        while (true)
        {
            RemoveDeadCode();
            if (!FitsStack())
                return null;
            var graph = BuildGraph();
            var colours = Colour(graph, out var failed);
            if (failed.Count == 0)
                return Rewrite(colours);
            var slots = new List<(short Slot, List<int> Holders)>();
            foreach (int register in failed)
            {
                Spill(register, graph, slots);
                if (_stackUsed > FrameAllocator.StackSize)
                    return null;
            }
        }
    }

    /// <summary>Removes computations whose result nobody reads.</summary>
    private void RemoveDeadCode()
    {
        while (true)
        {
            var dead = new HashSet<int>();
            new Liveness(_code, _registers).Visit(_registers, (index, live) =>
            {
                var i = _code[index];
                if (i.WritesDestination && i.Destination >= IrBuilder.FirstVirtual && !live[i.Destination])
                    dead.Add(index);
            });
            if (dead.Count == 0)
                return;
            _code = [.. _code.Where((_, index) => !dead.Contains(index))];
        }
    }

    /// <summary>
    /// Whether there can be a place for all that is kept at the same time. Asked first: the graph of thousands of values that all
    /// interfere would take seconds.
    /// </summary>
    private bool FitsStack()
    {
        if (_registers < 1000)
            return true;
        var constants = _code.Where(i => i.WritesDestination).GroupBy(i => i.Destination).Where(g => g.Count() == 1 && g.First().IsConstant).Select(g => g.Key).ToHashSet();
        int most = 0;
        new Liveness(_code, _registers).Visit(_registers, (_, live) =>
        {
            int count = 0;
            foreach (int r in live)
                count += constants.Contains(r) ? 0 : 1;
            most = Math.Max(most, count);
        });
        return most <= Colours + 1 + FrameAllocator.StackSize / 8;
    }

    private InterferenceGraph BuildGraph()
    {
        var graph = new InterferenceGraph(_registers);
        new Liveness(_code, _registers).Visit(_registers, (index, live) =>
        {
            var i = _code[index];
            if (i.Kind == IrKind.Call)
            {
                foreach (int r in live)
                    for (int lost = 0; lost <= 5; lost++)
                        graph.Add(r, lost);
            }
            else if (i.WritesDestination)
            {
                foreach (int r in live)
                    if (!(i.IsCopy && r == i.Source))
                        graph.Add(r, i.Destination);
            }

            if (i.IsCopy)
                graph.AddCopy(i.Destination, i.Source);
            if (i.ReadsDestination)
                graph.Uses[i.Destination]++;
            if (i.WritesDestination)
                graph.Uses[i.Destination]++;
            if (i.ReadsSource)
                graph.Uses[i.Source]++;
        });
        return graph;
    }

    private int[] Colour(InterferenceGraph graph, out List<int> failed)
    {
        failed = [];
        var colours = new int[_registers];
        Array.Fill(colours, -1);
        for (int r = 0; r < Colours; r++)
            colours[r] = r;
        foreach (int node in SelectionOrder(graph))
        {
            uint taken = 0;
            foreach (int other in graph.Neighbours(node))
                if (colours[other] is >= 0 and var colour)
                    taken |= 1u << colour;
            int chosen = -1;
            foreach (int partner in graph.Copies(node))
                if (partner < colours.Length && colours[partner] is >= 0 and var wish && (taken & 1u << wish) == 0)
                    chosen = wish;
            foreach (int c in Preferred)
                if (chosen < 0 && (taken & 1u << c) == 0)
                    chosen = c;
            if (chosen < 0)
                failed.Add(node);
            colours[node] = chosen;
        }

        return colours;
    }

    /// <summary>Nodes in the order in which they get colours: the hardest last put aside, first served.</summary>
    private Stack<int> SelectionOrder(InterferenceGraph graph)
    {
        var order = new Stack<int>();
        var degree = new int[_registers];
        var remaining = new HashSet<int>();
        for (int r = IrBuilder.FirstVirtual; r < _registers; r++)
        {
            if (graph.Uses[r] == 0)
                continue;
            degree[r] = graph.Degree(r);
            remaining.Add(r);
        }

        var easy = new Queue<int>(remaining.Where(r => degree[r] < Colours));
        while (remaining.Count > 0)
        {
            if (!easy.TryDequeue(out int node))
                node = remaining.MinBy(r => _unspillable.Contains(r) ? double.MaxValue : (double)graph.Uses[r] / degree[r]);
            if (!remaining.Remove(node))
                continue;
            order.Push(node);
            foreach (int other in graph.Neighbours(node))
                if (remaining.Contains(other) && --degree[other] == Colours - 1)
                    easy.Enqueue(other);
        }

        return order;
    }

    /// <summary>What is never kept at the same time shares a place: copies of an unrolled loop's body need it once.</summary>
    private short SlotFor(int register, InterferenceGraph graph, List<(short Slot, List<int> Holders)> slots)
    {
        foreach (var (slot, holders) in slots)
        {
            if (holders.Exists(h => graph.Interferes(h, register)))
                continue;
            holders.Add(register);
            return slot;
        }

        _stackUsed = (_stackUsed + 7 & ~7) + 8;
        slots.Add(((short)-_stackUsed, [register]));
        return (short)-_stackUsed;
    }

    private void Spill(int register, InterferenceGraph graph, List<(short Slot, List<int> Holders)> slots)
    {
        var definitions = _code.Where(i => i.WritesDestination && i.Destination == register).ToList();
        bool constant = definitions.Count == 1 && definitions[0].IsConstant && !_code.Exists(i => i.FetchesIntoSource && i.Source == register);
        short slot = constant ? (short)0 : SlotFor(register, graph, slots);

        var result = new List<IrInstruction>(_code.Count + 8);
        foreach (var original in _code)
        {
            var i = original;
            bool reads = i.ReadsDestination && i.Destination == register || i.ReadsSource && i.Source == register;
            bool writes = i.WritesDestination && i.Destination == register || i.FetchesIntoSource && i.Source == register;
            if (constant && writes)
                continue;
            if (!reads && !writes)
            {
                result.Add(i);
                continue;
            }

            int temporary = _registers++;
            _unspillable.Add(temporary);
            if (reads)
                result.Add(constant
                    ? definitions[0] with { Destination = temporary }
                    : new IrInstruction(IrKind.Load, Opcodes.ClassLoadX | Opcodes.ModeMemory | Opcodes.DoubleWord, temporary, IrBuilder.Frame, slot, 0, -1, i.Span));
            if (i.Destination == register && (i.ReadsDestination || i.WritesDestination))
                i = i with { Destination = temporary };
            if (i.ReadsSource && i.Source == register)
                i = i with { Source = temporary };
            result.Add(i);
            if (writes)
                result.Add(new IrInstruction(IrKind.Store, Opcodes.ClassStoreX | Opcodes.ModeMemory | Opcodes.DoubleWord, IrBuilder.Frame, temporary, slot, 0, -1, i.Span));
        }

        _code = result;
    }

    private List<IrInstruction> Rewrite(int[] colours)
    {
        var result = new List<IrInstruction>(_code.Count);
        foreach (var i in _code)
        {
            var assigned = i;
            if (i.ReadsDestination || i.WritesDestination)
                assigned = assigned with { Destination = Map(i.Destination) };
            if (i.ReadsSource)
                assigned = assigned with { Source = Map(i.Source) };
            if (!(assigned.IsCopy && assigned.Destination == assigned.Source))
                result.Add(assigned);
        }

        return result;

        int Map(int register) => register < IrBuilder.FirstVirtual ? register : colours[register];
    }
}
