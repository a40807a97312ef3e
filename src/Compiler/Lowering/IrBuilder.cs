using Ctrace.Compiler.Bytecode;
using Ctrace.Compiler.Text;

namespace Ctrace.Compiler.Lowering;

/// <summary>Builds a program's instructions over virtual registers. Each carries the span that was current.</summary>
internal sealed class IrBuilder
{
    /// <summary>The first virtual register.</summary>
    public const int FirstVirtual = 16;

    /// <summary>The frame pointer, r10: read-only.</summary>
    public const int Frame = 10;

    private int _nextRegister = FirstVirtual;
    private int _nextLabel;

    /// <summary>The instructions so far.</summary>
    public List<IrInstruction> Code { get; } = [];

    /// <summary>The source that instructions are being made for.</summary>
    public TextSpan Span { get; set; }

    /// <summary>A fresh virtual register.</summary>
    public int NewRegister() => _nextRegister++;

    /// <summary>A fresh label, to be placed by <see cref="Mark"/>.</summary>
    public int NewLabel() => _nextLabel++;

    /// <summary>Places a label here.</summary>
    public void Mark(int label) => Add(IrKind.Label, 0, 0, 0, 0, 0, label);

    /// <summary>A register that holds a constant.</summary>
    public int Constant(long value)
    {
        int register = NewRegister();
        SetConstant(register, value);
        return register;
    }

    /// <summary>Sets a register to a constant.</summary>
    public void SetConstant(int register, long value)
    {
        if (value == (int)value)
            Add(IrKind.Alu, Opcodes.ClassAlu64 | Opcodes.Move, register, 0, 0, value);
        else
            Add(IrKind.LoadImmediate, Opcodes.LoadImmediate64, register, 0, 0, value);
    }

    /// <summary>A register that holds a map's file descriptor, as helpers take it.</summary>
    public void SetMap(int register, int map) =>
        Add(IrKind.LoadImmediate, Opcodes.LoadImmediate64, register, Opcodes.PseudoMapFd, 0, (uint)map);

    /// <summary>Sets a register to the address of one of the program's other functions.</summary>
    public void SetFunction(int register, int function) =>
        Add(IrKind.LoadImmediate, Opcodes.LoadImmediate64, register, Opcodes.PseudoFunction, 0, function);

    /// <summary>A register that holds the address of the value of a single-slot array map.</summary>
    public int MapValue(int map, int offset = 0)
    {
        int register = NewRegister();
        Add(IrKind.LoadImmediate, Opcodes.LoadImmediate64, register, Opcodes.PseudoMapValue, 0, (uint)map | (long)offset << 32);
        return register;
    }

    /// <summary>Copies a register.</summary>
    public void Move(int destination, int source) =>
        Add(IrKind.Alu, Opcodes.ClassAlu64 | Opcodes.Move | Opcodes.SourceRegister, destination, source);

    /// <summary>A fresh copy of a register.</summary>
    public int Copy(int source)
    {
        int register = NewRegister();
        Move(register, source);
        return register;
    }

    /// <summary>destination op= source.</summary>
    public void Alu(byte operation, int destination, int source) =>
        Add(IrKind.Alu, (byte)(Opcodes.ClassAlu64 | operation | Opcodes.SourceRegister), destination, source);

    /// <summary>destination op= constant.</summary>
    public void AluConstant(byte operation, int destination, long value)
    {
        if (value == (int)value)
            Add(IrKind.Alu, (byte)(Opcodes.ClassAlu64 | operation), destination, 0, 0, value);
        else
            Alu(operation, destination, Constant(value));
    }

    /// <summary>Keeps the low 32 bits.</summary>
    public void Truncate32(int register) =>
        Add(IrKind.Alu, Opcodes.ClassAlu32 | Opcodes.Move | Opcodes.SourceRegister, register, register);

    /// <summary>destination /= constant, both below 2^32: a 32-bit division takes a fraction of a 64-bit one's time.</summary>
    public void Divide32(int destination, long value) =>
        Add(IrKind.Alu, Opcodes.ClassAlu32 | Opcodes.Divide, destination, 0, 0, unchecked((int)value));

    /// <summary>destination = its low 32 bits >> count.</summary>
    public void ShiftRight32(int destination, int count) =>
        Add(IrKind.Alu, Opcodes.ClassAlu32 | Opcodes.ShiftRight, destination, 0, 0, count);

