using Ctrace.Repl.Rendering.Profiles;
using System.Diagnostics;
using Ctrace.Compiler;
using Ctrace.Compiler.Bytecode;
using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Syntax;
using Ctrace.Compiler.Targets;
using Ctrace.Compiler.Text;
using Ctrace.Repl.Prompting;
using Ctrace.Repl.Rendering;
using Ctrace.Repl.Scripting;
using Ctrace.Runtime;
using Ctrace.Runtime.Loading;
using Ctrace.Runtime.Symbols;

namespace Ctrace.Repl;

/// <summary>Runs one program from its text to the last line of its output.</summary>
internal sealed class BatchRunner(Request request, Limits limits)
{
    private readonly ITarget _target = RequestedTarget.Open(request);
    private readonly DumpReport _dump = new(request.Dump);
    private readonly long _started = Stopwatch.GetTimestamp();

    /// <summary>Runs it; the result is the exit code.</summary>
    internal static int Run(Request request, Limits limits) => new BatchRunner(request, limits).Run();

    private int Run()
    {
        var source = ExpandImports(SourceReader.Read(request));
        if (source is null)
            return 1;
        if (CheckOptions(source) is { } done)
            return done;
        if (request.OnlyDumps && !DumpReport.Loads(request.Dump) || request.Kind == RequestKind.Compile)
            return Compile(source, request.ProcessId).Program is null ? 1 : 0;
        if (request.Kind == RequestKind.TimeCompiler)
            return CompilerBenchmark.Run(() => Compile(source, request.ProcessId));

        if (request.Command is { } command)
            CommandFinder.Check(command[0]);
        if (request.ProcessId != 0 && !Directory.Exists($"/proc/{request.ProcessId}"))
            throw new UsageException($"-p: there is no process {request.ProcessId}");
        foreach (int process in request.UnwoundProcesses)
            if (!Directory.Exists($"/proc/{process}"))
                throw new UsageException($"--dwarf-pid: there is no process {process}");

        // The command waits until all is attached; the program must know its number before.
        using var child = request.Command is { } argv && !request.DryRun ? ChildProcess.Start(argv) : null;
        var result = Compile(source, child?.Pid ?? request.ProcessId, child?.Pid ?? 0);
        if (result.Program is not { } program)
            return 1;
        CheckTests(program);
        Say($"compiled: {program.Programs.Sum(p => p.SlotCount)} instructions in {program.Programs.Length} program(s)");

        using var results = new ResultsFile(request);
        var output = results.Output;
        var symbols = new Symbolizer(program.Demangles, program.ShowsLines);
        var choices = new TextSinkOptions
        {
            Symbols = symbols, Quiet = request.Quiet, NoWarnings = request.NoWarnings, Source = source, MaxFileBytes = program.MaxFileBytes, DrawsHeat = request.DrawsHeat,
        };
        if (request.Format == ResultFormat.Pprof && output.IsTerminal)
            throw new UsageException("-f pprof writes a compressed file: say where with -o FILE");
        IOutputSink sink = request.Format switch
        {
            _ when ProfileSink.Has(request.Format) => new ProfileSink(
                output, new TextSink(new OutputStream(2), StandardError.WriteLine, program.ProbeNames, choices), request.Format, program),
            ResultFormat.Json => new JsonSink(output, StandardError.WriteLine, program.ProbeNames, choices),
            ResultFormat.Csv => new CsvSink(output, StandardError.WriteLine, program.ProbeNames, choices),
            _ => new TextSink(output, StandardError.WriteLine, program.ProbeNames, choices),
        };
        using var pictures = new Pictures(request, program);
        var options = new SessionOptions { Symbols = symbols, Child = child, ProcessId = request.ProcessId, UnwoundProcesses = request.UnwoundProcesses, Duration = request.Duration, MaxCpuPercent = request.MaxCpu, MeasureCosts = request.Verbose, EndsProcess = true, LoadObserver = DumpReport.Loads(request.Dump) ? _dump : null };
        if (program.Handlers.IsEmpty)
        {
            using var session = new TraceSession(program, _target, options, pictures.Watch(sink));
            return results.Check(Run(session, sink, output, program, source, pictures));
        }

        return results.Check(RunWithHandlers(program, options, sink, output, source, pictures));
    }

    private int RunWithHandlers(TraceProgram program, SessionOptions options, IOutputSink sink, OutputStream output, SourceText source, Pictures pictures)
    {
        TraceSession? reading = null;
        using var handlers = new HandlerSink(program, sink, output, StandardError.WriteLine,
            new ScriptOptions { Symbols = options.Symbols, Parameters = request.Parameters, AllowRoot = request.Unsafe }, name => reading?.Snapshot(name));
        var errors = handlers.Compile();
        foreach (var error in errors)
            StandardError.Write(DiagnosticPrinter.Format(source, error));
        if (errors.Count > 0)
            return 1;
        Say("compiled the C#");
        using var session = new TraceSession(program, _target, options, pictures.Watch(handlers));
        reading = session;
        handlers.Stop = session.Stop;
        int code = Run(session, handlers, output, program, source, pictures);
        handlers.Finish();
        sink.Flush();
        return handlers.ExitCode ?? code;
    }

