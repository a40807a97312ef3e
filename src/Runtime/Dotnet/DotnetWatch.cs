using Ctrace.Runtime.Attaching;
using Ctrace.Runtime.Sys;

namespace Ctrace.Runtime.Dotnet;

/// <summary>Looks for .NET programs that start while others are traced: there is no event for it that needs no rights and no probe.</summary>
/// <param name="probes">What is wanted of them.</param>
/// <param name="only">The only process that is traced (<c>-p</c>, <c>-c</c>); 0 for all.</param>
/// <param name="start">Begins with a process, for some probes; false where it does not answer (yet).</param>
internal sealed class DotnetWatch(IReadOnlyList<DotnetProbe> probes, int only, Func<int, List<DotnetProbe>, bool> start) : IDisposable
{
    private const int PeriodMilliseconds = 250, HastyMilliseconds = 5;

    /// <summary>After so long a process is no .NET program, or it would have its socket.</summary>
    private const int GrownUpMilliseconds = 5000;

    private readonly Dictionary<int, long> _seen = [];
    private readonly ManualResetEventSlim _end = new();
    private Thread? _thread;

    /// <summary>Begins to look, unless all are meant by their numbers.</summary>
    /// <param name="known">Those that are traced already.</param>
    public void Start(IReadOnlyCollection<int> known)
    {
        if (only != 0 ? known.Contains(only) : probes.All(p => DotnetProcesses.Number(p.Plan.Process) is not null))
            return;
        foreach (int process in known)
            _seen[process] = 0;
        _thread = new Thread(Look) { IsBackground = true, Name = "ctrace .NET watch" };
        _thread.Start();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _end.Set();
        // It may be waiting for a process that does not answer.
        _thread?.Join();
        _end.Dispose();
    }

    private void Look()
    {
        long begun = Environment.TickCount64, now = begun;
        // A command of -c is to be seen from its beginning.
        while (!_end.Wait(only != 0 && now - begun < GrownUpMilliseconds ? HastyMilliseconds : PeriodMilliseconds))
        {
            now = Environment.TickCount64;
            int[] processes = only != 0 ? [only] : [.. Processes.Others()];
            foreach (int process in processes)
            {
                if (!_seen.TryGetValue(process, out long since))
                    _seen[process] = since = now;
                if (only == 0 && now - since > GrownUpMilliseconds)
                    continue;
                // For all probes at once: what was no .NET program for the first may be one for the next.
                if (DotnetProcesses.NamesOf(process) is not { } names)
                    continue;
                var wanted = probes.Where(p => DotnetProcesses.IsMeant(process, names, p.Plan.Process)).ToList();
                if (wanted.Count == 0)
                    continue;
                // One that has its socket and does not answer may be about to: it is asked again while it is young.
                if (!start(process, wanted))
                    continue;
                _seen[process] = 0;
                if (only != 0)
                    return;
            }

            foreach (int gone in _seen.Keys.Except(processes).ToList())
                _seen.Remove(gone);
        }
    }
}
