namespace Ctrace.Compiler.Lowering;

/// <summary>The basic blocks of a program and which follow which.</summary>
internal sealed class ControlFlow
{
    /// <summary>First instruction of each block, and the end of the code.</summary>
    public List<int> Starts { get; } = [0];

    /// <summary>Blocks that may follow each block.</summary>
    public List<int>[] Successors { get; }

    public ControlFlow(IReadOnlyList<IrInstruction> code)
    {
        for (int i = 0; i < code.Count; i++)
        {
            bool ends = code[i].Kind is IrKind.Jump or IrKind.Exit;
            bool nextIsLabel = i + 1 < code.Count && code[i + 1].Kind == IrKind.Label && code[i].Kind != IrKind.Label;
            if ((ends || nextIsLabel) && i + 1 < code.Count)
                Starts.Add(i + 1);
        }

        var blockOf = new Dictionary<int, int>();
        for (int b = 0; b < Starts.Count; b++)
            for (int i = Starts[b]; i < End(b, code) && code[i].Kind == IrKind.Label; i++)
                blockOf[code[i].Label] = b;
        Successors = new List<int>[Starts.Count];
        for (int b = 0; b < Starts.Count; b++)
        {
            Successors[b] = [];
            var last = code[End(b, code) - 1];
            if (last.Kind == IrKind.Jump)
                Successors[b].Add(blockOf[last.Label]);
            if (last.Kind != IrKind.Exit && !last.IsUnconditional && b + 1 < Starts.Count)
                Successors[b].Add(b + 1);
        }
    }

    /// <summary>One past a block's last instruction.</summary>
    public int End(int block, IReadOnlyList<IrInstruction> code) => block + 1 < Starts.Count ? Starts[block + 1] : code.Count;

    /// <summary>
    /// Removes what can't be reached (the verifier refuses such code) and jumps to the very next instruction.
    /// </summary>
    public static List<IrInstruction> Clean(List<IrInstruction> code)
    {
        while (true)
        {
            var flow = new ControlFlow(code);
            var reached = new bool[flow.Starts.Count];
            var pending = new Stack<int>([0]);
            while (pending.TryPop(out int block))
            {
                if (reached[block])
                    continue;
                reached[block] = true;
                foreach (int next in flow.Successors[block])
                    pending.Push(next);
            }

            var kept = new List<IrInstruction>(code.Count);
            for (int b = 0; b < flow.Starts.Count; b++)
                if (reached[b])
                    kept.AddRange(code.GetRange(flow.Starts[b], flow.End(b, code) - flow.Starts[b]));
            var used = kept.Where(i => i.Kind == IrKind.Jump).Select(i => i.Label).ToHashSet();
            // From the end, so that what a jump goes to is already settled.
            var result = new List<IrInstruction>(kept.Count);
            for (int i = kept.Count - 1; i >= 0; i--)
            {
                bool jumpsToNext = kept[i].Kind == IrKind.Jump && JumpsToNext(result, kept[i]);
                if (!jumpsToNext && (kept[i].Kind != IrKind.Label || used.Contains(kept[i].Label)))
                    result.Add(kept[i]);
            }

            result.Reverse();
            if (result.Count == code.Count)
                return result;
            code = result;
        }
    }

    private static bool JumpsToNext(List<IrInstruction> following, IrInstruction jump)
    {
        for (int i = following.Count - 1; i >= 0 && following[i].Kind == IrKind.Label; i--)
            if (following[i].Label == jump.Label)
                return true;
        return false;
    }
}
