using Ctrace.Compiler;
using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Text;
using Ctrace.Runtime.Kernel;
using Ctrace.Runtime.Loading;

namespace Ctrace.Runtime;

/// <summary>The short way for programs that embed the tracer.</summary>
public sealed partial class TraceSession
{
    /// <summary>Compiles a program for this machine, and loads it: the kernel has then checked it, and nothing runs.</summary>
    /// <param name="program">The program's text.</param>
    /// <param name="sink">Receives what the program shows; null where only its maps are wanted.</param>
    /// <param name="options">Choices for the compiler.</param>
    /// <exception cref="ProgramException">The program has a mistake, or the kernel rejects it.</exception>
    /// <exception cref="SessionException">The machine refuses: rights, a missing mount.</exception>
    public static TraceSession Create(string program, ITraceSink? sink = null, CompilationOptions? options = null)
    {
        var source = new SourceText(program, "program");
        var target = new KernelTarget();
        var result = Compilation.Compile(source, target, options ?? new CompilationOptions());
        if (result.Diagnostics.FirstOrDefault(d => d.IsAboutMachine) is { } refused)
            throw new SessionException(refused.Message, refused.Hint);
        if (result.Program is not { } compiled)
            throw new ProgramException(source, [.. result.Diagnostics.Where(d => d.Severity == Severity.Error)]);
        if (!compiled.Handlers.IsEmpty)
            throw new SessionException("a program that is embedded can't have C# handlers", "override TraceSink.Event, or read its maps");
        var session = new TraceSession(compiled, target, new SessionOptions(), sink ?? new TraceSink());
        try
        {
            session.Load();
            return session;
        }
        catch (LoadException rejected)
        {
            session.Dispose();
            throw new ProgramException(source, [rejected.Diagnostic]);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }
}

/// <summary>A program that can't run. The message shows each mistake with its line and a caret, as ctrace does.</summary>
/// <param name="source">The program.</param>
/// <param name="diagnostics">What is wrong with it.</param>
public sealed class ProgramException(SourceText source, IReadOnlyList<Diagnostic> diagnostics)
    : Exception(string.Concat(diagnostics.Select(d => DiagnosticPrinter.Format(source, d))).TrimEnd('\n'))
{
    /// <summary>What is wrong, with places in the text.</summary>
    public IReadOnlyList<Diagnostic> Diagnostics { get; } = diagnostics;
}
