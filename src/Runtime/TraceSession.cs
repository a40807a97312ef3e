using System.Diagnostics;
using System.Runtime.InteropServices;
using Ctrace.Compiler;
using Ctrace.Compiler.Layouts;
using Ctrace.Compiler.Targets;
using Ctrace.Runtime.Attaching;
using Ctrace.Runtime.Dotnet;
using Ctrace.Runtime.Kernel;
using Ctrace.Runtime.Loading;
using Ctrace.Runtime.Reading;
using Ctrace.Runtime.Symbols;
using Ctrace.Runtime.Symbols.History;
using Ctrace.Runtime.Sys;
using Ctrace.Runtime.Unwinding;

namespace Ctrace.Runtime;

/// <summary>Runs one compiled program: load → attach → read → stop → print → dispose.</summary>
public sealed partial class TraceSession : IDisposable
{
    private const int ProcessCheckMilliseconds = 100;

    private readonly TraceProgram _program;
    private readonly ITarget _target;
    private readonly SessionOptions _options;
    private readonly ITraceSink _sink;
    private readonly EventDescriptor _stop = new();
    private readonly ProbeSet _probes;
    private LoadedTrace? _trace;
    private IRecordSource? _events, _orders, _packets;
    private MapPrinter? _maps;
    private LossCounters? _losses;
    private long _lossesReported;
    private int? _exitCode;
    private SessionException? _failure;
    private RecordPump? _pump;
    private CostWatch? _costs;
    private ProcessHistory? _history;
    private UnwindTables? _unwinding;
    private DotnetSource? _dotnet;

    /// <summary>Prepares a session; nothing is done yet.</summary>
    /// <param name="program">The compiled program.</param>
    /// <param name="target">The kernel it was compiled for.</param>
    /// <param name="options">Choices for this run.</param>
    /// <param name="sink">Receives what the program shows.</param>
    public TraceSession(TraceProgram program, ITarget target, SessionOptions options, ITraceSink sink) =>
        (_program, _target, _options, _sink, _probes, Symbols) = (program, target, options, sink, new ProbeSet { EndsProcess = options.EndsProcess, Missing = program.MissingProbes, Warn = sink.Warn }, options.Symbols ?? new Symbolizer(program.Demangles, program.ShowsLines));

    /// <summary>Names addresses in what the session shows.</summary>
    public Symbolizer Symbols { get; }

    /// <summary>What the kernel knows of the programs, in the order of <see cref="TraceProgram.Programs"/>; empty before <see cref="Load"/>.</summary>
    public IReadOnlyList<ProgramStatistics> ProgramStatistics => [.. (_trace?.Programs ?? []).Select(p => p.Statistics())];

    /// <summary>What each probe cost, after <see cref="Run"/>; empty where nobody asked for it, or the kernel can't measure.</summary>
    public IReadOnlyList<ProbeCost> Costs { get; private set; } = [];

    /// <summary>Creates the maps and loads the programs: the kernel has then checked them, and nothing runs.</summary>
    /// <exception cref="LoadException">The kernel rejects the program; there is a place in the source to show.</exception>
    /// <exception cref="SessionException">The kernel refuses for another reason.</exception>
    public void Load()
    {
        (_target as KernelTarget)?.Trim();
        // Said before it is taken: on a machine without that much, what comes next may be the kernel's refusal.
        if (MapMemory.Note(_program.Maps) is { } note)
            _sink.Warn(note);
        _trace = LoadedTrace.Load(_program, FindShared, _options.LoadObserver);
        _maps = new MapPrinter(_trace, _program.ProbeNames, _sink, Symbols);
        _losses = new LossCounters(_program, _trace.Find(MapRole.Losses), _sink);
        _events = Open(MapRole.Events);
        _orders = Open(MapRole.Orders);
        _packets = Open(MapRole.Packets);
    }

    /// <summary>Attaches, reads until something ends it, stops all, and prints the maps.</summary>
    /// <returns>The code that the program gave to <c>exit</c>, otherwise 0.</returns>
    /// <exception cref="SessionException">The kernel refuses.</exception>
    public int Run()
    {
        if (_trace is null)
            Load();
        using var pump = new RecordPump(_program, _events, _orders, _packets, _maps!, _sink);
        using var loop = new SessionLoop(pump, _events, _orders, _packets) { AfterWork = AfterWork };
        pump.ExitRequested = code =>
        {
            _exitCode ??= code;
            _probes.Disable();
            loop.Stopping = true;
        };
        (_loop, _pump) = (loop, pump);
        if (_program.WritesTracePipe)
            TracePipe.Open();
        _probes.Open(_program.Attachments, _trace!.Programs, _program.ProbeNames);
        WatchProcesses(loop);
        var timers = Watch(loop, pump);
        using TimerDescriptor end = new(), second = new();
        loop.Watch(end.Descriptor, () => loop.Stopping |= end.TakeExpirations() > 0);
        loop.Watch(second.Descriptor, () =>
        {
            if (second.TakeExpirations() > 0)
                EachSecond(loop);
        });
        using var costs = _options.MaxCpuPercent is not null || _options.MeasureCosts
            ? new CostWatch(_program, _trace.Programs, _probes, _options.MaxCpuPercent, _sink) : null;
        _costs = costs;
        try
        {
            Start(pump);
            loop.Stopping |= IsDone;
            if (!loop.Stopping)
                StartTimers(timers);
            if (_options.Duration is { } duration)
                end.Start((long)duration.TotalNanoseconds);
            if (_options.MaxCpuPercent is not null || !_program.Losses.IsEmpty)
                second.Start(1_000_000_000);
            loop.Run();
            Finish(pump);
        }
        finally
        {
            Costs = costs?.Costs ?? [];
            (_loop, _pump, _costs) = (null, null, null);
            foreach (var timer in timers)
                timer.Dispose();
        }

        return _failure is { } failure ? throw failure : _exitCode ?? 0;
    }