    private int Run(TraceSession session, IOutputSink sink, OutputStream output, TraceProgram program, SourceText source, Pictures pictures)
    {
        pictures.Watch(session);
        using var signals = new StopSignals(session.Stop);
        sink.ReaderGone += session.Stop;
        try
        {
            session.Load();
        }
        catch (LoadException e)
        {
            StandardError.Write(DiagnosticPrinter.Format(source, e.Diagnostic));
            return 1;
        }

        Say("loaded");
        if (request.OnlyDumps)
            return 0;
        if (request.DryRun)
        {
            if (!request.Quiet)
                StandardError.WriteLine("The program compiles and loads.");
            return 0;
        }

        int code = request.Test || request.Bench ? RunTests(session, output, program) : session.Run();
        sink.Flush();
        if (!request.Test && !request.Bench)
            pictures.Write(session);
        if (request.Verbose)
            foreach (var cost in session.Costs)
                StandardError.WriteLine(cost.ToString());
        return code;
    }

    private CompilationResult Compile(SourceText source, int process, int command = 0)
    {
        var options = CompilationChoices.Of(request, limits) with { ProcessId = process, ChildProcessId = command };
        var result = Compilation.Compile(source, _target, options, request.Dump != DumpKind.None);
        // Said once, and as when the runtime finds it out: no place in the program is to blame.
        if (result.Diagnostics.FirstOrDefault(d => d.IsAboutMachine) is { } refused)
            throw new SessionException(refused.Message, refused.Hint);
        foreach (var diagnostic in result.Diagnostics)
            if (diagnostic.Severity == Severity.Error || !request.Quiet && !request.NoWarnings)
                StandardError.Write(DiagnosticPrinter.Format(source, diagnostic));
        _dump.Print(result);
        return result;
    }

    /// <summary>Tests run when they are asked for, and then there must be some.</summary>
    private void CheckTests(TraceProgram program)
    {
        var tests = program.Attachments.Select(a => a.Plan).OfType<TestPlan>().ToList();
        if (request.Test && tests.All(t => t.IsBenchmark))
            throw new RefusedException("--test: the program has no test:NAME probes");
        if (request.Bench && !tests.Exists(t => t.IsBenchmark))
            throw new RefusedException("--bench: the program has no bench:NAME probes");
        if (!request.Test && !request.Bench && tests.Count == program.Attachments.Length)
            throw new RefusedException($"there is nothing to trace: run the program's {(tests[0].IsBenchmark ? "benchmarks with --bench" : "tests with --test")}");
    }

    private int RunTests(TraceSession session, OutputStream output, TraceProgram program)
    {
        var runner = new TestRunner(output, request.Format == ResultFormat.Json, output.IsTerminal);
        return request.Bench ? runner.Benchmark(session) : runner.Test(session, program.Attachments.Count(a => a.Plan is TestPlan { IsBenchmark: false }));
    }

    /// <summary>The program with what it imports; null after a message.</summary>
    internal static SourceText? ExpandImports(SourceText source)
    {
        var problems = new DiagnosticBag();
        source = Imports.Expand(source, ImportReader.Read, problems);
        foreach (var problem in problems)
            StandardError.Write(DiagnosticPrinter.Format(source, problem));
        return problems.HasErrors ? null : source;
    }

    /// <summary>The program's own options: what they are (<c>-- --help</c>), and which of those given it has not. Null to go on.</summary>
    private int? CheckOptions(SourceText source)
    {
        string[] given = [.. request.Parameters.Where(p => p.StartsWith("--", StringComparison.Ordinal) && p.Length > 2).Select(p => p[2..].Split('=')[0])];
        if (given.Length == 0 || Parser.Parse(source, new DiagnosticBag()) is not { } syntax)
            return null;
        var options = ProgramOption.Of(syntax);
        // C# has its own ways to read them.
        if (options.IsEmpty && syntax.Clauses.Any(c => c.Handler is not null || c.Body is HandlerSyntax))
            return null;
        if (options.IsEmpty)
            throw new UsageException($"the program takes no options, and --{given[0]} is given");
        bool help = given.Contains("help") && options.All(o => o.Name != "help");
        string? unknown = given.FirstOrDefault(name => name != "help" && options.All(o => o.Name != name));
        if (!help && unknown is null)
            return null;
        if (!help)
            throw new UsageException($"the program has no option --{unknown}; it has {string.Join(", ", options.Select(o => "--" + o.Name))}");
        var output = new OutputStream(1);
        output.Write($"options of {source.Name}\n{ProgramOption.Describe(options)}");
        output.Flush();
        return 0;
    }

    private void Say(string what)
    {
        if (request.Verbose)
            StandardError.WriteLine($"{what} ({Stopwatch.GetElapsedTime(_started).TotalMilliseconds:F1} ms after the start)");
    }
}
