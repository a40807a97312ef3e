using Ctrace.Compiler.Binding;
using Ctrace.Compiler.Bytecode;
using Ctrace.Compiler.Catalog.Probes;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Targets;

namespace Ctrace.Compiler.Lowering;

/// <content>Where values are, and how they are read and cut.</content>
internal sealed partial class ClauseEmitter
{
    /// <summary>The register of a variable; null where it has none yet. A callback gets a copy of what is outside.</summary>
    private int? FindRegister(VariableSymbol variable)
    {
        if (_registers.TryGetValue(variable, out int register))
            return register;
        if (_outer?.FindRegister(variable) is not { } outside)
            return null;
        register = _shared!.Import(outside, variable.Type is not PointerType);
        _registers.Add(variable, register);
        return register;
    }

    /// <summary>The place of a text or tuple variable, by its address where it is outside; null where it has none yet.</summary>
    private Place? FindPlace(VariableSymbol variable)
    {
        if (_places.TryGetValue(variable, out var place))
            return place;
        if (_outer?.FindPlace(variable) is not { } outside)
            return null;
        place = outside.Base == IrBuilder.Frame
            ? new Place(_shared!.Import(_outer.Memory.Address(outside), false), 0)
            : new Place(_shared!.Import(outside.Base, false), outside.Offset);
        _places.Add(variable, place);
        return place;
    }

    /// <summary>Room for a variable that is no register. What a pointer leads to stays where it is for the whole event.</summary>
    private Place Home(VariableSymbol variable) =>
        (variable.HasAddress ? Memory.AllocateScratch(variable.Type.Size) : Memory.Allocate(variable.Type.Size)) with { IsOwned = false };

    private void SetInMemory(VariableSymbol variable, int value)
    {
        if (FindPlace(variable) is not { } place)
            _places.Add(variable, place = Home(variable));
        Ir.Store(place.Base, place.Offset, value, variable.Type.Size);
    }

    private int IncrementInMemory(VariableSymbol variable, int step, bool isPostfix)
    {
        var place = PlaceOf(variable);
        int before = Load(place, variable.Type), after = Ir.Copy(before);
        Ir.AluConstant(Opcodes.Add, after, step);
        after = Cut(after, variable.Type);
        Ir.Store(place.Base, place.Offset, after, variable.Type.Size);
        return isPostfix ? before : after;
    }

    private int AddressOf(VariableSymbol variable) => AsNumber(Memory.Address(PlaceOf(variable)));

    private int AddressOf(MapSymbol map)
    {
        int register = Ir.NewRegister();
        Ir.SetMap(register, map.Index);
        return AsNumber(register);
    }

    /// <summary>
    /// An address as a number. The verifier allows little arithmetic with addresses that it knows; one that was stored and
    /// loaded again is any number to it.
    /// </summary>
    private int AsNumber(int address)
    {
        var number = Memory.AllocateScratch(8);
        Ir.Store(number.Base, number.Offset, address, 8);
        return Ir.Load(number.Base, number.Offset, 8);
    }

    /// <summary>
    /// A scalar that is computed with. To the verifier, pointers that programs on trampolines are given are structures, with whose addresses it
    /// allows no arithmetic but to go to a member.
    /// </summary>
    public int Number(BoundExpression expression)
    {
        int register = Scalar(expression);
        bool mayBeStructure = expression.Type is PointerType && Probe.Function is not null
            && expression is not (BoundDereference or BoundMapRead or BoundConstant) && !(expression is BoundRawArgument argument && IsHidden(argument.Index));
        return mayBeStructure ? AsNumber(register) : register;
    }

    /// <summary>Whether what is emitted is in a loop: what is added there each time has no end to the verifier.</summary>
    public bool IsInLoop => _loops.Count > 0 || IsCallback;

    /// <summary>The address of the context, as a number.</summary>
    public int AddressOfContext() => AsNumber(Context);

    /// <summary>The address of a field: in the record, or elsewhere in it where its place has a word that tells where.</summary>
    public int LocateInRecord(TracepointField field)
    {
        int address = Ir.Copy(Context);
        if (!field.IsElsewhere)
        {
            Ir.AluConstant(Opcodes.Add, address, field.Offset);
            return address;
        }

        int distance = Ir.Load(Context, field.Offset, 4);
        // The lower half of the word is the distance: from the record's start, or from the word's end.
        Ir.AluConstant(Opcodes.And, distance, 0xffff);
        if (field.Kind == TracepointFieldKind.RelativeLocation)
            Ir.AluConstant(Opcodes.Add, distance, field.Offset + 4);
        Ir.Alu(Opcodes.Add, address, distance);
        return address;
    }

    private int Dereference(BoundDereference e) =>
        Extend(ReadAny(Scalar(e.Address), e.Offset, e.Type.Size, MemoryBinder.SpaceOf(e.Address)), e.Type);