    /// <summary>Ends <see cref="Run"/>: it stops the probes, reads what is left and prints the maps. Safe from any thread.</summary>
    public void Stop() => _stop.Signal();

    /// <summary>Hands all of the program's maps to the sink, in the order of their names.</summary>
    public void PrintMaps() => _maps?.PrintAll();

    /// <summary>Takes everything out of the kernel. It may take a while, so it comes after the results are shown.</summary>
    public void Dispose()
    {
        _options.Child?.Dispose();
        _history?.Dispose();
        _unwinding?.Dispose();
        _dotnet?.Dispose();
        Symbols.Dispose();
        _probes.Disable();
        _events?.Dispose();
        _orders?.Dispose();
        _packets?.Dispose();
        _probes.Dispose();
        _trace?.Dispose();
        _stop.Dispose();
        _wake.Dispose();
    }

    private IRecordSource? Open(MapRole role) => _trace!.Find(role) switch
    {
        null => null,
        { Spec.Type: BpfMapType.PerfEventArray } map => new PerfBuffer(map),
        var map => new RingBuffer(map),
    };

    private List<TimerDescriptor> Watch(SessionLoop loop, RecordPump pump)
    {
        loop.Watch(_stop.Descriptor, () => loop.Stopping = true);
        loop.Watch(_wake.Descriptor, RunRequests);
        WatchProcess(loop);
        WatchIntervals(loop);
        var refreshes = new List<TimerDescriptor>();
        foreach (var refresh in _program.Refreshes)
        {
            var timer = new TimerDescriptor();
            refreshes.Add(timer);
            loop.Watch(timer.Descriptor, () =>
            {
                if (timer.TakeExpirations() > 0)
                    pump.Refresh(refresh.MapIndex);
            });
        }

        return refreshes;
    }

    /// <summary>
    /// Addresses get their names when they are shown. A process may have ended by then: what it had mapped is remembered from now on, where the
    /// program sees such addresses.
    /// </summary>
    private void WatchProcesses(SessionLoop loop)
    {
        if (_trace!.Find(MapRole.UnwindRows) is { } rows && _trace.Find(MapRole.UnwindProcesses) is { } processes)
        {
            _unwinding = new UnwindTables(rows, processes, _sink);
            if (_options.Child is not null)
                _unwinding.ReadAhead();
            foreach (int process in (IEnumerable<int>)[_options.ProcessId, _options.Child?.Pid ?? 0, .. _options.UnwoundProcesses])
                _unwinding.Add(process);
            foreach (var descriptor in _unwinding.Descriptors)
                loop.Watch(descriptor, _unwinding.Read);
        }

        var managed = _probes.Probes.OfType<DotnetProbe>().SelectMany(p => p.Plan.Processes).Distinct().ToList();
        if (_program.SeesUserCode)
            managed.ForEach(Symbols.Prepare);
        if (!_program.SeesUserCode || Symbols.History is not null)
            return;
        if (_options.ProcessId != 0)
            Symbols.Prepare(_options.ProcessId);
        Symbols.History = _history = ProcessHistory.TryStart(_options.Child?.Pid ?? _options.ProcessId);
        foreach (var descriptor in _history?.Descriptors ?? [])
            loop.Watch(descriptor, _history!.Read);
    }

    private void WatchProcess(SessionLoop loop)
    {
        int pid = _options.Child?.Pid ?? _options.ProcessId;
        if (pid == 0)
            return;
        var pidfd = _options.Child?.Pidfd ?? Processes.OpenPidfd(pid);
        if (!pidfd.IsInvalid)
            loop.Watch(pidfd, () => loop.Stopping = true);
        else
            loop.Periodic = (ProcessCheckMilliseconds, () => loop.Stopping |= _options.Child?.HasEnded() ?? !Processes.Exists(pid));
    }

