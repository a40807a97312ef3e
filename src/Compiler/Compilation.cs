using System.Collections.Immutable;
using System.Diagnostics;
using System.Text;
using Ctrace.Compiler.Binding;
using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Lowering;
using Ctrace.Compiler.Syntax;
using Ctrace.Compiler.Targets;
using Ctrace.Compiler.Text;

namespace Ctrace.Compiler;

/// <summary>Choices that are not in the program's text.</summary>
public sealed record CompilationOptions
{
    /// <summary>Only events of this process (thread group id) count; 0 for all (<c>-p</c>, <c>-c</c>).</summary>
    public int ProcessId { get; init; }

    /// <summary>The command that is traced (<c>-c</c>), or 0: what <c>cpid</c> gives.</summary>
    public int ChildProcessId { get; init; }

    /// <summary>Whether there are more processes whose stacks can be unwound without frame pointers (<c>--dwarf-pid</c>).</summary>
    public bool UnwindsOthers { get; init; }

    /// <summary>Whether there are any such processes.</summary>
    public bool Unwinds => UnwindsOthers || ProcessId != 0 || ChildProcessId != 0;

    /// <summary>Whether the program may change the system (<c>--unsafe</c>).</summary>
    public bool Unsafe { get; init; }

    /// <summary>The positional parameters <c>$1</c>, <c>$2</c>, ….</summary>
    public ImmutableArray<string> Parameters { get; init; } = [];

    /// <summary>Entries of a map with keys, unless declared otherwise.</summary>
    public int MaxMapKeys { get; init; } = 4096;

    /// <summary>Longest string that <c>str</c> reads, in bytes, the NUL included; 1 to 4096.</summary>
    public int MaxStringLength { get; init; } = UsualStringLength;

    /// <summary>What <see cref="MaxStringLength"/> is where nobody says anything, and where kernels can't have keys of that length (before 5.18).</summary>
    public const int UsualStringLength = 1024, ShortStringLength = 384;

    /// <summary>Whether frequent keys may be kept in front of a map (<see cref="Layouts.FrontTable"/>): not where others use the map too.</summary>
    public bool FrontTables { get; init; } = true;

    /// <summary>What becomes of a probe that the machine has not got.</summary>
    public MissingProbes MissingProbes { get; init; }

    /// <summary>
    /// Maps of programs that run already: what this program calls by the same name is the same map, and must have the same shape.
    /// </summary>
    public ImmutableArray<Layouts.MapSpec> LivingMaps { get; init; } = [];

    /// <summary>Whether other programs may update this one's maps while it runs: then no update may rely on being alone.</summary>
    public bool SharesMaps { get; init; }

    /// <summary>The name of a query's map without <c>into</c>; null for <c>@</c>, or <c>@1</c>, <c>@2</c>, … where there are several.</summary>
    public string? QueryMap { get; init; }

    /// <summary>Finds headers for <c>#include</c>; null where there are none.</summary>
    public CDeclarations.IHeaderSource? Headers { get; init; }

    /// <summary>Headers that are included before the program's own.</summary>
    public ImmutableArray<string> IncludedHeaders { get; init; } = [];

    /// <summary>Tells the names of the probes to attach, besides <c>begin</c> and <c>end</c>; null for all.</summary>
    public Func<string, bool>? ProbeFilter { get; init; }

    /// <summary>Whether reads of memory and of maps that fail are counted, each by its place.</summary>
    public bool TellsFailures { get; init; }

    /// <summary>What stands behind a text that was cut at <see cref="MaxStringLength"/>.</summary>
    public string TruncationTrailer { get; init; } = "..";

    /// <summary>The most bytes of a file that <c>cat</c> shows; 0 for the usual 10 KiB.</summary>
    public int MaxFileBytes { get; init; } = 10240;

    /// <summary>How many probes the program may be attached to: what one call attaches, such as all functions of a wildcard, is one.</summary>
    public int MaxProbes { get; init; } = int.MaxValue;

    /// <summary>How many eBPF programs may be made of it.</summary>
    public int MaxPrograms { get; init; } = int.MaxValue;

    /// <summary>How stacks are shown that name no mode.</summary>
    public Symbols.StackMode StackMode { get; init; }

