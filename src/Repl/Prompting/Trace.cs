using Ctrace.Compiler;
using Ctrace.Compiler.Text;
using Ctrace.Runtime;
using Ctrace.Runtime.Kernel;

namespace Ctrace.Repl.Prompting;

/// <summary>How far a trace is.</summary>
internal enum TraceState
{
    /// <summary>It is loaded, and about to be attached.</summary>
    Starting,

    /// <summary>Its probes fire.</summary>
    Running,

    /// <summary>Its probes are off for a while.</summary>
    Paused,

    /// <summary>It is over; its maps stay.</summary>
    Ended,
}

/// <summary>One line that runs in the background, in a thread of its own, and what is left of it when it has ended.</summary>
internal sealed class Trace : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Thread _thread;
    private readonly TraceSession _session;
    private readonly PromptSink _sink;
    private readonly Action<Trace, Exception?> _ended;
    private IReadOnlyList<ProgramStatistics> _last = [];
    private bool _disposed;

    /// <summary>Loads a program: the kernel has checked it when this returns.</summary>
    /// <param name="number">What the user calls it.</param>
    /// <param name="program">The program.</param>
    /// <param name="sink">Shows what it says.</param>
    /// <param name="sharing">Traces whose maps it uses.</param>
    /// <param name="process">A process to trace, or 0.</param>
    /// <param name="ended">Called at the end, from its thread, with what went wrong.</param>
    internal Trace(int number, TraceProgram program, PromptSink sink, IEnumerable<Trace> sharing, int process, Action<Trace, Exception?> ended)
    {
        (Number, Program, _sink, _ended) = (number, program, sink, ended);
        // A target of its own: the session forgets what its target knows of the machine, which the prompt goes on using.
        _session = new TraceSession(program, new KernelTarget(),
            new SessionOptions { ProcessId = process, Symbols = sink.Symbols, SharesWith = [.. sharing.Select(t => t._session)] }, sink);
        try
        {
            _session.Load();
        }
        catch
        {
            _session.Dispose();
            throw;
        }

        sink.SetStop(_session.Stop);
        sink.OnAttached = () => State = TraceState.Running;
        _thread = new Thread(Run, 1 << 20) { IsBackground = true, Name = $"ctrace {number}" };
    }

    /// <summary>What the user calls it.</summary>
    internal int Number { get; }

    /// <summary>What runs.</summary>
    internal TraceProgram Program { get; }

    /// <summary>As it was typed.</summary>
    internal SourceText Source => Program.Source;

    /// <summary>How far it is.</summary>
    internal TraceState State { get; private set; }

    /// <summary>Whether its probes can still fire.</summary>
    internal bool IsAlive => State != TraceState.Ended;

    /// <summary>When it began.</summary>
    internal DateTime Started { get; } = DateTime.UtcNow;

    /// <summary>When it ended.</summary>
    internal DateTime? Ended { get; private set; }

    /// <summary>Its maps' names.</summary>
    internal IEnumerable<string> MapNames => _session.Maps.Select(m => m.Name);

    /// <summary>Its maps.</summary>
    internal IReadOnlyList<Compiler.Layouts.MapSpec> Maps => _session.Maps;

    /// <summary>How often its programs ran and for how long, as far as that was measured.</summary>
    internal (ulong Runs, ulong Nanoseconds) Cost
    {
        get
        {
            lock (_lock)
            {
                if (State != TraceState.Ended && !_disposed && _session.ProgramStatistics is { Count: > 0 } now)
                    _last = now;
                return (_last.Aggregate(0ul, (sum, p) => sum + p.RunCount), _last.Aggregate(0ul, (sum, p) => sum + p.RunNanoseconds));
            }
        }
    }

    /// <summary>Begins to trace.</summary>
    internal void Start() => _thread.Start();

    /// <summary>Ends it soon.</summary>
    internal void Stop() => _session.Stop();

    /// <summary>Waits for the end.</summary>
    internal bool Wait(TimeSpan limit) => !_thread.IsAlive || _thread.Join(limit);

    /// <summary>Takes its probes off, or puts them on again.</summary>
    internal void Pause(bool paused)
    {
        if (State is not (TraceState.Running or TraceState.Paused))
            return;
        _session.Pause(paused);
        State = paused ? TraceState.Paused : TraceState.Running;
    }

    /// <summary>A map's entries now: of a query with <c>every</c>, those of the last whole period.</summary>
    internal MapSnapshot? Snapshot(string map)
    {
        lock (_lock)
            return _disposed ? null : _sink.LastPeriod(map) ?? _session.Snapshot(map);
    }

    /// <summary>Empties a map.</summary>
    internal bool Clear(string map)
    {
        lock (_lock)
            return !_disposed && _session.Clear(map);
    }

    /// <summary>Ends it, and lets go of its maps.</summary>
    public void Dispose()
    {
        Stop();
        Wait(Timeout.InfiniteTimeSpan);
        lock (_lock)
        {
            if (!_disposed)
                _session.Dispose();
            _disposed = true;
        }
    }

    private void Run()
    {
        Exception? problem = null;
        try
        {
            _session.Run();
            _sink.Close();
        }
        catch (Exception e)
        {
            problem = e;
        }

        _ = Cost;
        State = TraceState.Ended;
        Ended = DateTime.UtcNow;
        _ended(this, problem);
        try
        {
            _session.Detach();
        }
        catch (Exception e) when (e is SessionException or ObjectDisposedException)
        {
            // What is left in the kernel goes with the process.
        }
    }
}
