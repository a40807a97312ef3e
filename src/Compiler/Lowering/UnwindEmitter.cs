using Ctrace.Compiler.Bytecode;
using Ctrace.Compiler.Layouts;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Targets;

namespace Ctrace.Compiler.Lowering;

/// <summary>
/// Finds the callers of a process's code by what its binaries say of each piece of their code (<c>.eh_frame</c>, in the form of
/// <see cref="UnwindLayout"/>), on x86-64. Where they say nothing, as of code that a runtime has compiled, frame pointers are followed.
/// </summary>
internal sealed class UnwindEmitter
{
    /// <summary>No code is below: what would return there returns nowhere.</summary>
    private const int LowestCode = 4096;

    /// <summary>Bytes from a signal frame's stack pointer to the registers in it (struct rt_sigframe, struct sigcontext_64).</summary>
    private const int SignalFramePointer = 120, SignalStackPointer = 160, SignalInstruction = 168;

    /// <summary>Bytes of a kernel stack (THREAD_SIZE) and of the registers at its end, where there is no helper that gives them: before 5.15.</summary>
    private const int KernelStack = 16 << 10, Registers = 168;

    private readonly ClauseEmitter _e;
    private readonly int _instruction, _stack, _frame;

    private UnwindEmitter(ClauseEmitter e) =>
        (_e, _instruction, _stack, _frame) = (e, e.Ir.NewRegister(), e.Ir.NewRegister(), e.Ir.NewRegister());

    private IrBuilder Ir => _e.Ir;

    /// <summary>Writes the addresses, and zeros behind the last.</summary>
    /// <param name="e">The clause.</param>
    /// <param name="process">Register with the process's number.</param>
    /// <param name="type">The stack's type.</param>
    /// <param name="place">Where the addresses go.</param>
    /// <param name="otherwise">Does it for a process that nothing is known of.</param>
    public static void Emit(ClauseEmitter e, int process, StackType type, Place place, Action otherwise)
    {
        var (ir, size) = (e.Ir, type.Depth * 8);
        // The running program alone knows where each address goes, which the stack is not for.
        var target = place.Base == IrBuilder.Frame ? e.Memory.AllocateScratch(size) : place;
        int unknown = ir.NewLabel(), walked = ir.NewLabel(), done = ir.NewLabel(), mark = e.Frame.Mark();
        var key = e.Memory.Allocate(8);
        ir.Store(key.Base, key.Offset, process, 8);
        int ranges = ir.Call(Helper.MapLookupElement, Argument.Map(e.Program.UnwindProcessesMap), key);
        e.Frame.Release(mark);
        ir.JumpIfConstant(Opcodes.JumpEqual, ranges, 0, unknown);
        e.Memory.Zero(target, size);
        var unwinder = new UnwindEmitter(e);
        unwinder.FindRegisters();
        unwinder.Walk(ranges, type.Depth, target, walked);
        ir.Mark(walked);
        if (target != place)
            e.Memory.Copy(place, target, size);
        ir.Jump(done);
        ir.Mark(unknown);
        otherwise();
        ir.Mark(done);
    }

    private void FindRegisters()
    {
        var cpu = _e.Target.Architecture;
        int kernel = Ir.NewLabel(), found = Ir.NewLabel();
        (int Register, int Offset)[] all = [(_instruction, cpu.InstructionPointer), (_stack, cpu.StackPointer), (_frame, cpu.Registers["bp"])];
        if (_e.Probe.Kind.ProgramType is BpfProgramType.Kprobe or BpfProgramType.PerfEvent)
        {
            // What was interrupted may be the kernel, on the process's behalf.
            int level = Ir.Load(_e.Context, cpu.Registers["cs"], 8);
            Ir.AluConstant(Opcodes.And, level, 3);
            Ir.JumpIfConstant(Opcodes.JumpEqual, level, 0, kernel);
            foreach (var (register, offset) in all)
                Ir.Move(register, Ir.Load(_e.Context, offset, 8));
            Ir.Jump(found);
        }

        Ir.Mark(kernel);
        if (_e.Target.Supports(KernelFeature.TaskRegisters))
        {
            int registers = Ir.Call(Helper.TaskPtRegs, Argument.Of(Ir.Call(Helper.GetCurrentTaskBtf)));
            foreach (var (register, offset) in all)
                Ir.Move(register, Ir.Load(registers, offset, 8));
        }
        else
        {
            int task = Ir.Call(Helper.GetCurrentTask), end = _e.ReadKernel(task, _e.Target.FindMemberOffset("task_struct", "stack") ?? 0, 8);
            foreach (var (register, offset) in all)
                Ir.Move(register, _e.ReadKernel(end, KernelStack - Registers + offset, 8));
        }

        Ir.Mark(found);
    }