    /// <summary>destination = -destination.</summary>
    public void Negate(int register) => Add(IrKind.Alu, Opcodes.ClassAlu64 | Opcodes.Negate, register, 0);

    /// <summary>Turns the order of the low 16, 32 or 64 bits' bytes round; bits above them become zero.</summary>
    public void ByteSwap(int register, int bits) =>
        Add(IrKind.Alu, Opcodes.ClassAlu32 | Opcodes.ByteSwap | Opcodes.SourceRegister, register, 0, 0, bits);

    /// <summary>A fresh register with what is in memory, zero-extended.</summary>
    public int Load(int address, int offset, int size)
    {
        int register = NewRegister();
        if (size == 8 && address == Frame && StoredAt(offset) is { } stored)
        {
            Move(register, stored);
            return register;
        }

        Add(IrKind.Load, (byte)(Opcodes.ClassLoadX | Opcodes.ModeMemory | Opcodes.SizeBits(size)), register, address, (short)offset);
        return register;
    }

    /// <summary>Stores the low bytes of a register.</summary>
    public void Store(int address, int offset, int value, int size) =>
        Add(IrKind.Store, (byte)(Opcodes.ClassStoreX | Opcodes.ModeMemory | Opcodes.SizeBits(size)), address, value, (short)offset);

    /// <summary>Stores a constant.</summary>
    public void StoreConstant(int address, int offset, long value, int size)
    {
        if (size < 8 || value == (int)value)
            Add(IrKind.Store, (byte)(Opcodes.ClassStore | Opcodes.ModeMemory | Opcodes.SizeBits(size)), address, 0, (short)offset, (int)value);
        else
            Store(address, offset, Constant(value), size);
    }

    /// <summary>Adds a register to 8 bytes of memory in one indivisible step.</summary>
    public void AtomicAdd(int address, int offset, int value) =>
        Add(IrKind.Atomic, Opcodes.ClassStoreX | Opcodes.ModeAtomic | Opcodes.DoubleWord, address, value, (short)offset, Opcodes.AtomicAdd);

    /// <summary>The same; the register gets what the memory held before.</summary>
    public void AtomicFetchAdd(int address, int offset, int value) =>
        Add(IrKind.Atomic, Opcodes.ClassStoreX | Opcodes.ModeAtomic | Opcodes.DoubleWord, address, value, (short)offset, Opcodes.AtomicAdd | Opcodes.AtomicFetch);

    /// <summary>Goes to a label.</summary>
    public void Jump(int label) => Add(IrKind.Jump, Opcodes.ClassJump | Opcodes.JumpAlways, 0, 0, 0, 0, label);

    /// <summary>Goes to a label when the loop around it has gone on for too long, as the kernel sees it.</summary>
    public void MayGoto(int label) => Add(IrKind.Jump, Opcodes.ClassJump | Opcodes.MayGoto, 0, 0, 0, 0, label);

    /// <summary>Goes to a label if two registers compare so.</summary>
    public void JumpIf(byte condition, int left, int right, int label) =>
        Add(IrKind.Jump, (byte)(Opcodes.ClassJump | condition | Opcodes.SourceRegister), left, right, 0, 0, label);

    /// <summary>Goes to a label if a register compares so with a constant.</summary>
    public void JumpIfConstant(byte condition, int left, long right, int label)
    {
        if (right == (int)right)
            Add(IrKind.Jump, (byte)(Opcodes.ClassJump | condition), left, 0, 0, right, label);
        else
            JumpIf(condition, left, Constant(right), label);
    }

    /// <summary>Calls a helper. A fresh register gets what it returns.</summary>
    public int Call(Helper helper, params ReadOnlySpan<Argument> arguments)
    {
        for (int i = 0; i < arguments.Length; i++)
            arguments[i].SetIn(this, i + 1);
        Add(IrKind.Call, Opcodes.ClassJump | Opcodes.Call, 0, 0, (short)arguments.Length, (int)helper);
        return Copy(0);
    }

    /// <summary>Calls a function of the kernel's by its number in the type information, with what is in r1; r0 gets what it returns.</summary>
    public void CallKernel(int function) => Add(IrKind.Call, Opcodes.ClassJump | Opcodes.Call, 0, Opcodes.PseudoKernelFunction, 1, function);

    /// <summary>Ends a function with a register's value.</summary>
    public void Exit(int result)
    {
        Move(0, result);
        Add(IrKind.Exit, Opcodes.ClassJump | Opcodes.Exit, 0, 0);
    }

