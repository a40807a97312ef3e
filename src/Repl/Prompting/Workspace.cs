using Ctrace.Compiler;
using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Layouts;
using Ctrace.Compiler.Targets;
using Ctrace.Compiler.Text;
using Ctrace.Runtime;
using Ctrace.Runtime.Kernel;
using Ctrace.Runtime.Loading;

namespace Ctrace.Repl.Prompting;

/// <summary>What the user works with: the traces that run, those that have ended and whose maps are still there, and the settings.</summary>
internal sealed class Workspace : IDisposable
{
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly List<Trace> _traces = [];
    private readonly IScreen _screen;
    private ProgramTiming? _timing;
    private int _lastNumber;

    /// <param name="settings">What the user has set.</param>
    /// <param name="screen">Shows results.</param>
    /// <param name="target">The machine; null for the running kernel.</param>
    internal Workspace(Settings settings, IScreen screen, ITarget? target = null) => (Settings, _screen, Target) = (settings, screen, target ?? new KernelTarget());

    internal Settings Settings { get; }

    /// <summary>What is known of the machine. Only to be used under its own lock.</summary>
    internal ITarget Target { get; }

    /// <summary>All traces whose maps are there, in the order in which they began.</summary>
    internal IReadOnlyList<Trace> Traces
    {
        get
        {
            lock (_lock)
                return [.. _traces];
        }
    }

    /// <summary>Programs that were started, in order.</summary>
    internal List<(int Number, string Text)> Started { get; } = [];

    /// <summary>A trace by number.</summary>
    /// <exception cref="UsageException">There is none.</exception>
    internal Trace Find(int number) => Traces.FirstOrDefault(t => t.Number == number)
        ?? throw new UsageException($"there is no trace {number}" + (Traces.Count == 0 ? "; nothing was started yet" : $"; there are {string.Join(", ", Traces.Select(t => t.Number))}"));

    /// <summary>The maps there are, by name, each with the latest trace that has it.</summary>
    internal IReadOnlyDictionary<string, Trace> Maps
    {
        get
        {
            var maps = new SortedDictionary<string, Trace>(StringComparer.Ordinal);
            foreach (var trace in Traces)
                foreach (string name in trace.MapNames)
                    maps[name] = trace;
            return maps;
        }
    }

    /// <summary>Shows text.</summary>
    internal void Print(string text) => _screen.Print(text);

    /// <summary>A map's entries now, or null where there is no such map.</summary>
    internal MapSnapshot? Snapshot(string name) => Maps.TryGetValue(name, out var trace) ? trace.Snapshot(name) : null;

    /// <summary>Compiles a program as it would run here; nothing is loaded.</summary>
    internal CompilationResult Compile(SourceText source, int number, bool withEnded = true)
    {
        var limits = Settings.Limits;
        var options = new CompilationOptions
        {
            ProcessId = Settings.ProcessId,
            Unsafe = Settings.Unsafe,
            Headers = new HeaderFinder(null, []),
            MaxMapKeys = limits.MaxMapKeys,
            MaxStringLength = limits.MaxStringLength,
            EventBufferSize = limits.EventBuffer,
            LivingMaps = LivingMaps(withEnded),
            SharesMaps = true,
            FrontTables = false,
            QueryMap = $"@{number}",
        };
        lock (Target)
            return Compilation.Compile(source, Target, options);
    }

    /// <summary>Compiles a program while it is being typed. Maps of ended traces need not fit: they can be replaced.</summary>
    internal CompilationResult Check(string text)
    {
        var source = new SourceText(text, "prompt");
        var result = Compile(source, _lastNumber + 1);
        return result.Program is null ? Compile(source, _lastNumber + 1, withEnded: false) : result;
    }