    private void Start(RecordPump pump)
    {
        if (_trace!.Find(MapRole.StartTime) is { } map)
        {
            byte[] value = new byte[map.RawValueSize];
            MemoryMarshal.Write(value, Clock.BootNanoseconds());
            MapWriter.Put(map, 0, value);
        }

        // `begin` comes before all other probes. If it ends the program, the others need not start.
        _probes.RunOnce(atEnd: false);
        pump.ReadOrders();
        _maps!.Begin();
        if (_exitCode is null)
        {
            _probes.Enable();
            StartDotnet();
        }

        RunIterators();
        // A static probe at several places is one.
        _sink.Attached(_program.Attachments.Where(a => a.Plan is not TestPlan && !_probes.IsLeftOut(a))
            .SelectMany(a => _probes.Attached(a).Select(name => (name, _program.Programs[a.ProgramIndex].Span))).Distinct().Count());
        if (_exitCode is null)
            foreach (var iterator in _probes.Probes.OfType<IteratorProbe>().Where(i => i.Pin is not null))
                _sink.Pinned(iterator.Pin!);
        _history?.LookAround();
        _options.Child?.Release();
    }

    private void StartDotnet()
    {
        if (_probes.Probes.OfType<DotnetProbe>().ToList() is not { Count: > 0 } probes)
            return;
        _dotnet = new DotnetSource(probes, _options.Child?.Pid ?? _options.ProcessId, _sink, failure =>
        {
            _failure ??= failure;
            Stop();
        });
        _dotnet.Start();
    }

    /// <summary>Goes over the kernel's objects in a thread of its own, while events are read. A program that does nothing else ends then.</summary>
    private void RunIterators()
    {
        var iterators = _probes.Probes.OfType<IteratorProbe>().ToList();
        if (iterators.Count == 0 || _exitCode is not null)
            return;
        bool alone = _program.Attachments.All(a => a.Plan is IteratorPlan or OncePlan or TestPlan);
        var thread = new Thread(() =>
        {
            try
            {
                foreach (var iterator in iterators)
                    iterator.Run();
            }
            catch (SessionException e)
            {
                _failure = e;
            }

            if (alone || _failure is not null)
                Stop();
        })
        {
            IsBackground = true,
        };
        thread.Start();
    }

    /// <summary>Whether nothing more can happen: the program has no probes but <c>begin</c> and <c>end</c>.</summary>
    private bool IsDone => _program.Refreshes.IsEmpty && _program.Attachments.All(a => a.Plan is OncePlan or TestPlan);

    private void StartTimers(List<TimerDescriptor> timers)
    {
        for (int i = 0; i < timers.Count; i++)
            timers[i].Start(_program.Refreshes[i].Nanoseconds);
    }

    private void Finish(RecordPump pump)
    {
        // The `end` programs run although the session is paused.
        if (_paused)
            _probes.Open(_program.Attachments, _trace!.Programs, _program.ProbeNames);
        // What .NET programs have told of so far counts; nothing else need run until it has come.
        if (_dotnet is not null)
            _probes.Detach(p => p is not DotnetProbe);
        _dotnet?.Stop(pump.Drain);
        _probes.Disable();
        Quiescence.Await();
        pump.Drain();
        pump.Resume();
        _probes.RunOnce(atEnd: true);
        pump.Drain();
        _sink.Ending();
        if (_program.PrintMapsOnExit)
            PrintMaps();
        _losses!.Report();
        _losses.ReportTotals();
        ReportMisses();
        _sink.Flush();
    }

    private void AfterWork()
    {
        _sink.Flush();
        ReportLosses();
    }

    /// <summary>Losses are told while the program runs, but not more than once a second.</summary>
    private void ReportLosses()
    {
        // A timer of a second may be a little early.
        if (_lossesReported != 0 && Stopwatch.GetElapsedTime(_lossesReported) < TimeSpan.FromSeconds(0.95))
            return;
        _lossesReported = Stopwatch.GetTimestamp();
        _losses!.Report();
    }

    private void EachSecond(SessionLoop loop)
    {
        ReportLosses();
        if (_options.MaxCpuPercent is null)
            return;
        _costs?.Look();
        loop.Stopping |= _costs is { IsAllDetached: true };
    }

    private void ReportMisses()
    {
        foreach (var probe in _probes.Probes.DistinctBy(p => p.Program))
        {
            ulong misses = probe.Program.Statistics().RecursionMisses;
            if (misses > 0)
                _sink.Warn($"{probe.Name}: {misses} {(misses == 1 ? "event was" : "events were")} missed, because another program was running on the same CPU");
        }

        if (_history?.LostCount is > 0 and var unknown)
            _sink.Warn($"{unknown} records of processes' beginnings and mappings were lost: functions of processes that have ended may lack names");
        foreach (var timer in _probes.Probes.OfType<IntervalTimer>())
            if (timer.Skipped > 0)
                _sink.Warn($"{timer.Name}: {timer.Skipped} ticks were skipped, because running them took longer than the period");
    }
}
