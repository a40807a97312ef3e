using Ctrace.Compiler;
using Ctrace.Compiler.Bytecode;
using Ctrace.Compiler.Layouts;
using Ctrace.Repl.Rendering;
using Ctrace.Runtime.Loading;

namespace Ctrace.Repl;

/// <summary>Prints what <c>--dump</c> and <c>-d</c> ask for, each step under its name where there are several.</summary>
internal sealed class DumpReport(DumpKind kinds) : ILoadObserver
{
    private readonly OutputStream _output = new(1);
    private readonly bool _hasNames = int.PopCount((int)kinds) > 1;

    /// <summary>Whether the kernel must have the program to tell.</summary>
    internal static bool Loads(DumpKind kinds) => (kinds & (DumpKind.Loading | DumpKind.Verifier)) != 0;

    /// <inheritdoc/>
    public bool WantsVerifierLog => kinds.HasFlag(DumpKind.Verifier);

    /// <summary>What the compiler knows; nothing after an error, but the tree.</summary>
    internal void Print(CompilationResult result)
    {
        Print(DumpKind.Ast, "ast", result.Ast);
        Print(DumpKind.Types, "types", result.Types);
        Print(DumpKind.Ir, "ir", result.Ir);
        if (kinds.HasFlag(DumpKind.Asm) && result.Program is { } program)
            Print(DumpKind.Asm, "asm", Disassembler.Format(program));
        _output.Flush();
    }

    private void Print(DumpKind kind, string name, string? text)
    {
        if (kinds.HasFlag(kind) && !string.IsNullOrEmpty(text))
            _output.Write(_hasNames ? $"{name}\n{new string('-', name.Length)}\n{text.TrimEnd('\n')}\n\n" : text);
    }

    /// <inheritdoc/>
    public void OnMap(MapSpec map, int fd)
    {
        if (!kinds.HasFlag(DumpKind.Loading))
            return;
        _output.Write($"map {map.Name}: {map.Type.ToString().ToLowerInvariant()}, keys of {map.KernelKeySize} bytes, values of {map.ValueSize}, {map.MaxEntries} entries, descriptor {fd}\n");
        _output.Flush();
    }

    /// <inheritdoc/>
    public void OnProgram(BpfProgram program, int fd, string verifierLog)
    {
        if (kinds.HasFlag(DumpKind.Loading))
            _output.Write($"program {program.Name}: {program.Type.ToString().ToLowerInvariant()}, {program.SlotCount} instructions, descriptor {fd}\n");
        if (kinds.HasFlag(DumpKind.Verifier))
            _output.Write($"verifier: {program.Name}\n{verifierLog.TrimEnd('\n')}\n\n");
        _output.Flush();
    }
}