    /// <summary>Compiles, loads and starts a program. False after a message.</summary>
    internal bool Start(string text, string name = "prompt")
    {
        var source = new SourceText(text, name);
        int number = _lastNumber + 1;
        bool withEnded = true;
        var result = Compile(source, number);
        if (result.Program is null && Compile(source, number, withEnded: false) is { Program: not null } fresh)
            (result, withEnded) = (fresh, false);
        if (result.Diagnostics.FirstOrDefault(d => d.IsAboutMachine) is { } refused)
            return Refuse(refused.Message, refused.Hint);
        foreach (var diagnostic in result.Diagnostics)
            _screen.Message(DiagnosticPrinter.Format(source, diagnostic).TrimEnd('\n'));
        if (result.Program is not { } program)
            return false;
        try
        {
            Start(program, number, withEnded);
            return true;
        }
        catch (Scripting.ScriptErrorsException e)
        {
            foreach (var error in e.Errors)
                _screen.Message(DiagnosticPrinter.Format(source, error).TrimEnd('\n'));
            return false;
        }
        catch (LoadException e)
        {
            _screen.Message(DiagnosticPrinter.Format(source, e.Diagnostic).TrimEnd('\n'));
            return false;
        }
        catch (SessionException e)
        {
            return Refuse(e.Message, e.Hint);
        }
    }

    /// <summary>Ends all that runs, and waits for it.</summary>
    /// <returns>How many there were.</returns>
    internal int StopAll()
    {
        var running = Traces.Where(t => t.IsAlive).ToList();
        foreach (var trace in running)
            trace.Stop();
        foreach (var trace in running)
            trace.Wait(EndLimit);
        return running.Count;
    }

    /// <summary>Ends one trace, and waits for it.</summary>
    internal static void Stop(Trace trace)
    {
        trace.Stop();
        trace.Wait(EndLimit);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        StopAll();
        foreach (var trace in Traces)
            trace.Dispose();
        _timing?.Dispose();
    }

    private void Start(TraceProgram program, int number, bool withEnded)
    {
        _timing ??= ProgramTiming.TryStart();
        // Its own map is not among the workspace's before it runs.
        Trace? own = null;
        var sink = new PromptSink(number, program, Settings.Format, _screen, Settings.Unsafe, name => own?.Snapshot(name) ?? Snapshot(name), LivingMaps(withEnded: true));
        var sharing = Traces.Where(t => withEnded || t.IsAlive).Reverse();
        var trace = new Trace(number, program, sink, sharing, Settings.ProcessId, OnEnded);
        own = trace;
        _lastNumber = number;
        Started.Add((number, program.Source.Text));
        lock (_lock)
        {
            _traces.Add(trace);
        }

        Forget();
        trace.Start();
        _screen.Changed();
    }

    /// <summary>Lets go of ended traces whose maps all belong to later ones too: nobody can reach them any more.</summary>
    private void Forget()
    {
        List<Trace> gone;
        lock (_lock)
        {
            gone = _traces.FindAll(t => !t.IsAlive && t.MapNames.All(m => _traces.Exists(l => l.Number > t.Number && l.MapNames.Contains(m))));
            _traces.RemoveAll(gone.Contains);
        }

        foreach (var trace in gone)
            trace.Dispose();
    }

    private void OnEnded(Trace trace, Exception? problem)
    {
        if (problem is SessionException refused)
            _screen.Message($"{trace.Number}: {refused.Message}" + (refused.Hint is { } hint ? $"\n  hint: {hint}" : ""));
        else if (problem is not null)
            _screen.Message($"{trace.Number}: internal error: {problem.Message.ReplaceLineEndings(" ")} ({problem.GetType().Name}); please report it with the program");
        lock (_lock)
        {
            // The kernel measures only for as long as something runs.
            if (!_traces.Exists(t => t.IsAlive))
            {
                _timing?.Dispose();
                _timing = null;
            }
        }

        _screen.Changed();
    }

    private System.Collections.Immutable.ImmutableArray<MapSpec> LivingMaps(bool withEnded) =>
        [.. Traces.Where(t => withEnded || t.IsAlive).SelectMany(t => t.Maps).Reverse().DistinctBy(m => m.Name)];

    private bool Refuse(string message, string? hint)
    {
        _screen.Message(message + (hint is null ? "" : $"\n  hint: {hint}"));
        return false;
    }
}
