using Ctrace.Compiler.Catalog.Dotnet;
using Ctrace.Runtime.Attaching;

namespace Ctrace.Runtime.Dotnet;

/// <summary>All events of .NET programs that a session wants: one stream for each process, and a program for each event.</summary>
internal sealed class DotnetSource : IDisposable
{
    private readonly List<EventPipeSession> _sessions = [];
    private readonly List<EventWriter> _writers = [];
    private readonly ITraceSink _sink;
    private readonly Action _failed;

    /// <summary>Prepares it.</summary>
    /// <param name="sink">Told of what can't be had.</param>
    /// <param name="failed">Called when a program can't be run any more.</param>
    public DotnetSource(ITraceSink sink, Action failed) => (_sink, _failed) = (sink, failed);

    /// <summary>Asks for the events.</summary>
    public void Start(IEnumerable<DotnetProbe> probes)
    {
        foreach (var group in probes.SelectMany(p => p.Plan.Processes, (probe, process) => (process, probe)).GroupBy(p => p.process, p => p.probe))
        {
            var writer = new EventWriter(group.Key);
            _writers.Add(writer);
            if (DiagnosticsSocket.Find(group.Key) is { } socket && EventPipeSession.TryStart(socket, Wanted(group), Handler(writer, [.. group])) is { } session)
                _sessions.Add(session);
            else
                _sink.Warn($"the .NET program {group.Key} has ended, or does not let itself be asked for its events");
        }
    }

    /// <summary>Asks for no more, and waits for what is on its way.</summary>
    /// <param name="meanwhile">Done again and again: what programs send must be taken.</param>
    public void Stop(Action meanwhile)
    {
        const int patienceMilliseconds = 5000;
        var threads = _sessions.ConvertAll(s =>
        {
            // It answers when all is written, which we have to read meanwhile.
            var thread = new Thread(s.Stop) { IsBackground = true };
            thread.Start();
            return thread;
        });
        long end = Environment.TickCount64 + patienceMilliseconds;
        while (_sessions.Exists(s => !s.HasEnded) && Environment.TickCount64 < end)
        {
            meanwhile();
            Thread.Sleep(1);
        }

        foreach (var thread in threads)
            thread.Join(1);
        foreach (var session in _sessions)
        {
            if (session.Problem is { } problem)
                _sink.Warn($"process {session.Process}: {problem}");
            if (session.LostCount > 0)
                _sink.Warn($"process {session.Process}: {session.LostCount} events of .NET were lost: the runtime had no room for them");
            if (!session.HasEnded)
                _sink.Warn($"process {session.Process} does not end its events: the last may be missing");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // The memory of a stream that does not end is still written to.
        if (_sessions.TrueForAll(s => s.HasEnded))
            _writers.ForEach(w => w.Dispose());
    }

    /// <summary>The events as they come that are needed.</summary>
    private static List<DotnetEvent> Wanted(IEnumerable<DotnetProbe> probes) =>
        [.. probes.SelectMany(p => p.Plan.Event.Parts.IsEmpty ? [p.Plan.Event] : p.Plan.Event.Parts.Select(n => DotnetEvents.Find(n)!)).Distinct()];

    private NettraceReader.Handler Handler(EventWriter writer, List<DotnetProbe> probes)
    {
        var wanted = Wanted(probes).ToDictionary(e => (e.Provider, e.Id));
        var byEvent = probes.ToLookup(p => p.Plan.Event);
        var composed = probes.Exists(p => !p.Plan.Event.Parts.IsEmpty) ? new ComposedEvents() : null;
        bool failed = false;
        return (in NettraceEvent e) =>
        {
            if (failed || !wanted.TryGetValue((e.Provider, e.Id), out var known))
                return;
            try
            {
                if (byEvent.Contains(known))
                {
                    writer.Begin(e);
                    writer.Fields(known, e.Payload);
                    Run(known);
                }

                if (composed?.Take(known, e) is var (made, fields) && byEvent.Contains(made))
                {
                    writer.Begin(e);
                    writer.Fields(made, fields);
                    Run(made);
                }
            }
            catch (SessionException)
            {
                failed = true;
                _failed();
                throw;
            }
        };

        void Run(DotnetEvent e)
        {
            foreach (var probe in byEvent[e])
                probe.Run(writer.Address);
        }
    }
}
