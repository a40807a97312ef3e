using Ctrace.Compiler.Binding;
using Ctrace.Compiler.Bytecode;
using Ctrace.Compiler.Layouts;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Targets;

namespace Ctrace.Compiler.Lowering;

/// <summary>
/// Where spans keep what they know of calls that have not returned: a table that programs address directly, so that a call costs no
/// look-up. A thread takes one of the slots that its number leads to, and gives it back when its outermost call returns. A slot is the
/// thread, a count of those who want it, the depth, and a frame for each level: the time, then what was saved.
/// </summary>
internal sealed class SpanTable
{
    /// <summary>Slots that a thread may take, one behind the other: as many threads of the same hash can be in calls at once.</summary>
    public const int Ways = 4;

    /// <summary>Levels of recursion that are kept; deeper calls are counted as lost, and those around them are right nevertheless.</summary>
    public const int Levels = 8;

    public const int KeyOffset = 0, ClaimOffset = 8, DepthOffset = 16, FramesOffset = 24;

    private const int MostSlots = 1 << 14, FewestSlots = 1 << 6;

    public SpanTable(BoundSpan span, bool nests, int mostBytes)
    {
        Depth = nests ? Levels : 1;
        int offset = 8;
        var offsets = new List<int>();
        foreach (var (variable, _) in span.Saved)
        {
            offset = TupleType.Align(offset, 8);
            offsets.Add(offset);
            offset += variable.Type.Size;
        }

        Offsets = offsets;
        FrameSize = TupleType.Align(offset, 8);
        SlotSize = FramesOffset + Depth * FrameSize;
        Slots = FewestSlots;
        while (Slots < MostSlots && (2L * Slots + Ways) * SlotSize <= mostBytes)
            Slots *= 2;
    }

    public int Depth { get; }

    public int FrameSize { get; }

    public int SlotSize { get; }

    public int Slots { get; }

    /// <summary>Where in a frame each saved value is.</summary>
    public IReadOnlyList<int> Offsets { get; }

    public int Size => (Slots + Ways - 1) * SlotSize;
}

/// <summary>The programs of a span.</summary>
internal enum SpanPart
{
    /// <summary>At the return, with the clause's body; also what a clause that is no span has.</summary>
    Return,

    /// <summary>At the entry.</summary>
    Entry,

    /// <summary>Where a thread ends, for those that never return.</summary>
    Death,
}

/// <summary>The ends of a span.</summary>
internal sealed class SpanEmitter(ClauseEmitter emitter, BoundSpan span, SpanTable table, int map)
{
    /// <summary>2^64 divided by the golden ratio: the upper bits of a number's product lie far apart for numbers that are near to each other, as threads' are.</summary>
    private const long Multiplier = unchecked((long)0x9E3779B97F4A7C15);

    private int _slot;

    private IrBuilder Ir => emitter.Ir;

    /// <summary>The entry: keeps the arguments and the time.</summary>
    /// <param name="done">The end of the program.</param>
    public void Enter(int done)
    {
        int key = Key(), slot = Ir.NewRegister(), found = Ir.NewLabel();
        int first = FirstSlot(key);
        // Recursion: the thread has a slot already.
        if (table.Depth > 1)
            Find(first, key, slot, found);
        for (int way = 0; way < SpanTable.Ways; way++)
        {
            int next = Ir.NewLabel(), offset = way * table.SlotSize;
            int taken = Ir.Load(first, offset + SpanTable.KeyOffset, 8);
            int own = Ir.NewLabel();
            // A system call can't be in itself: what is left there is of a thread that never returned.
            if (table.Depth == 1)
                Ir.JumpIf(Opcodes.JumpEqual, taken, key, own);
            Ir.JumpIfConstant(Opcodes.JumpNotEqual, taken, 0, next);
            if (emitter.Target.Supports(KernelFeature.FetchAtomics))
            {
                int refused = Ir.NewLabel(), wanted = Ir.Constant(1);
                Ir.AtomicFetchAdd(first, offset + SpanTable.ClaimOffset, wanted);
                Ir.JumpIfConstant(Opcodes.JumpNotEqual, wanted, 0, refused);
                Ir.Store(first, offset + SpanTable.KeyOffset, key, 8);
                Ir.StoreConstant(first, offset + SpanTable.DepthOffset, 0, 8);
                Ir.Jump(own);
                Ir.Mark(refused);
                Ir.AtomicAdd(first, offset + SpanTable.ClaimOffset, Ir.Constant(-1));
                Ir.Jump(next);
            }
            else
            {
                Ir.Store(first, offset + SpanTable.KeyOffset, key, 8);
                Ir.StoreConstant(first, offset + SpanTable.DepthOffset, 0, 8);
            }

            Ir.Mark(own);
            Move(slot, first, offset);
            Ir.Jump(found);
            Ir.Mark(next);
        }

        emitter.CountLoss(LossCause.SpanTableFull, null);
        Ir.Jump(done);
        Ir.Mark(found);
        int frame = slot, start = SpanTable.FramesOffset;
        if (table.Depth > 1)
        {
            int depth = Ir.Load(slot, SpanTable.DepthOffset, 8), deeper = Ir.Copy(depth);
            Ir.AluConstant(Opcodes.Add, deeper, 1);
            Ir.Store(slot, SpanTable.DepthOffset, deeper, 8);
            int kept = Ir.NewLabel();
            Ir.JumpIfConstant(Opcodes.JumpLess, depth, table.Depth, kept);
            emitter.CountLoss(LossCause.SpanTooDeep, null);
            Ir.Jump(done);
            Ir.Mark(kept);
            frame = Frame(slot, depth);
        }
        else
            Ir.StoreConstant(slot, SpanTable.DepthOffset, 1, 8);
        for (int i = 0; i < span.Saved.Length; i++)
        {
            var (variable, value) = span.Saved[i];
            var place = new Place(frame, start + table.Offsets[i]);
            if (variable.Type.IsScalar)
                Ir.Store(frame, place.Offset, emitter.Scalar(value), variable.Type.Size);
            else
                emitter.Memory.Write(value, place, variable.Type);
        }

        // Last, so that what it costs to keep the arguments is not part of the call's time.
        if (span.UsesDuration)
            Ir.Store(frame, start, Ir.Call(Helper.KtimeGetBootNs), 8);
    }