    /// <summary>Whether functions of C++ and Rust are shown by the names that their source has, and not by their symbols.</summary>
    public bool Demangles { get; init; } = true;

    /// <summary>Whether functions in user stacks have their source's file and line behind them.</summary>
    public bool ShowsLines { get; init; }

    /// <summary>Whether maps are printed when the program ends.</summary>
    public bool PrintMapsOnExit { get; init; } = true;

    /// <summary>Size of the event ring buffer in bytes: a power of two, at least a page.</summary>
    public int EventBufferSize { get; init; } = 8 << 20;
}

/// <summary>What becomes of a probe that the machine has not got.</summary>
public enum MissingProbes
{
    /// <summary>The program is refused.</summary>
    Error,

    /// <summary>A warning says so, and the rest is traced.</summary>
    Warn,

    /// <summary>The rest is traced.</summary>
    Ignore,
}

/// <summary>What compiling gave.</summary>
/// <param name="Program">The program, or null where there is an error.</param>
/// <param name="Diagnostics">Errors and warnings in source order.</param>
/// <param name="Ast">Syntax tree as text, for <c>--dump ast</c>; null unless asked for.</param>
/// <param name="Ir">Instructions over virtual registers as text, for <c>--dump ir</c>; null unless asked for.</param>
/// <param name="Types">What maps and variables hold, for <c>--dump types</c>; null unless asked for.</param>
public sealed record CompilationResult(
    TraceProgram? Program, ImmutableArray<Diagnostic> Diagnostics, string? Ast = null, string? Ir = null, string? Types = null)
{
    /// <summary>How long its steps took.</summary>
    public CompilationTimes Times { get; init; }
}

/// <summary>How long the steps of a compilation took.</summary>
/// <param name="Parsing">From the text to the syntax tree.</param>
/// <param name="Binding">From there to a tree whose names and types are known.</param>
/// <param name="Lowering">From there to bytecode.</param>
public readonly record struct CompilationTimes(TimeSpan Parsing, TimeSpan Binding, TimeSpan Lowering);

/// <summary>The compiler.</summary>
public static class Compilation
{
    /// <summary>Compiles a program for a target. Never throws for what a program or a target can do wrong.</summary>
    /// <param name="source">The program.</param>
    /// <param name="target">The machine it is to run on.</param>
    /// <param name="options">Choices that are not in the text.</param>
    /// <param name="dumps">Whether to keep the intermediate forms as text.</param>
    public static CompilationResult Compile(SourceText source, ITarget target, CompilationOptions options, bool dumps = false)
    {
        var diagnostics = new DiagnosticBag();
        var ir = dumps ? new StringBuilder() : null;
        ProgramSyntax? syntax = null;
        BoundProgram? bound = null;
        TraceProgram? program = null;
        long start = Stopwatch.GetTimestamp(), parsed = start, known = start;
        try
        {
            syntax = Parser.Parse(source, diagnostics);
            parsed = known = Stopwatch.GetTimestamp();
            // An older kernel's maps could not have the keys that texts of the usual length make. Only maps' keys and what is read for them matter.
            if (options.MaxStringLength == CompilationOptions.UsualStringLength && source.Text.ContainsAny('[', '<') && !target.Supports(KernelFeature.LargeKeys))
                options = options with { MaxStringLength = CompilationOptions.ShortStringLength };
            bound = syntax is null ? null : ProgramBinder.Bind(syntax, target, ref options, diagnostics);
            known = Stopwatch.GetTimestamp();
            program = bound is null ? null : Lowerer.Lower(source, bound, target, options, diagnostics, ir);
        }
        catch (InsufficientExecutionStackException)
        {
            diagnostics.ReportTooDeep(new TextSpan(0, 1));
        }

        return new CompilationResult(
            diagnostics.HasErrors ? null : program,
            [.. diagnostics.OrderBy(d => d.Span.Start)],
            dumps && syntax is not null ? SyntaxNode.Dump(syntax) : null,
            ir?.ToString(),
            dumps ? bound?.TypesAsText() : null)
        {
            Times = new CompilationTimes(Stopwatch.GetElapsedTime(start, parsed), Stopwatch.GetElapsedTime(parsed, known), Stopwatch.GetElapsedTime(known)),
        };
    }
}
