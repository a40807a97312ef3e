using Ctrace.Compiler.Binding;
using Ctrace.Compiler.Bytecode;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Targets;

namespace Ctrace.Compiler.Lowering;

/// <content>Loops by jumps.</content>
internal sealed partial class ClauseEmitter
{
    /// <summary>
    /// A loop. The verifier follows it round by round where the number of rounds is known and that is not too much. Otherwise the kernel
    /// bounds it (by 8 million rounds, or a quarter of a second); an older one is handed a function to call (5.17), and an even older kernel's
    /// verifier asks for a counter. A loop that is cut short is counted as a loss.
    /// </summary>
    private void Loop(BoundLoop loop)
    {
        if (LoopFinder.IsCallback(loop, Target) && Depth < DeepestLoop)
        {
            CallbackLoop(loop);
            return;
        }

        int head = Ir.NewLabel(), next = Ir.NewLabel(), end = Ir.NewLabel(), cut = Ir.NewLabel();
        _loopBounds.Enter();
        var outside = _registers.Values.ToHashSet();
        var writtenOutside = _written;
        _written = [];
        var known = Memory.SaveKnown();
        Memory.ForgetAllReads();
        Ir.Mark(head);
        int start = Ir.Code.Count;
        Conditions.JumpUnless(loop.Condition, end);
        int inside = Ir.Code.Count;
        _loops.Push((end, next));
        Branch(loop.Body);
        _loops.Pop();
        Ir.Mark(next);
        var written = _written;
        _written = [];
        if (loop.Step is not null)
            Statement(loop.Step);
        Ir.Jump(head);

        bool mayGoto = Target.Supports(KernelFeature.MayGoto), isFollowed = loop.Rounds > 0 && !_loopBounds.IsTooMuch(loop.Rounds, start, Ir.Code, mayGoto, _loops.Count > 0);
        mayGoto &= !isFollowed;
        int bound = -1;
        if (!isFollowed)
            bound = Bound(head, inside, cut, mayGoto);
        int added = bound < 0 ? 0 : 1;
        int moved = mayGoto ? 0 : Forget(written.Where(r => (outside.Contains(r) || _shared?.IsImported(r) == true) && !_written.Contains(r)), start + added);
        _written.UnionWith(written);
        _written.UnionWith(writtenOutside);
        if (!isFollowed)
        {
            Ir.Mark(cut);
            CountLoss(LossCause.LoopCut, null);
        }

        Ir.Mark(end);
        Memory.RestoreKnown(known);
        _loopBounds.Leave(isFollowed ? loop.Rounds : mayGoto ? -1 : 0, bound < 0 ? bound : bound + moved, start + added, _loops.Count > 0, Ir.Code);
    }

    /// <summary>A loop of ours with a known number of rounds, which the kernel bounds where the verifier has enough others to follow.</summary>
    /// <param name="rounds">How many.</param>
    /// <param name="size">Instructions that a round takes, about.</param>
    /// <param name="round">Emits a round; gets the register that counts them from 0, and may leave by a jump to behind the loop.</param>
    public void Repeat(int rounds, int size, Action<int> round)
    {
        int index = Ir.Constant(0), loop = Ir.NewLabel(), end = Ir.NewLabel(), cut = Ir.NewLabel();
        _loopBounds.Enter();
        bool isFollowed = !Target.Supports(KernelFeature.MayGoto) || !_loopBounds.IsTooMuch(rounds, Ir.Code.Count - size, Ir.Code, true, _loops.Count > 0);
        Ir.Mark(loop);
        int start = Ir.Code.Count;
        if (!isFollowed)
        {
            Ir.JumpIfConstant(Opcodes.JumpGreaterOrEqual, index, rounds, end);
            Ir.MayGoto(cut);
        }

        round(index);
        Ir.AluConstant(Opcodes.Add, index, 1);
        if (isFollowed)
        {
            Ir.JumpIfConstant(Opcodes.JumpLess, index, rounds, loop);
        }
        else
        {
            Ir.Jump(loop);
            Ir.Mark(cut);
            CountLoss(LossCause.LoopCut, null);
        }

        _loopBounds.Leave(isFollowed ? rounds : -1, -1, start, _loops.Count > 0, Ir.Code);
        Ir.Mark(end);
    }

    /// <summary>A loop of ours that the kernel bounds, until a round leaves it.</summary>
    /// <param name="end">Where to go when it is cut short: after that is counted.</param>
    /// <param name="round">Emits a round.</param>
    public void Repeat(int end, Action round)
    {
        int loop = Ir.NewLabel(), cut = Ir.NewLabel();
        _loopBounds.Enter();
        Ir.Mark(loop);
        int start = Ir.Code.Count;
        Ir.MayGoto(cut);
        round();
        Ir.Jump(loop);
        Ir.Mark(cut);
        CountLoss(LossCause.LoopCut, null);
        Ir.Jump(end);
        _loopBounds.Leave(-1, -1, start, _loops.Count > 0, Ir.Code);
    }

    /// <summary>Adds what ends a loop that the verifier can't follow to its end.</summary>
    /// <param name="head">The label that it jumps back to.</param>
    /// <param name="inside">Its first instruction after its own condition.</param>
    /// <param name="cut">Where to go when it is cut short.</param>
    /// <param name="mayGoto">Whether the kernel does the counting.</param>
    /// <returns>Where the instruction is that has the bound; -1 where the kernel counts. What comes before the loop got one instruction more then.</returns>
    private int Bound(int head, int inside, int cut, bool mayGoto)
    {
        int end = Ir.Code.Count, counter = Ir.NewRegister();
        if (mayGoto)
        {
            Ir.MayGoto(cut);
        }
        else
        {
            Ir.JumpIfConstant(Opcodes.JumpGreaterOrEqual, counter, 1, cut);
            Ir.AluConstant(Opcodes.Add, counter, 1);
        }

        Move(end, inside);
        if (mayGoto)
            return -1;
        end = Ir.Code.Count;
        Ir.SetConstant(counter, 0);
        Move(end, Ir.Code.FindIndex(i => i.Kind == IrKind.Label && i.Label == head));
        return inside + 1;
    }

    /// <summary>Moves the last instructions to another place.</summary>
    private void Move(int first, int place)
    {
        var last = Ir.Code.GetRange(first, Ir.Code.Count - first);
        Ir.Code.RemoveRange(first, last.Count);
        Ir.Code.InsertRange(place, last);
    }

    /// <summary>
    /// Hides from the verifier, at the start of each round, what variables hold that the round before has changed. It follows such a loop
    /// round by round: ways through a round that differ only in these are one to it then, and else double with each round.
    /// </summary>
    /// <returns>How many instructions that took.</returns>
    private int Forget(IEnumerable<int> variables, int start)
    {
        // What may be a structure's address to the verifier can't be hidden so.
        var structures = Probe.Function is null ? [] : _registers.Where(r => r.Key.Type is PointerType).Select(r => r.Value).ToHashSet();
        var changed = variables.Where(v => !structures.Contains(v)).Order().ToList();
        if (changed.Count == 0)
            return 0;
        var hiding = LoopWidening.Hide(changed, Ir.NewRegister(), Ir.Span).ToList();
        Ir.Code.InsertRange(start, hiding);
        return hiding.Count;
    }

    /// <summary>Lets the verifier see the pointers that are handed to callbacks.</summary>
    public List<IrInstruction> ShowPointers(List<IrInstruction> code) =>
        IsCallback || Callbacks.Count > 0 ? LoopWidening.ShowPointers(code, Numbers, ContextHeld) : code;
}
