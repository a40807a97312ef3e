using Ctrace.Compiler.Bytecode;
using Ctrace.Compiler.Text;

namespace Ctrace.Compiler.Lowering;

/// <summary>
/// An eBPF instruction over virtual registers. Registers 0 to 10 are the machine's own; from
/// <see cref="IrBuilder.FirstVirtual"/> on they are virtual. Labels are instructions of their own.
/// </summary>
internal record struct IrInstruction(IrKind Kind, byte Opcode, int Destination, int Source, short Offset, long Immediate, int Label, TextSpan Span)
{
    /// <summary>Whether <see cref="Source"/> is a register that is read.</summary>
    public readonly bool ReadsSource => Kind switch
    {
        IrKind.Alu or IrKind.Jump => (Opcode & Opcodes.SourceRegister) != 0 && !IsUnconditional && !IsUnary,
        IrKind.Load or IrKind.Atomic => true,
        IrKind.Store => (Opcode & 7) == Opcodes.ClassStoreX,
        _ => false,
    };

    /// <summary>Whether <see cref="Destination"/> is read.</summary>
    public readonly bool ReadsDestination => Kind switch
    {
        IrKind.Alu => !IsMove,
        IrKind.Jump => !IsUnconditional && !IsMayGoto,
        IrKind.Store or IrKind.Atomic => true,
        _ => false,
    };

    /// <summary>Whether <see cref="Destination"/> is written.</summary>
    public readonly bool WritesDestination => Kind is IrKind.Alu or IrKind.Load or IrKind.LoadImmediate;

    /// <summary>Whether <see cref="Source"/>, which is read, gets the memory's old content.</summary>
    public readonly bool FetchesIntoSource => Kind == IrKind.Atomic && (Immediate & Opcodes.AtomicFetch) != 0;

    /// <summary>A copy of the whole 64 bits from register to register.</summary>
    public readonly bool IsCopy => Kind == IrKind.Alu && Opcode == (Opcodes.ClassAlu64 | Opcodes.Move | Opcodes.SourceRegister);

    /// <summary>A constant of up to 32 bits into a register.</summary>
    public readonly bool IsConstant =>
        Kind == IrKind.LoadImmediate || Kind == IrKind.Alu && Opcode == (Opcodes.ClassAlu64 | Opcodes.Move);

    /// <summary>A jump without a condition.</summary>
    public readonly bool IsUnconditional => Kind == IrKind.Jump && (Opcode & 0xf0) == Opcodes.JumpAlways;

    /// <summary>A jump that is taken when a loop has gone on for too long.</summary>
    public readonly bool IsMayGoto => Kind == IrKind.Jump && Opcode == (Opcodes.ClassJump | Opcodes.MayGoto);

    private readonly bool IsMove => Kind == IrKind.Alu && (Opcode & 0xf0) == Opcodes.Move;

    private readonly bool IsUnary => Kind == IrKind.Alu && (Opcode & 0xf0) is Opcodes.Negate or Opcodes.ByteSwap;
}

/// <summary>What kind of instruction it is: how its registers are used.</summary>
internal enum IrKind : byte
{
    /// <summary>Arithmetic: destination op= source or immediate; a move only writes.</summary>
    Alu,

    /// <summary>Destination = memory at source + offset.</summary>
    Load,

    /// <summary>Memory at destination + offset = source or immediate.</summary>
    Store,

    /// <summary>Memory at destination + offset is changed by source (<c>Immediate</c> says how, without a fetch).</summary>
    Atomic,

    /// <summary>Destination = 64-bit constant or map.</summary>
    LoadImmediate,

    /// <summary>Jump to a label.</summary>
    Jump,

    /// <summary>A place to jump to.</summary>
    Label,

    /// <summary>Helper call (<c>Immediate</c>); reads the first <c>Offset</c> argument registers, writes r0, loses r1 to r5.</summary>
    Call,

    /// <summary>End of the program; reads r0.</summary>
    Exit,
}