    private void Walk(int ranges, int depth, Place target, int done)
    {
        int head = Ir.NewLabel(), next = Ir.NewLabel(), framePointer = Ir.NewLabel(), signal = Ir.NewLabel();
        int count = Ir.Constant(0), back = Ir.Constant(0);
        Ir.Mark(head);
        if (_e.Target.Supports(KernelFeature.MayGoto))
            Ir.MayGoto(done);
        Ir.JumpIfConstant(Opcodes.JumpGreaterOrEqual, count, depth, done);
        Ir.JumpIfConstant(Opcodes.JumpLess, _instruction, LowestCode, done);
        int slot = Ir.Copy(count), address = Ir.Copy(target.Base);
        Ir.AluConstant(Opcodes.ShiftLeft, slot, 3);
        Ir.Alu(Opcodes.Add, address, slot);
        Ir.Store(address, target.Offset, _instruction, 8);
        Ir.AluConstant(Opcodes.Add, count, 1);

        // An address to return to is behind the call, and may belong to the next function already.
        int place = Ir.Copy(_instruction);
        Ir.Alu(Opcodes.Subtract, place, back);
        int range = FindRange(ranges, place, framePointer);
        FindRule(range, place, out int rule);
        int kind = Ir.Copy(rule);
        Ir.AluConstant(Opcodes.And, kind, (1 << UnwindLayout.KindBits) - 1);
        Ir.JumpIfConstant(Opcodes.JumpEqual, kind, (int)UnwindRule.None, framePointer);
        Ir.JumpIfConstant(Opcodes.JumpEqual, kind, (int)UnwindRule.End, done);
        Ir.JumpIfConstant(Opcodes.JumpEqual, kind, (int)UnwindRule.Signal, signal);
        Return(rule, kind, place, done);
        Ir.SetConstant(back, 1);
        Ir.Jump(next);

        Ir.Mark(framePointer);
        Ir.JumpIf(Opcodes.JumpLess, _frame, _stack, done);
        Ir.Move(_instruction, ReadUser(_frame, 8));
        Ir.Move(_stack, _frame);
        Ir.AluConstant(Opcodes.Add, _stack, 16);
        Ir.Move(_frame, ReadUser(_frame, 0));
        Ir.SetConstant(back, 1);
        Ir.Jump(next);

        // It was interrupted anywhere, and not by a call.
        Ir.Mark(signal);
        Ir.Move(_instruction, ReadUser(_stack, SignalInstruction));
        Ir.Move(_frame, ReadUser(_stack, SignalFramePointer));
        Ir.Move(_stack, ReadUser(_stack, SignalStackPointer));
        Ir.SetConstant(back, 0);

        Ir.Mark(next);
        Ir.Jump(head);
    }

    /// <summary>Goes to the caller: where its frame begins, what its registers were.</summary>
    private void Return(int rule, int kind, int place, int done)
    {
        int begin = Ir.Copy(rule), saved = Ir.Copy(rule);
        int fromFrame = Ir.NewLabel(), through = Ir.NewLabel(), linkage = Ir.NewLabel(), found = Ir.NewLabel(), kept = Ir.NewLabel();
        Ir.AluConstant(Opcodes.ShiftLeft, begin, 32);
        Ir.AluConstant(Opcodes.ArithmeticShiftRight, begin, 64 - UnwindLayout.DistanceBits);
        Ir.AluConstant(Opcodes.ShiftRight, saved, UnwindLayout.KindBits);
        Ir.AluConstant(Opcodes.And, saved, (1 << UnwindLayout.SavedBits) - 1);
        Ir.JumpIfConstant(Opcodes.JumpEqual, kind, (int)UnwindRule.FromFramePointer, fromFrame);
        Ir.JumpIfConstant(Opcodes.JumpEqual, kind, (int)UnwindRule.ThroughFramePointer, through);
        Ir.Alu(Opcodes.Add, begin, _stack);
        Ir.JumpIfConstant(Opcodes.JumpEqual, kind, (int)UnwindRule.LinkageTable, linkage);
        Ir.Jump(found);

        Ir.Mark(linkage);
        Ir.AluConstant(Opcodes.And, place, 15);
        Ir.JumpIf(Opcodes.JumpLess, place, saved, kept);
        Ir.AluConstant(Opcodes.Add, begin, 8);
        Ir.Jump(kept);

        Ir.Mark(through);
        Ir.Alu(Opcodes.Add, begin, _frame);
        Ir.Move(begin, ReadUser(begin, 0));
        Ir.Move(_frame, ReadUser(_frame, 0));
        Ir.Jump(kept);

        Ir.Mark(fromFrame);
        Ir.Alu(Opcodes.Add, begin, _frame);
        Ir.Mark(found);
        Ir.JumpIfConstant(Opcodes.JumpEqual, saved, 0, kept);
        Ir.AluConstant(Opcodes.ShiftLeft, saved, 3);
        Ir.Negate(saved);
        Ir.Alu(Opcodes.Add, saved, begin);
        Ir.Move(_frame, ReadUser(saved, 0));
        Ir.Mark(kept);
        // A frame that does not begin above is none.
        Ir.JumpIf(Opcodes.JumpLessOrEqual, begin, _stack, done);
        Ir.Move(_instruction, ReadUser(begin, -8));
        Ir.Move(_stack, begin);
    }

