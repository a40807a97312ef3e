using Ctrace.Compiler.Text;

namespace Ctrace.Compiler.Bytecode;

/// <summary>
/// One eBPF instruction (Documentation/bpf/standardization/instruction-set.rst) and the source it came from.
/// A 64-bit immediate load is one <see cref="Instruction"/> and takes two 8-byte slots.
/// </summary>
/// <param name="Opcode">Class, source bit and operation.</param>
/// <param name="Destination">Register 0 to 10.</param>
/// <param name="Source">Register 0 to 10, or the pseudo source of a 64-bit immediate load.</param>
/// <param name="Offset">Memory displacement in bytes, or jump distance in slots.</param>
/// <param name="Immediate">
/// The constant. For a map load (<see cref="Opcodes.PseudoMapFd"/>, <see cref="Opcodes.PseudoMapValue"/>) the low
/// 32 bits are the index into <see cref="TraceProgram.Maps"/>, the high 32 bits the offset into the map's value.
/// </param>
/// <param name="Span">The source expression it was made for.</param>
public readonly record struct Instruction(
    byte Opcode, byte Destination, byte Source, short Offset, long Immediate, TextSpan Span)
{
    /// <summary>Whether it takes two slots.</summary>
    public bool IsWide => Opcode == Opcodes.LoadImmediate64;

    /// <summary>Whether its immediate names a map, which the loader replaces by a file descriptor.</summary>
    public bool IsMapLoad => IsWide && Source is Opcodes.PseudoMapFd or Opcodes.PseudoMapValue;

    /// <summary>Number of 8-byte slots.</summary>
    public int Slots => IsWide ? 2 : 1;

    /// <summary>Index into <see cref="TraceProgram.Maps"/>; only for a map load.</summary>
    public int MapIndex => (int)(uint)Immediate;

    /// <summary>Byte offset into the map's value; only for a map load.</summary>
    public int MapOffset => (int)(Immediate >> 32);
}