    private int Bits(BoundBits e)
    {
        int register = Ir.Copy(Scalar(e.Container));
        bool signed = Operators.IsSigned(e.Type);
        Ir.AluConstant(Opcodes.ShiftLeft, register, 64 - e.First - e.Bits);
        Ir.AluConstant(signed ? Opcodes.ArithmeticShiftRight : Opcodes.ShiftRight, register, 64 - e.Bits);
        return register;
    }

    /// <summary>An element at a computed index; 0 where the array has no such element.</summary>
    private int Element(BoundIndex e)
    {
        int result = Ir.Constant(0), done = Ir.NewLabel();
        Ir.Move(result, Load(Memory.LocateElement(e, done), e.Type));
        Ir.Mark(done);
        return result;
    }

    /// <summary>A raw tracepoint's argument: a 64-bit word of the context. What the verifier hides is just 8 bytes of memory, too.</summary>
    public int RawArgument(int index) => IsHidden(index) ? ReadKernel(Ir.Copy(Context), index * 8, 8) : Ir.Load(Context, index * 8, 8);

    /// <summary>A 64-bit word of a function's or raw tracepoint's arguments: in a register for them, or in the context.</summary>
    public int ArgumentWord(int index, bool inRegister) => inRegister ? Ir.Load(Context, Target.Architecture.FunctionArguments[index], 8) : RawArgument(index);

    /// <summary>
    /// Whether the verifier lets no program look at a word of the context. On trampolines it shows pointers to structures, newer ones those to
    /// numbers too, but not those to functions, to pointers or to const void (btf_ctx_access in kernel/bpf/btf.c).
    /// </summary>
    private bool IsHidden(int word) => Probe.Function?.TypeOf(word) is PointerType pointer && pointer.Target is not StructureType
        && !(pointer.Target is IntegerType or BoolType && Target.Supports(KernelFeature.NumberPointers));

    /// <summary>Writes a structure that a function is given by value: it is in words of the context, or in registers.</summary>
    public void WriteArgument(BoundRawArgument argument, Place place)
    {
        for (int done = 0; done < argument.Type.Size; done += 8)
        {
            int word = ArgumentWord(argument.Index + (done / 8), argument.InRegister), size = Math.Min(8, argument.Type.Size - done);
            foreach (var (offset, length) in MemoryEmitter.Steps(place.Offset + done, 0, size))
            {
                Ir.Store(place.Base, place.Offset + done + offset, word, length);
                if (offset + length < size)
                    Ir.AluConstant(Opcodes.ShiftRight, word, length * 8);
            }
        }
    }

    /// <summary>A value of a type in a word whose upper bits are not defined.</summary>
    public int Narrow(int register, TraceType type) => Cut(Ir.Copy(register), type);

    /// <summary>The index of the name of the probe that fired.</summary>
    public int ProbeName(ResolvedProbe probe)
    {
        // A program that serves many probes learns from the kernel which it was: the runtime gives each its index as a cookie.
        if (probe.HasRegisters && (probe.AllNames is not null || _clause.Probes.Length > 1))
        {
            int cookie = Ir.Call(Helper.GetAttachCookie, Argument.Of(Context));
            // At both ends the cookie is the same: it has the entry's index below, and the return's above.
            if (IsSession && probe.IsReturn)
                Ir.AluConstant(Opcodes.ShiftRight, cookie, 32);
            else if (IsSession)
                Ir.Truncate32(cookie);
            return cookie;
        }

        if (probe.Syscalls is null)
            return Ir.Constant(Program.ProbeIndex(probe.Name));
        int index = Ir.Copy(Dispatched);
        Ir.AluConstant(Opcodes.Subtract, index, 1);
        return index;
    }

    /// <summary>A scalar field of the probe's record.</summary>
    public int Field(ResolvedProbe probe, TracepointField field)
    {
        if (probe.Syscalls is not null)
            return field.Name == SyscallFields.Result ? RawArgument(1) : SyscallNumber();
        if (field.IsElsewhere)
            return AsNumber(LocateInRecord(field));
        return Extend(Ir.Load(Context, field.Offset, field.Size), new IntegerType(field.Size, field.Signed));
    }

    /// <summary>The place of a text or tuple variable.</summary>
    public Place PlaceOf(VariableSymbol variable) => FindPlace(variable)!.Value;

    /// <summary>Counts something lost. It happens seldom: one counter for all CPUs is enough, and takes the least code.</summary>
    public void CountLoss(LossCause cause, MapSymbol? map)
    {
        int index = Program.AddLoss(cause, ProbeText, map?.Name, map?.Index ?? -1);
        Ir.AtomicAdd(Ir.MapValue(Program.LossesMap, index * 8), 0, Ir.Constant(1));
    }

