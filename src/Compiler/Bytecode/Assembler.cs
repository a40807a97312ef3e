using System.Collections.Immutable;
using Ctrace.Compiler.Lowering;

namespace Ctrace.Compiler.Bytecode;

/// <summary>Instructions with registers assigned to bytecode: labels become distances in slots.</summary>
internal static class Assembler
{
    /// <summary>Assembles; null when a jump is farther than 32,767 slots.</summary>
    public static ImmutableArray<Instruction>? Assemble(IReadOnlyList<IrInstruction> code)
    {
        var labels = new Dictionary<int, int>();
        int slot = 0;
        foreach (var i in code)
        {
            if (i.Kind == IrKind.Label)
                labels[i.Label] = slot;
            else
                slot += i.Kind == IrKind.LoadImmediate ? 2 : 1;
        }

        var result = ImmutableArray.CreateBuilder<Instruction>(code.Count);
        slot = 0;
        foreach (var i in code)
        {
            if (i.Kind == IrKind.Label)
                continue;
            slot += i.Kind == IrKind.LoadImmediate ? 2 : 1;
            int distance = i.Kind == IrKind.Jump ? labels[i.Label] - slot : 0;
            if (distance != (short)distance)
                return null;
            short offset = i.Kind switch { IrKind.Jump => (short)distance, IrKind.Call => 0, _ => i.Offset };
            result.Add(new Instruction(i.Opcode, (byte)i.Destination, (byte)i.Source, offset, i.Immediate, i.Span));
        }

        return result.ToImmutable();
    }
}
