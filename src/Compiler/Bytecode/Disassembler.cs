using System.Text;
using Ctrace.Compiler.Text;

namespace Ctrace.Compiler.Bytecode;

/// <summary>Bytecode as text, with the source beside it.</summary>
public static class Disassembler
{
    private static readonly string[] Alu = ["+=", "-=", "*=", "/=", "|=", "&=", "<<=", ">>=", "neg", "%=", "^=", "=", "s>>=", "bswap"];
    private static readonly string[] Jumps = ["goto", "==", ">", ">=", "&", "!=", "s>", "s>=", "call", "exit", "<", "<=", "s<", "s<=", "may_goto"];

    /// <summary>All programs of a compiled program.</summary>
    public static string Format(TraceProgram program)
    {
        var text = new StringBuilder();
        foreach (var bpf in program.Programs)
        {
            text.Append($"program {bpf.Name} ({bpf.Type.ToString().ToLowerInvariant()}, {bpf.SlotCount} instructions)\n");
            Format(program, bpf, text);
            text.Append('\n');
        }

        return text.ToString();
    }

    private static void Format(TraceProgram program, BpfProgram bpf, StringBuilder text)
    {
        int slot = 0;
        TextSpan last = default;
        foreach (var instruction in bpf.Code)
        {
            string target = $"{slot + 1 + instruction.Offset}";
            string line = $"{slot,5}: {Mnemonic(instruction, $"r{instruction.Destination}", $"r{instruction.Source}", target, program)}";
            if (instruction.Span != last && instruction.Span.Length > 0)
            {
                string source = program.Source.Slice(instruction.Span).ReplaceLineEndings(" ");
                line = $"{line,-52}; {(source.Length > 60 ? source[..57] + "..." : source)}";
            }

            last = instruction.Span;
            text.Append(line.TrimEnd()).Append('\n');
            slot += instruction.Slots;
        }
    }

    /// <summary>One instruction, with the names of its registers and of its jump target given.</summary>
    internal static string Mnemonic(Instruction i, string destination, string source, string target, TraceProgram? program = null)
    {
        int operation = i.Opcode >> 4;
        string size = (i.Opcode & 0x18) switch { Opcodes.Word => "u32", Opcodes.Half => "u16", Opcodes.Byte => "u8", _ => "u64" };
        string place = i.Offset < 0 ? $" - {-i.Offset}" : $" + {i.Offset}";
        bool register = (i.Opcode & Opcodes.SourceRegister) != 0;
        switch (i.Opcode & 7)
        {
            case Opcodes.ClassLoad:
                return $"{destination} = {WideConstant(i, program)}";
            case Opcodes.ClassLoadX:
                return $"{destination} = *({size} *)({source}{place})";
            case Opcodes.ClassStore:
                return $"*({size} *)({destination}{place}) = {i.Immediate}";
            case Opcodes.ClassStoreX when (i.Opcode & 0xe0) == Opcodes.ModeAtomic:
                return $"lock *({size} *)({destination}{place}) += {source}";
            case Opcodes.ClassStoreX:
                return $"*({size} *)({destination}{place}) = {source}";
            case Opcodes.ClassAlu32 or Opcodes.ClassAlu64:
                // The kernel's own spelling: w0 to w10 are the lower halves of the registers.
                bool half = (i.Opcode & 7) == Opcodes.ClassAlu32;
                string result = half ? "w" + destination[1..] : destination, operand = half ? "w" + source[1..] : source;
                if (operation == Opcodes.ByteSwap >> 4)
                    return $"{destination} = be{i.Immediate} {destination}";
                return operation == Opcodes.Negate >> 4
                    ? $"{result} = -{result}"
                    : $"{result} {Alu[operation]} {(register ? operand : i.Immediate)}";
            default:
                return Jumps[operation] switch
                {
                    "goto" => $"goto {target}",
                    "call" when i.Source == Opcodes.PseudoKernelFunction => $"call kernel function {i.Immediate}",
                    "call" => $"call {(Lowering.Helper)i.Immediate}",
                    "exit" => "exit",
                    "may_goto" => $"may_goto {target}",
                    var compare => $"if {destination} {compare} {(register ? source : i.Immediate)} goto {target}",
                };
        }
    }

    private static string WideConstant(Instruction i, TraceProgram? program) => i.Source switch
    {
        Opcodes.PseudoMapFd => $"map {MapName(i, program)}",
        Opcodes.PseudoFunction => program is null ? $"function {i.Immediate}" : $"function +{(int)i.Immediate}",
        Opcodes.PseudoMapValue => $"&map {MapName(i, program)} + {i.MapOffset}",
        _ => $"0x{i.Immediate:x}",
    };

    private static string MapName(Instruction i, TraceProgram? program) =>
        program is null ? i.MapIndex.ToString() : program.Maps[i.MapIndex].Name;
}