    /// <summary>Ends the program. Tracing programs return 0.</summary>
    public void Exit()
    {
        SetConstant(0, 0);
        Add(IrKind.Exit, Opcodes.ClassJump | Opcodes.Exit, 0, 0);
    }

    /// <summary>The register that was stored just before at a place on the stack, and is still the same; otherwise null.</summary>
    private int? StoredAt(int offset)
    {
        for (int i = Code.Count - 1; i >= 0 && Code[i] is { Kind: IrKind.Store or IrKind.Alu or IrKind.Load or IrKind.LoadImmediate } each; i--)
        {
            if (each.Kind != IrKind.Store || each.Destination != Frame)
                continue;
            if (each.Offset == offset && (each.Opcode & 0x18) == Opcodes.DoubleWord && each.ReadsSource)
                return Code.Skip(i).Any(c => c.WritesDestination && c.Destination == each.Source) ? null : each.Source;
            if (Math.Abs(each.Offset - offset) < 8)
                return null;
        }

        return null;
    }

    private void Add(IrKind kind, byte opcode, int destination, int source, short offset = 0, long immediate = 0, int label = -1) =>
        Code.Add(new IrInstruction(kind, opcode, destination, source, offset, immediate, label, Span));
}

/// <summary>An argument of a helper call: how to get it into an argument register.</summary>
internal readonly record struct Argument(ArgumentKind Kind, int Register, long Value)
{
    /// <summary>A register's value.</summary>
    public static Argument Of(int register) => new(ArgumentKind.Address, register, 0);

    /// <summary>A register plus an offset.</summary>
    public static Argument Address(int register, int offset) => new(ArgumentKind.Address, register, offset);

    /// <summary>A constant.</summary>
    public static Argument Constant(long value) => new(ArgumentKind.Constant, 0, value);

    /// <summary>A map.</summary>
    public static Argument Map(int index) => new(ArgumentKind.Map, 0, index);

    /// <summary>One of the program's other functions, by its index among them.</summary>
    public static Argument Function(int index) => new(ArgumentKind.Function, 0, index);

    internal void SetIn(IrBuilder ir, int register)
    {
        switch (Kind)
        {
            case ArgumentKind.Function:
                ir.SetFunction(register, (int)Value);
                break;
            case ArgumentKind.Constant:
                ir.SetConstant(register, Value);
                break;
            case ArgumentKind.Map:
                ir.SetMap(register, (int)Value);
                break;
            default:
                ir.Move(register, Register);
                if (Value != 0)
                    ir.AluConstant(Opcodes.Add, register, Value);
                break;
        }
    }
}

/// <summary>Where an argument comes from.</summary>
internal enum ArgumentKind : byte
{
    Address,
    Constant,
    Map,
    Function,
}

/// <summary>bpf_func_id, from include/uapi/linux/bpf.h.</summary>
internal enum Helper
{
    MapLookupElement = 1,
    MapUpdateElement = 2,
    MapDeleteElement = 3,
    KtimeGetNs = 5,
    TracePrintk = 6,
    GetPrandomU32 = 7,
    GetSmpProcessorId = 8,
    GetCurrentPidTgid = 14,
    GetCurrentUidGid = 15,
    GetCurrentComm = 16,
    PerfEventOutput = 25,
    GetCurrentTask = 35,
    GetNumaNodeId = 42,
    GetSocketCookie = 46,
    ProbeWriteUser = 36,
    OverrideReturn = 58,
    GetStack = 67,
    GetCurrentCgroupId = 80,
    SendSignal = 109,
    ProbeReadUser = 112,
    ProbeReadKernel = 113,
    ProbeReadUserString = 114,
    ProbeReadKernelString = 115,
    SendSignalThread = 117,
    Jiffies64 = 118,
    GetNsCurrentPidTgid = 120,
    SeqPrintf = 126,
    SkbOutput = 111,
    KtimeGetBootNs = 125,
    RingbufOutput = 130,
    RingbufReserve = 131,
    RingbufSubmit = 132,
    RingbufQuery = 134,
    DPath = 147,
    GetCurrentTaskBtf = 158,
    ForEachMapElement = 164,
    GetAttachCookie = 174,
    TaskPtRegs = 175,
    Loop = 181,
    MapLookupPercpuElement = 195,
    KtimeGetTaiNs = 208,
}
