using System.Text;
using Ctrace.Compiler.Bytecode;

namespace Ctrace.Compiler.Lowering;

/// <summary>Instructions over virtual registers as text, for <c>--dump ir</c>.</summary>
internal static class IrPrinter
{
    public static string Print(IReadOnlyList<IrInstruction> code)
    {
        var text = new StringBuilder();
        foreach (var i in code)
        {
            if (i.Kind == IrKind.Label)
            {
                text.Append($"L{i.Label}:\n");
                continue;
            }

            var instruction = new Instruction(i.Opcode, 0, (byte)(i.Kind == IrKind.LoadImmediate ? i.Source : 0), i.Offset, i.Immediate, i.Span);
            text.Append("    ").Append(Disassembler.Mnemonic(instruction, Register(i.Destination), Register(i.Source), $"L{i.Label}")).Append('\n');
        }

        return text.ToString();
    }

    private static string Register(int register) => register < IrBuilder.FirstVirtual ? $"r{register}" : $"v{register - IrBuilder.FirstVirtual}";
}
