namespace Ctrace.Compiler.Lowering;

/// <summary>Which registers hold a value that is still needed, at the end of each block.</summary>
internal sealed class Liveness
{
    private readonly ControlFlow _flow;
    private readonly List<IrInstruction> _code;
    private readonly RegisterSet[] _liveIn;

    /// <summary>Analyses a program.</summary>
    /// <param name="code">Its instructions.</param>
    /// <param name="registers">One more than the highest register.</param>
    public Liveness(List<IrInstruction> code, int registers)
    {
        _code = code;
        _flow = new ControlFlow(code);
        _liveIn = [.. _flow.Starts.Select(_ => new RegisterSet(registers))];
        bool changed = true;
        while (changed)
        {
            changed = false;
            for (int block = _flow.Starts.Count - 1; block >= 0; block--)
            {
                var live = LiveOut(block, registers);
                for (int i = _flow.End(block, code) - 1; i >= _flow.Starts[block]; i--)
                    Step(code[i], live);
                if (!_liveIn[block].Holds(live))
                {
                    _liveIn[block] = live;
                    changed = true;
                }
            }
        }
    }

    /// <summary>Visits every instruction, last first in each block, with what is live after it.</summary>
    public void Visit(int registers, Action<int, RegisterSet> visit)
    {
        for (int block = 0; block < _flow.Starts.Count; block++)
        {
            var live = LiveOut(block, registers);
            for (int i = _flow.End(block, _code) - 1; i >= _flow.Starts[block]; i--)
            {
                visit(i, live);
                Step(_code[i], live);
            }
        }
    }

    private RegisterSet LiveOut(int block, int registers)
    {
        var live = new RegisterSet(registers);
        foreach (int next in _flow.Successors[block])
            live.Add(_liveIn[next]);
        return live;
    }

    /// <summary>From what is live after an instruction to what is live before it.</summary>
    private static void Step(IrInstruction i, RegisterSet live)
    {
        if (i.Kind == IrKind.Call)
        {
            for (int r = 0; r <= 5; r++)
                live[r] = false;
            for (int r = 1; r <= i.Offset; r++)
                live[r] = true;
            return;
        }

        if (i.WritesDestination)
            live[i.Destination] = false;
        if (i.ReadsDestination)
            live[i.Destination] = true;
        if (i.ReadsSource)
            live[i.Source] = true;
        if (i.Kind == IrKind.Exit)
            live[0] = true;
    }
}
