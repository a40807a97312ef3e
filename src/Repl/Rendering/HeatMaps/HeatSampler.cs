using Ctrace.Compiler;
using Ctrace.Runtime;

namespace Ctrace.Repl.Rendering.HeatMaps;

/// <summary>
/// Looks at a running program's histograms every so often. Queries with <c>every</c> are not looked at: each of their periods is an
/// interval by itself.
/// </summary>
internal sealed class HeatSampler : IDisposable
{
    private const int Milliseconds = 200;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, HeatColumns> _sampled = [], _periods = [];
    private TraceSession? _session;
    private Timer? _timer;
    private bool _ended;
    private double _due;
    private int _ticks;

    /// <summary>For a program.</summary>
    /// <exception cref="RefusedException">It has no histogram.</exception>
    internal HeatSampler(TraceProgram program)
    {
        foreach (var map in HeatColumns.Require(program))
        {
            if (program.Refreshes.FirstOrDefault(r => program.Maps[r.MapIndex].Name == map.Name) is { } refresh)
                _periods[map.Name] = new HeatColumns(map, refresh.Nanoseconds / 1e9);
            else
                _sampled[map.Name] = new HeatColumns(map, Milliseconds / 1e3);
        }
    }

    /// <summary>When tracing began.</summary>
    internal DateTimeOffset Started { get; private set; } = DateTimeOffset.Now;

    /// <summary>The maps, by name.</summary>
    internal IReadOnlyList<HeatColumns> Maps => [.. _sampled.Concat(_periods).OrderBy(m => m.Key, StringComparer.Ordinal).Select(m => m.Value)];

    /// <summary>The session to look at, before it runs.</summary>
    internal void Watch(TraceSession session) => _session = session;

    /// <summary>Tracing begins.</summary>
    internal void Begin()
    {
        Started = DateTimeOffset.Now;
        if (_sampled.Count > 0)
            _timer = new Timer(_ => Tick(), null, Milliseconds, Milliseconds);
    }

    /// <summary>A map is printed.</summary>
    internal void Take(MapSnapshot map)
    {
        if (_periods.TryGetValue(map.Spec.Name, out var columns))
            columns.AddPeriod(map.Rows);
    }

    /// <summary>Tracing has ended: takes what came since the last look.</summary>
    internal void End()
    {
        lock (_lock)
        {
            _ended = true;
            _timer?.Dispose();
            Sample();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _timer?.Dispose();

    private void Tick()
    {
        lock (_lock)
        {
            _ticks++;
            // Later looks are rarer, as the intervals get longer.
            if (_ended || _ticks * Milliseconds / 1e3 < _due)
                return;
            Sample();
        }
    }

    private void Sample()
    {
        foreach (var (name, columns) in _sampled)
            if (_session?.Snapshot(name) is { } snapshot)
                columns.AddTotal(snapshot.Rows);
        _due = (_ticks * Milliseconds / 1e3) + (_sampled.Count == 0 ? 0 : _sampled.Values.First().Seconds) - 0.05;
    }
}
