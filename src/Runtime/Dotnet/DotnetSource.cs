using Ctrace.Runtime.Attaching;

namespace Ctrace.Runtime.Dotnet;

/// <summary>All events of .NET programs that a session wants: one stream for each process, and a program for each event.</summary>
/// <param name="probes">What is wanted.</param>
/// <param name="only">The only process that is traced (<c>-p</c>, <c>-c</c>); 0 for all.</param>
/// <param name="sink">Told of what can't be had.</param>
/// <param name="failed">Called when a program can't be run any more.</param>
internal sealed class DotnetSource(IReadOnlyList<DotnetProbe> probes, int only, ITraceSink sink, Action<SessionException> failed) : IDisposable
{
    private const int PatienceMilliseconds = 5000;

    private readonly List<EventStream> _streams = [];
    private DotnetWatch? _watch;

    /// <summary>Asks for the events.</summary>
    public void Start()
    {
        List<int> known = [.. probes.SelectMany(p => p.Plan.Processes).Where(p => only == 0 || p == only).Distinct()];
        foreach (int process in known)
        {
            // One that has started only now may have been found for some of the probes.
            string[] names = DotnetProcesses.NamesOf(process) ?? [];
            if (!Begin(process, [.. probes.Where(p => p.Plan.Processes.Contains(process) || DotnetProcesses.IsMeant(process, names, p.Plan.Process))]))
                sink.Warn($"the .NET program {process} has ended, or does not let itself be asked for its events");
        }

        _watch = new DotnetWatch(probes, only, Begin);
        _watch.Start(known);
    }

    /// <summary>Asks for no more, and waits for what is on its way.</summary>
    /// <param name="meanwhile">Done again and again: what programs send must be taken.</param>
    public void Stop(Action meanwhile)
    {
        _watch?.Dispose();
        _watch = null;
        foreach (var stream in _streams)
        {
            // It answers when all is written, which has to be read meanwhile.
            new Thread(stream.Session.Stop) { IsBackground = true }.Start();
        }

        long end = Environment.TickCount64 + PatienceMilliseconds;
        while (_streams.Exists(s => !s.Session.HasEnded) && Environment.TickCount64 < end)
        {
            meanwhile();
            Thread.Sleep(1);
        }

        foreach (var session in _streams.Select(s => s.Session))
        {
            if (session.LostCount > 0)
                sink.Warn($"process {session.Process}: {session.LostCount} events of .NET were lost: the runtime had no room for them");
            if (!session.HasEnded)
                sink.Warn($"process {session.Process} does not end its events: the last may be missing");
            else if (session.Problem is { } problem)
                sink.Warn($"process {session.Process}: {problem}");
        }

        Dispose();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _watch?.Dispose();
        _watch = null;
        _streams.ForEach(s => s.Dispose());
        _streams.Clear();
    }

    private bool Begin(int process, List<DotnetProbe> wanted)
    {
        var stream = new EventStream(process, wanted, failed);
        if (!stream.TryStart())
            return false;
        _streams.Add(stream);
        return true;
    }
}