    /// <summary>The range of addresses that one is in; leaves its distance from the binary's beginning in its register.</summary>
    private int FindRange(int ranges, int place, int otherwise)
    {
        int index = Search(UnwindLayout.MostRanges, Ir.Load(ranges, 0, 8), place, candidate =>
        {
            int start = Range(ranges, candidate);
            return Ir.Load(start, UnwindLayout.RangesOffset, 8);
        });
        int range = Range(ranges, index);
        Ir.Alu(Opcodes.Subtract, place, Ir.Load(range, UnwindLayout.RangesOffset, 8));
        Ir.JumpIf(Opcodes.JumpGreaterOrEqual, place, Ir.Load(range, UnwindLayout.RangesOffset + UnwindLayout.SizeOffset, 4), otherwise);
        Ir.Alu(Opcodes.Add, place, Ir.Load(range, UnwindLayout.RangesOffset + UnwindLayout.PlaceOffset, 4));
        return range;
    }

    private int Range(int ranges, int index)
    {
        int offset = Ir.Copy(index), range = Ir.Copy(ranges);
        Ir.AluConstant(Opcodes.And, offset, UnwindLayout.MostRanges - 1);
        Ir.AluConstant(Opcodes.Multiply, offset, UnwindLayout.RangeSize);
        Ir.Alu(Opcodes.Add, range, offset);
        return range;
    }

    /// <summary>The rule of the last row that is not behind a place.</summary>
    private void FindRule(int range, int place, out int rule)
    {
        var (map, capacity) = _e.Program.UnwindRows;
        int first = Ir.Load(range, UnwindLayout.RangesOffset + UnwindLayout.FirstOffset, 4);
        int rows = Ir.MapValue(map);
        int index = Search(capacity, Ir.Load(range, UnwindLayout.RangesOffset + UnwindLayout.CountOffset, 4), place, candidate => Ir.Load(Row(candidate), 0, 4));
        rule = Ir.Load(Row(index), UnwindLayout.RuleOffset, 4);

        int Row(int index)
        {
            int offset = Ir.Copy(index), row = Ir.Copy(rows);
            Ir.Alu(Opcodes.Add, offset, first);
            Ir.AluConstant(Opcodes.And, offset, capacity - 1);
            Ir.AluConstant(Opcodes.Multiply, offset, UnwindLayout.RowSize);
            Ir.Alu(Opcodes.Add, row, offset);
            return row;
        }
    }

    /// <summary>
    /// Finds among ascending numbers the last that is not above one that is wanted, or the first, by halving steps. There are no branches for the
    /// verifier to follow: masks take the place of conditions.
    /// </summary>
    /// <param name="capacity">The most numbers there may be: a power of two.</param>
    /// <param name="count">Register with how many there are.</param>
    /// <param name="wanted">Register with what is looked for.</param>
    /// <param name="load">Gives the number at an index; what it gives for one that is too large does not matter.</param>
    /// <returns>Register with its index.</returns>
    private int Search(int capacity, int count, int wanted, Func<int, int> load)
    {
        int index = Ir.Constant(0), step = Ir.Constant(capacity / 2), again = Ir.NewLabel();
        Ir.Mark(again);
        int candidate = Ir.Copy(index);
        Ir.Alu(Opcodes.Add, candidate, step);
        // All ones where it is above, or behind the last.
        int above = Ir.Copy(wanted), behind = Ir.Copy(count);
        Ir.Alu(Opcodes.Subtract, above, load(candidate));
        Ir.Alu(Opcodes.Subtract, behind, candidate);
        Ir.AluConstant(Opcodes.Subtract, behind, 1);
        Ir.Alu(Opcodes.Or, above, behind);
        Ir.AluConstant(Opcodes.ArithmeticShiftRight, above, 63);
        Ir.AluConstant(Opcodes.Xor, above, -1);
        Ir.Alu(Opcodes.And, above, step);
        Ir.Alu(Opcodes.Add, index, above);
        Ir.AluConstant(Opcodes.ShiftRight, step, 1);
        Ir.JumpIfConstant(Opcodes.JumpNotEqual, step, 0, again);
        return index;
    }

    private int ReadUser(int address, int offset) => _e.ReadAny(address, offset, 8, AddressSpace.User);
}
