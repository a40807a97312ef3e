using System.Collections.Immutable;
using Ctrace.Compiler.Diagnostics;

namespace Ctrace.Compiler;

/// <summary>Choices that are not in the program's text.</summary>
public sealed record CompilationOptions
{
    /// <summary>Only events of this process (thread group id) count; 0 for all (<c>-p</c>, <c>-c</c>).</summary>
    public int ProcessId { get; init; }

    /// <summary>The positional parameters <c>$1</c>, <c>$2</c>, ….</summary>
    public ImmutableArray<string> Parameters { get; init; } = [];

    /// <summary>Entries of a map with keys, unless declared otherwise.</summary>
    public int MaxMapKeys { get; init; } = 4096;

    /// <summary>Longest string that <c>str</c> reads, in bytes, the NUL included; 1 to 4096.</summary>
    public int MaxStringLength { get; init; } = 1024;

    /// <summary>Size of the event ring buffer in bytes: a power of two, at least a page.</summary>
    public int EventBufferSize { get; init; } = 8 << 20;
}

/// <summary>What compiling gave.</summary>
/// <param name="Program">The program, or null where there is an error.</param>
/// <param name="Diagnostics">Errors and warnings in source order.</param>
/// <param name="Ast">Syntax tree as text, for <c>--dump ast</c>; null unless asked for.</param>
/// <param name="Ir">Instructions over virtual registers as text, for <c>--dump ir</c>; null unless asked for.</param>
public sealed record CompilationResult(
    TraceProgram? Program, ImmutableArray<Diagnostic> Diagnostics, string? Ast = null, string? Ir = null);