    /// <summary>Where the user wants to know (<c>-k</c>), counts a helper's failure at the place that is being emitted.</summary>
    /// <param name="result">What it gave: negative where it failed.</param>
    /// <param name="helper">Its name, as the kernel's manual has it.</param>
    /// <returns>The result.</returns>
    public int NoteFailure(int result, string helper)
    {
        if (!Program.Options.TellsFailures)
            return result;
        int index = Program.AddFailure(helper, ProbeText, Ir.Span), fine = Ir.NewLabel();
        Ir.JumpIfConstant(Opcodes.JumpSignedGreaterOrEqual, result, 0, fine);
        Ir.AtomicAdd(Ir.MapValue(Program.LossesMap, index * 8), 0, Ir.Constant(1));
        Ir.Store(Ir.MapValue(Program.LossesMap, (index + 1) * 8), 0, result, 8);
        Ir.Mark(fine);
        return result;
    }

    /// <summary>Goes to a label where a register is 0; where the user wants to know (<c>-k</c>), counts that.</summary>
    /// <param name="register">A divisor, or the address of a map's entry.</param>
    /// <param name="label">Where to go.</param>
    /// <param name="what">What it means, in words.</param>
    public void JumpIfZero(int register, int label, string what)
    {
        if (!Program.Options.TellsFailures)
        {
            Ir.JumpIfConstant(Opcodes.JumpEqual, register, 0, label);
            return;
        }

        int fine = Ir.NewLabel();
        Ir.JumpIfConstant(Opcodes.JumpNotEqual, register, 0, fine);
        NoteFailure(what);
        Ir.Jump(label);
        Ir.Mark(fine);
    }

    /// <summary>Counts, at the place that is being emitted, what goes by without an error of a helper.</summary>
    public void NoteFailure(string what) => Ir.AtomicAdd(Ir.MapValue(Program.LossesMap, Program.AddFailure(what, ProbeText, Ir.Span) * 8), 0, Ir.Constant(1));

    /// <summary>Counts a text that was longer than there was room for: reading it then gives all of the room's length.</summary>
    public void CountIfCut(int length, int room)
    {
        int fits = Ir.NewLabel();
        Ir.JumpIfConstant(Opcodes.JumpSignedLess, length, room, fits);
        CountLoss(LossCause.TextCut, null);
        Ir.Mark(fits);
    }

    private int Conversion(BoundConversion e)
    {
        int register = Ir.Copy(e.Type is PointerType ? Scalar(e.Value) : Number(e.Value));
        if (e.Type is not LookupType || e.Value.Type is not ProbeNameType)
            return Cut(register, e.Type);
        // No address of the kernel's: user space finds the name.
        Ir.AluConstant(Opcodes.Xor, register, -1);
        return register;
    }

    private int Cut(int register, TraceType type)
    {
        switch (type)
        {
            case BoolType:
                int done = Ir.NewLabel(), result = Ir.Constant(0);
                Ir.JumpIfConstant(Opcodes.JumpEqual, register, 0, done);
                Ir.SetConstant(result, 1);
                Ir.Mark(done);
                return result;
            case IntegerType { Signed: false, Size: 4 }:
                Ir.Truncate32(register);
                return register;
            case IntegerType { Signed: false, Size: < 4 }:
                Ir.AluConstant(Opcodes.And, register, (1 << type.Size * 8) - 1);
                return register;
            case EnumType choice:
                return Cut(register, choice.Integer);
            default:
                return Extend(register, type);
        }
    }

    /// <summary>Only the traced process goes on: its id is the upper half of what the helper gives.</summary>
    private void EmitProcessFilter()
    {
        int id = Ir.Call(Helper.GetCurrentPidTgid);
        Ir.AluConstant(Opcodes.ShiftRight, id, 32);
        Ir.JumpIfConstant(Opcodes.JumpNotEqual, id, Program.Options.ProcessId, _exit);
    }

    /// <summary>One program for many system calls: only those of the table go on.</summary>
    private void EmitDispatch()
    {
        int table = Program.AddSyscallTable(Probe, out int entries);
        int number = SyscallNumber();
        Ir.JumpIfConstant(Opcodes.JumpGreater, number, entries - 1, _exit);
        Ir.AluConstant(Opcodes.ShiftLeft, number, 2);
        int address = Ir.MapValue(table);
        Ir.Alu(Opcodes.Add, address, number);
        _dispatched = Ir.Load(address, 0, 4);
        Ir.JumpIfConstant(Opcodes.JumpEqual, _dispatched, 0, _exit);
    }

    /// <summary>On entry the raw tracepoint's second argument; on return it is in the saved registers.</summary>
    private int SyscallNumber() => SyscallFields.IsExit(Probe)
        ? ReadKernel(RawArgument(0), Target.Architecture.SyscallNumber, Target.Architecture.SyscallNumberSize)
        : RawArgument(1);
}
