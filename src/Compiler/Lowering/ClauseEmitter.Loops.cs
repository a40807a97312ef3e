using Ctrace.Compiler.Binding;
using Ctrace.Compiler.Bytecode;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Targets;

namespace Ctrace.Compiler.Lowering;

/// <content>Loops, by jumps and by callbacks.</content>
internal sealed partial class ClauseEmitter
{
    /// <summary>
    /// A loop. Where the number of rounds is not known, the kernel bounds it (by 8 million rounds, or a quarter of a second); an older
    /// kernel's verifier asks for a counter. A loop that is cut short is counted as a loss.
    /// </summary>
    private void Loop(BoundLoop loop)
    {
        int head = Ir.NewLabel(), next = Ir.NewLabel(), end = Ir.NewLabel();
        bool mayGoto = loop.Rounds == 0 && Target.Supports(KernelFeature.MayGoto);
        int counter = loop.Rounds > 0 || mayGoto ? 0 : Ir.Constant(0), cut = Ir.NewLabel();
        var bounds = _loopBounds;
        bounds.Enter();
        var outside = _registers.Values.ToHashSet();
        var writtenOutside = _written;
        _written = [];
        var known = Memory.SaveKnown();
        Memory.ForgetAllReads();
        Ir.Mark(head);
        int start = Ir.Code.Count, bound = -1;
        Conditions.JumpUnless(loop.Condition, end);
        if (mayGoto)
            Ir.MayGoto(cut);
        else if (loop.Rounds == 0)
        {
            int inside = Ir.NewLabel();
            bound = Ir.Code.Count;
            Ir.JumpIfConstant(Opcodes.JumpLess, counter, 1, inside);
            CountLoss(LossCause.LoopCut, null);
            Ir.Jump(end);
            Ir.Mark(inside);
            Ir.AluConstant(Opcodes.Add, counter, 1);
        }

        _loops.Push((end, next));
        Branch(loop.Body);
        _loops.Pop();
        Ir.Mark(next);
        var written = _written;
        _written = [];
        if (loop.Step is not null)
            Statement(loop.Step);
        Ir.Jump(head);
        int moved = mayGoto ? 0 : Forget(written.Where(r => (outside.Contains(r) || _shared?.IsImported(r) == true) && !_written.Contains(r)), start);
        bound = bound < 0 ? bound : bound + moved;
        _written.UnionWith(written);
        _written.UnionWith(writtenOutside);
        if (mayGoto)
        {
            Ir.Mark(cut);
            CountLoss(LossCause.LoopCut, null);
        }

        Ir.Mark(end);
        Memory.RestoreKnown(known);
        bounds.Leave(mayGoto ? 1 : loop.Rounds, bound, start, _loops.Count > 0, Ir.Code);
    }

    /// <summary>
    /// Hides from the verifier, at the start of each round, what variables hold that the round before has changed. It follows such a loop
    /// round by round: ways through a round that differ only in these are one to it then, and else double with each round.
    /// </summary>
    /// <returns>How many instructions that took.</returns>
    private int Forget(IEnumerable<int> variables, int start)
    {
        var changed = variables.Order().ToList();
        if (changed.Count == 0)
            return 0;
        var hiding = LoopWidening.Hide(changed, Ir.NewRegister(), Ir.Span).ToList();
        Ir.Code.InsertRange(start, hiding);
        return hiding.Count;
    }

    /// <summary>
    /// A loop over a map: its body is a function that the kernel calls for each entry (bpf_for_each_map_elem). It gives 1 when it wants no
    /// more of them.
    /// </summary>
    private void MapLoop(BoundMapLoop loop)
    {
        var callback = new ClauseEmitter(this);
        Callbacks.Add(callback);
        var root = this;
        while (root._outer is { } outer)
            root = outer;
        int function = root._callbacks++;
        var (outerReturned, changed) = (_returned, callback.RunCallback(loop));
        var words = callback._shared!.Outside.ToList();
        int block = Frame.AllocateWords(Math.Max(1, words.Count));
        for (int i = 0; i < words.Count; i++)
            Ir.Store(IrBuilder.Frame, block + i * 8, changed.Contains(i) ? LoopWidening.HiddenCopy(Ir, words[i]) : words[i], 8);
        if (words.Count == 0)
            Ir.StoreConstant(IrBuilder.Frame, block, 0, 8);
        Ir.Call(Helper.ForEachMapElement, Argument.Map(loop.Map.Index), Argument.Function(function), Argument.Address(IrBuilder.Frame, block), Argument.Constant(0));
        Memory.ForgetAllReads();
        foreach (int i in changed)
        {
            Ir.Move(words[i], Ir.Load(IrBuilder.Frame, block + i * 8, 8));
            _written.Add(words[i]);
        }

        if (_returned < 0 || _returned == outerReturned)
            return;
        int goOn = Ir.NewLabel();
        Ir.JumpIfConstant(Opcodes.JumpEqual, _returned, 0, goOn);
        _returned = outerReturned;
        Return();
        Ir.Mark(goOn);
    }

    /// <summary>Emits a function that is called with a map, an entry's key, its value, and the words that it shares.</summary>
    /// <returns>Which of these it changes.</returns>
    private List<int> RunCallback(BoundMapLoop loop)
    {
        Ir.Span = loop.Span;
        int key = Ir.Copy(2), value = Ir.Copy(3), result = Ir.NewRegister(), next = Ir.NewLabel(), done = Ir.NewLabel();
        _shared = new SharedWords(Ir, Ir.Copy(4));
        if (loop.Variable.IsRead)
            _places.Add(loop.Variable, Maps.ReadEntry(loop.Map, (TupleType)loop.Variable.Type, key, value));
        _loops.Push((_exit, next));
        Statement(loop.Body);
        Ir.Span = loop.Span;
        Ir.Mark(next);
        Ir.SetConstant(result, 0);
        Ir.Jump(done);
        Ir.Mark(_exit);
        Ir.SetConstant(result, 1);
        Ir.Mark(done);
        var changed = _shared.StoreChanged(_written);
        Ir.Exit(result);
        _loopBounds.Settle(Ir.Code);
        _shared.LoadAll();
        return changed;
    }

    /// <summary>Lets the verifier see the pointers that are handed to callbacks.</summary>
    public List<IrInstruction> ShowPointers(List<IrInstruction> code) =>
        IsCallback || Callbacks.Count > 0 ? LoopWidening.ShowPointers(code, Numbers) : code;
}
