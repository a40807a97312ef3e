using System.Collections.Immutable;
using Ctrace.Compiler.Lowering;

namespace Ctrace.Compiler.Bytecode;

/// <summary>Instructions with registers assigned to bytecode: labels and functions become distances in slots.</summary>
internal static class Assembler
{
    /// <summary>Assembles a program: its main function and those that it hands out, one after the other.</summary>
    /// <param name="functions">The functions. Labels are each one's own; a function is named by its index behind the first.</param>
    /// <returns>The code and the slots at which the other functions start; null when a jump is farther than 32,767 slots.</returns>
    public static (ImmutableArray<Instruction> Code, ImmutableArray<int> Starts)? Assemble(IReadOnlyList<IReadOnlyList<IrInstruction>> functions)
    {
        var starts = new List<int>();
        int slot = 0;
        foreach (var function in functions)
        {
            starts.Add(slot);
            slot += function.Sum(Slots);
        }

        var result = ImmutableArray.CreateBuilder<Instruction>();
        for (int i = 0; i < functions.Count; i++)
            if (!Assemble(functions[i], starts, starts[i], result))
                return null;
        return (result.ToImmutable(), [.. starts.Skip(1)]);
    }

    private static bool Assemble(IReadOnlyList<IrInstruction> code, List<int> starts, int slot, ImmutableArray<Instruction>.Builder result)
    {
        var labels = new Dictionary<int, int>();
        int at = slot;
        foreach (var i in code)
        {
            if (i.Kind == IrKind.Label)
                labels[i.Label] = at;
            at += Slots(i);
        }

        foreach (var i in code)
        {
            if (i.Kind == IrKind.Label)
                continue;
            slot += Slots(i);
            int distance = i.Kind == IrKind.Jump ? labels[i.Label] - slot : 0;
            if (distance != (short)distance)
                return false;
            short offset = i.Kind switch { IrKind.Jump => (short)distance, IrKind.Call => 0, _ => i.Offset };
            // The kernel counts from the second half of the load.
            long immediate = i.Kind == IrKind.LoadImmediate && i.Source == Opcodes.PseudoFunction ? starts[(int)i.Immediate + 1] - slot + 1 : i.Immediate;
            result.Add(new Instruction(i.Opcode, (byte)i.Destination, (byte)i.Source, offset, immediate, i.Span));
        }

        return true;
    }

    private static int Slots(IrInstruction i) => i.Kind switch { IrKind.Label => 0, IrKind.LoadImmediate => 2, _ => 1 };
}