    /// <summary>The return: finds what the entry has kept.</summary>
    /// <param name="missing">Where to go when there was no entry.</param>
    /// <param name="set">Gives a variable its register or place.</param>
    /// <returns>A register with the duration; 0 where nobody asks for it.</returns>
    public int Leave(int missing, Action<VariableSymbol, Place> set)
    {
        int now = span.UsesDuration ? Ir.Call(Helper.KtimeGetBootNs) : 0;
        int key = Key(), found = Ir.NewLabel();
        _slot = Ir.NewRegister();
        Find(FirstSlot(key), key, _slot, found);
        Ir.Jump(missing);
        Ir.Mark(found);
        int depth = Ir.Load(_slot, SpanTable.DepthOffset, 8);
        Ir.JumpIfConstant(Opcodes.JumpEqual, depth, 0, missing);
        Ir.AluConstant(Opcodes.Add, depth, -1);
        Ir.Store(_slot, SpanTable.DepthOffset, depth, 8);
        int frame = _slot;
        if (table.Depth > 1)
        {
            Ir.JumpIfConstant(Opcodes.JumpGreaterOrEqual, depth, table.Depth, missing);
            frame = Frame(_slot, depth);
        }

        for (int i = 0; i < span.Saved.Length; i++)
            set(span.Saved[i].Variable, new Place(frame, SpanTable.FramesOffset + table.Offsets[i]));
        if (!span.UsesDuration)
            return 0;
        Ir.Alu(Opcodes.Subtract, now, Ir.Load(frame, SpanTable.FramesOffset, 8));
        return now;
    }

    /// <summary>The thread ends: what it has is given back.</summary>
    public void Forget(int done)
    {
        int key = Key(), found = Ir.NewLabel();
        _slot = Ir.NewRegister();
        Find(FirstSlot(key), key, _slot, found);
        Ir.Jump(done);
        Ir.Mark(found);
        Ir.StoreConstant(_slot, SpanTable.DepthOffset, 0, 8);
        Release();
    }

    /// <summary>Gives the slot back when the outermost call has returned.</summary>
    public void Release()
    {
        int kept = Ir.NewLabel();
        Ir.JumpIfConstant(Opcodes.JumpNotEqual, Ir.Load(_slot, SpanTable.DepthOffset, 8), 0, kept);
        Ir.StoreConstant(_slot, SpanTable.KeyOffset, 0, 8);
        if (emitter.Target.Supports(KernelFeature.FetchAtomics))
            Ir.AtomicAdd(_slot, SpanTable.ClaimOffset, Ir.Constant(-1));
        Ir.Mark(kept);
    }

    /// <summary>The thread's number, and one more, because 0 is nobody; the idle threads all have number 0, and are told apart by their CPU.</summary>
    private int Key()
    {
        int key = Ir.Call(Helper.GetCurrentPidTgid), busy = Ir.NewLabel();
        Ir.AluConstant(Opcodes.ShiftLeft, key, 32);
        Ir.AluConstant(Opcodes.ShiftRight, key, 32);
        Ir.JumpIfConstant(Opcodes.JumpNotEqual, key, 0, busy);
        Ir.Move(key, Ir.Call(Helper.GetSmpProcessorId));
        Ir.AluConstant(Opcodes.ShiftLeft, key, 32);
        Ir.Mark(busy);
        Ir.AluConstant(Opcodes.Add, key, 1);
        return key;
    }

    private int FirstSlot(int key)
    {
        int number = Ir.Copy(key);
        Ir.Alu(Opcodes.Multiply, number, Ir.Constant(Multiplier));
        Ir.AluConstant(Opcodes.ShiftRight, number, 64 - System.Numerics.BitOperations.Log2((uint)table.Slots));
        Ir.AluConstant(Opcodes.Multiply, number, table.SlotSize);
        int address = Ir.MapValue(map);
        Ir.Alu(Opcodes.Add, address, number);
        return address;
    }

    /// <summary>Goes to a label with the thread's slot, if it has one.</summary>
    private void Find(int first, int key, int slot, int found)
    {
        for (int way = 0; way < SpanTable.Ways; way++)
        {
            int next = Ir.NewLabel();
            Ir.JumpIf(Opcodes.JumpNotEqual, Ir.Load(first, way * table.SlotSize + SpanTable.KeyOffset, 8), key, next);
            Move(slot, first, way * table.SlotSize);
            Ir.Jump(found);
            Ir.Mark(next);
        }
    }

    private void Move(int slot, int first, int offset)
    {
        Ir.Move(slot, first);
        if (offset > 0)
            Ir.AluConstant(Opcodes.Add, slot, offset);
    }

    /// <summary>The slot's address moved on by so many frames.</summary>
    private int Frame(int slot, int depth)
    {
        int frame = Ir.Copy(depth);
        Ir.AluConstant(Opcodes.And, frame, table.Depth - 1);
        Ir.AluConstant(Opcodes.Multiply, frame, table.FrameSize);
        Ir.Alu(Opcodes.Add, frame, slot);
        return frame;
    }
}
