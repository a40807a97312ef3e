using Ctrace.Compiler;
using Ctrace.Compiler.Bytecode;

namespace Ctrace.Runtime.Loading;

/// <summary>
/// Instructions as the kernel takes them: 8-byte slots, opcode in the lowest byte, then the registers (destination
/// low), 16 bits of offset and 32 bits of constant.
/// </summary>
internal static class InstructionEncoder
{
    /// <summary>Encodes a program and puts descriptors in where it names maps.</summary>
    public static ulong[] Encode(BpfProgram program, IReadOnlyList<KernelMap> maps)
    {
        ulong[] slots = new ulong[program.SlotCount];
        int position = 0;
        foreach (var instruction in program.Code)
        {
            long low = instruction.Immediate, high = instruction.Immediate >> 32;
            if (instruction.IsMapLoad)
            {
                low = maps[instruction.MapIndex].Fd;
                high = instruction.Source == Opcodes.PseudoMapValue ? instruction.MapOffset : 0;
            }

            slots[position++] = instruction.Opcode
                | ((ulong)(instruction.Destination & 0xf) << 8)
                | ((ulong)(instruction.Source & 0xf) << 12)
                | ((ulong)(ushort)instruction.Offset << 16)
                | ((ulong)(uint)low << 32);
            if (instruction.IsWide)
                slots[position++] = (ulong)(uint)high << 32;
        }

        return slots;
    }
}
