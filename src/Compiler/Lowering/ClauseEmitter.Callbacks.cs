using Ctrace.Compiler.Binding;
using Ctrace.Compiler.Bytecode;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Text;

namespace Ctrace.Compiler.Lowering;

/// <content>Loops by callbacks: their bodies are functions that the kernel calls, and that give 1 when they want no more of it.</content>
internal sealed partial class ClauseEmitter
{
    /// <summary>Functions on the stack at once have 512 bytes together.</summary>
    private const int DeepestLoop = 2;

    /// <summary>Rounds of a loop without a known end. A round takes some ten nanoseconds or more, in which nothing else runs on the CPU.</summary>
    private const int MostRounds = 1 << 20;

    /// <summary>How many callbacks are around what is emitted.</summary>
    private int Depth => _outer is null ? 0 : _outer.Depth + 1;

    /// <summary>A loop over a map (bpf_for_each_map_elem).</summary>
    private void MapLoop(BoundMapLoop loop) => Call(
        callback =>
        {
            int key = callback.Ir.Copy(2), value = callback.Ir.Copy(3), block = callback.Ir.Copy(4);
            return callback.RunCallback(loop.Span, block, () =>
            {
                if (loop.Variable.IsRead)
                    callback._places.Add(loop.Variable, callback.Maps.ReadEntry(loop.Map, (TupleType)loop.Variable.Type, key, value));
            }, loop.Body, null);
        },
        (function, block) => Ir.Call(Helper.ForEachMapElement, Argument.Map(loop.Map.Index), Argument.Function(function), block, Argument.Constant(0)));

    /// <summary>A loop with a condition (bpf_loop).</summary>
    private void CallbackLoop(BoundLoop loop)
    {
        int most = loop.Rounds > 0 ? loop.Rounds : MostRounds, rounds = -1;
        Call(
            callback =>
            {
                // It is called with the round's number and the block, which may hold pointers: where those of maps have it.
                callback.Ir.Move(4, 2);
                int block = callback.Ir.Copy(4);
                return callback.RunCallback(loop.Span, block, () => callback.Conditions.JumpUnless(loop.Condition, callback._exit), loop.Body, loop.Step);
            },
            (function, block) => rounds = Ir.Call(Helper.Loop, Argument.Constant(most), Argument.Function(function), block, Argument.Constant(0)));
        if (loop.Rounds > 0)
            return;
        int fine = Ir.NewLabel();
        Ir.JumpIfConstant(Opcodes.JumpNotEqual, rounds, most, fine);
        CountLoss(LossCause.LoopCut, null);
        Ir.Mark(fine);
    }

    /// <summary>Hands a function to the kernel, which calls it.</summary>
    /// <param name="emit">Emits the function, and gives the words it changes of those that it shares.</param>
    /// <param name="call">Emits the call: with the function's number, and the address of the words.</param>
    private void Call(Func<ClauseEmitter, List<int>> emit, Action<int, Argument> call)
    {
        var callback = new ClauseEmitter(this);
        Callbacks.Add(callback);
        var root = this;
        while (root._outer is { } outer)
            root = outer;
        int function = root._callbacks++;
        var (outerReturned, changed) = (_returned, emit(callback));
        var words = callback._shared!.Outside.ToList();
        int block = Frame.AllocateWords(Math.Max(1, words.Count));
        for (int i = 0; i < words.Count; i++)
            Ir.Store(IrBuilder.Frame, block + i * 8, changed.Contains(i) ? LoopWidening.HiddenCopy(Ir, words[i]) : words[i], 8);
        if (words.Count == 0)
            Ir.StoreConstant(IrBuilder.Frame, block, 0, 8);
        call(function, Argument.Address(IrBuilder.Frame, block));
        Memory.ForgetAllReads();
        foreach (int i in changed)
        {
            int word = Ir.Load(IrBuilder.Frame, block + i * 8, 8);
            // Another loop's words may have been at the same place, and pointers among them.
            if (callback._shared.IsNumber(i))
                Numbers.Add(word);
            Ir.Move(words[i], word);
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

    /// <summary>Emits a function that the kernel calls round by round.</summary>
    /// <param name="span">The loop.</param>
    /// <param name="block">Register with the address of the words that it shares.</param>
    /// <param name="begin">Emits what comes before the body.</param>
    /// <param name="body">What a round does.</param>
    /// <param name="step">What is done at the end of a round.</param>
    /// <returns>Which of the words it changes.</returns>
    private List<int> RunCallback(TextSpan span, int block, Action begin, BoundStatement body, BoundStatement? step)
    {
        Ir.Span = span;
        int result = Ir.NewRegister(), next = Ir.NewLabel(), done = Ir.NewLabel();
        _shared = new SharedWords(Ir, block);
        begin();
        _loops.Push((_exit, next));
        Statement(body);
        Ir.Span = span;
        Ir.Mark(next);
        if (step is not null)
            Statement(step);
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
}
