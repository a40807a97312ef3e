using System.Diagnostics;
using System.Globalization;
using Ctrace.Compiler;
using Ctrace.Runtime.Attaching;
using Ctrace.Runtime.Loading;

namespace Ctrace.Runtime;

/// <summary>What a probe cost in a run.</summary>
/// <param name="Probe">The probe, or the first of those that its program serves.</param>
/// <param name="Runs">How often its program ran.</param>
/// <param name="Time">How long it took in all, on all CPUs together; the kernel's own measuring, some 50 ns a run, included.</param>
/// <param name="Percent">That time as a share of one CPU, over the whole run.</param>
/// <param name="Detached">Whether it was taken off because it cost too much.</param>
public sealed record ProbeCost(string Probe, long Runs, TimeSpan Time, double Percent, bool Detached)
{
    /// <summary>One line, as <c>-v</c> shows it.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Probe}: {Runs:N0} {(Runs == 1 ? "run" : "runs")}, {Time.TotalMilliseconds:N3} ms in all, {(Runs == 0 ? 0 : Time.TotalNanoseconds / Runs):N0} ns each, {Percent:0.###}% of one CPU{(Detached ? "; detached by --max-cpu" : "")}");
}

/// <summary>
/// Watches what probes cost while they run, and takes those off that cost more than they may. The programs of a span count together: one
/// without the other would be of no use.
/// </summary>
internal sealed class CostWatch : IDisposable
{
    private sealed class Group(string name, List<int> programs)
    {
        public string Name { get; } = name;
        public List<int> Programs { get; } = programs;
        public (ulong Runs, ulong Nanoseconds) Last { get; set; }
        public bool Detached { get; set; }
    }

    private readonly ProbeSet _probes;
    private readonly IReadOnlyList<LoadedProgram> _programs;
    private readonly ITraceSink _sink;
    private readonly double? _limit;
    private readonly ProgramTiming? _timing;
    private readonly List<Group> _groups;
    private readonly long _began = Stopwatch.GetTimestamp();
    private long _looked = Stopwatch.GetTimestamp();

    /// <summary>Begins to measure.</summary>
    /// <param name="program">What runs.</param>
    /// <param name="programs">Its programs in the kernel.</param>
    /// <param name="probes">What makes them run.</param>
    /// <param name="limit">The most of one CPU that a probe may take, in percent; null where it is only told.</param>
    /// <param name="sink">Is told what was taken off.</param>
    /// <exception cref="SessionException">There is a limit, and the kernel can't measure.</exception>
    public CostWatch(TraceProgram program, IReadOnlyList<LoadedProgram> programs, ProbeSet probes, double? limit, ITraceSink sink)
    {
        (_programs, _probes, _limit, _sink) = (programs, probes, limit, sink);
        _timing = ProgramTiming.TryStart();
        if (_timing is null && limit is not null)
            throw new SessionException("--max-cpu: the kernel does not measure what programs cost", "that needs Linux 5.8 or newer, and root (CAP_SYS_ADMIN)");
        var named = program.Attachments.ToLookup(a => a.ProgramIndex);
        _groups = [.. Enumerable.Range(0, program.Programs.Length)
            .GroupBy(i => SharesClause(program, i) ? (program.Programs[i].Span.Start, -1) : (-1, i))
            .Select(g => new Group(Name([.. g.SelectMany(i => named[i]).SelectMany(a => a.ProbeNames).Distinct()]), [.. g]))];
    }

    /// <summary>What each probe cost so far; empty where the kernel does not measure.</summary>
    public IReadOnlyList<ProbeCost> Costs
    {
        get
        {
            double elapsed = Stopwatch.GetElapsedTime(_began).TotalNanoseconds;
            return _timing is null ? [] : [.. _groups.Select(g =>
            {
                var (runs, nanoseconds) = Read(g);
                return new ProbeCost(g.Name, (long)runs, TimeSpan.FromTicks((long)nanoseconds / 100), 100 * nanoseconds / elapsed, g.Detached);
            })];
        }
    }

    /// <summary>Whether nothing is left that could bring anything.</summary>
    public bool IsAllDetached { get; private set; }

    /// <summary>Looks at what came since the last time, and takes off what cost too much. To be called once a second.</summary>
    public void Look()
    {
        double elapsed = Stopwatch.GetElapsedTime(_looked).TotalNanoseconds;
        _looked = Stopwatch.GetTimestamp();
        foreach (var group in _groups)
        {
            var now = Read(group);
            ulong runs = now.Runs - group.Last.Runs, nanoseconds = now.Nanoseconds - group.Last.Nanoseconds;
            group.Last = now;
            double percent = 100 * nanoseconds / elapsed;
            if (_limit is { } limit && percent > limit && !group.Detached)
                Detach(group, runs, nanoseconds, percent, limit);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _timing?.Dispose();

    /// <summary>A program without a name belongs to another one of its clause.</summary>
    private static bool SharesClause(TraceProgram program, int index)
    {
        int clause = program.Programs[index].Span.Start;
        return program.Attachments.Any(a => a.ProbeNames.IsEmpty && program.Programs[a.ProgramIndex].Span.Start == clause);
    }

    private static string Name(List<string> probes) => probes.Count switch
    {
        0 => "a probe",
        1 => probes[0],
        _ => $"{probes[0]} and {probes.Count - 1} more",
    };

    private void Detach(Group group, ulong runs, ulong nanoseconds, double percent, double limit)
    {
        group.Detached = true;
        _probes.Detach(p => group.Programs.Any(i => ReferenceEquals(p.Program, _programs[i])));
        IsAllDetached = _probes.Probes.All(p => p is OneShot or TestProbe || IsDetached(p));
        _sink.Warn(string.Create(CultureInfo.InvariantCulture,
            $"{group.Name} was detached: it took {percent:0.#}% of one CPU in the last second ({runs:N0} runs, {nanoseconds / Math.Max(1, runs)} ns each), more than --max-cpu {limit:0.###}% allows; trace less, with a predicate or by sampling"));
    }

    private bool IsDetached(AttachedProbe probe) => _groups.Any(g => g.Detached && g.Programs.Any(i => ReferenceEquals(probe.Program, _programs[i])));

    private (ulong Runs, ulong Nanoseconds) Read(Group group)
    {
        ulong runs = 0, nanoseconds = 0;
        foreach (int index in group.Programs)
        {
            var statistics = _programs[index].Statistics();
            runs += statistics.RunCount;
            nanoseconds += statistics.RunNanoseconds;
        }

        return (runs, nanoseconds);
    }
}
