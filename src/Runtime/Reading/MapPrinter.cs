using System.Collections.Immutable;
using System.Diagnostics;
using Ctrace.Compiler.Layouts;
using Ctrace.Compiler.Values;
using Ctrace.Runtime.Loading;
using Ctrace.Runtime.Symbols;
using Ctrace.Runtime.Sys;

namespace Ctrace.Runtime.Reading;

/// <summary>Makes snapshots of maps for the sink.</summary>
internal sealed class MapPrinter(LoadedTrace trace, ImmutableArray<string> probeNames, ITraceSink sink, Symbolizer symbols)
{
    private readonly Dictionary<int, long> _since = [];
    private readonly PeriodBaselines _baselines = new();
    private long _began = Stopwatch.GetTimestamp();

    /// <summary>The kernel's maps that are one map for the user: itself, perhaps one for keys with short texts, perhaps the twins of these.</summary>
    public IEnumerable<KernelMap> Parts(int index) => trace.Maps[index].Spec.Twin is { } twin ? [.. Half(index), .. Half(twin.Map)] : Half(index);

    private IEnumerable<KernelMap> Half(int index) =>
        trace.Maps[index].Spec.ShortKeys is >= 0 and var part ? [trace.Maps[index], trace.Maps[part]] : [trace.Maps[index]];

    /// <summary>All of a map's entries.</summary>
    /// <param name="index">Index in the program.</param>
    /// <param name="clear">Whether they are removed as they are read.</param>
    /// <param name="evenUnset">Whether a map without a key counts as zero before it was set: when the program asks for it by name.</param>
    public MapSnapshot Snapshot(int index, bool clear = false, bool evenUnset = false)
    {
        var snapshot = SincePeriod(index, Gather(index, part => new MapReader(part).ReadAll(clear, evenUnset && !HasHistogram(part.Spec))));
        if (clear)
            Cleared(index);
        return snapshot;
    }

    /// <summary>What has come in the period that ends now; a new one begins.</summary>
    /// <param name="index">Index in the program.</param>
    public MapSnapshot TakePeriod(int index)
    {
        var spec = trace.Maps[index].Spec;
        if (spec.Twin is { } twin)
            return TakeTurn(index, twin);
        var all = Gather(index, part => new MapReader(part).ReadAll(false, false));
        var period = SincePeriod(index, all);
        _baselines.Begin(index, all.Rows);
        _since[index] = Stopwatch.GetTimestamp();
        return period;
    }

    /// <summary>Has programs go on with the twin; when none is left that began before, what the other has is the period's.</summary>
    private MapSnapshot TakeTurn(int index, MapTwin twin)
    {
        bool second = new MapTurns(trace.Find(MapRole.Turns)!).Switch(twin.TurnOffset);
        long now = Stopwatch.GetTimestamp(), since = _since.GetValueOrDefault(index, _began);
        _since[index] = now;
        Quiescence.AwaitGracePeriod();
        var rows = Half(second ? twin.Map : index).SelectMany(part => new MapReader(part).ReadAll(clear: true)).ToList();
        return Show(index, rows) with { Seconds = Stopwatch.GetElapsedTime(since, now).TotalSeconds };
    }

    private MapSnapshot SincePeriod(int index, MapSnapshot snapshot) => snapshot with { Rows = _baselines.Subtract(index, snapshot.Spec, snapshot.Rows) };

    /// <summary>Tracing begins now: rates count from here.</summary>
    public void Begin() => _began = Stopwatch.GetTimestamp();

    /// <summary>A map's values begin anew.</summary>
    public void Cleared(int index)
    {
        _since[index] = Stopwatch.GetTimestamp();
        _baselines.Forget(index);
    }

    /// <summary>A histogram of nothing shows nothing.</summary>
    private bool HasHistogram(MapSpec spec) =>
        spec.Shape!.Columns.Any(c => c.Content.ToValue(new byte[c.Content.Size], probeNames) is HistogramValue);

    /// <summary>One entry, if it is there. A key with a long text is in no map of short ones, since those end in a NUL.</summary>
    public MapSnapshot Entry(int index, ReadOnlySpan<byte> key)
    {
        byte[] bytes = key.ToArray();
        if (trace.Maps[index].Spec.KeysPerCpu)
        {
            var all = Gather(index, part => new MapReader(part).ReadAll());
            return SincePeriod(index, all with { Rows = [.. all.Rows.Where(row => row.Key.Span.TrimEnd((byte)0).SequenceEqual(bytes.AsSpan().TrimEnd((byte)0)))] });
        }

        return SincePeriod(index, Gather(index, part => new MapReader(part).ReadEntry(bytes.AsSpan(0, part.Spec.KeySize is var size && bytes.Length > size ? size : bytes.Length)), bytes));
    }

    private MapSnapshot Gather(int index, Func<KernelMap, List<MapRow>> read, byte[]? key = null)
    {
        var parts = Parts(index).Select(read).ToList();
        return Show(index, parts.Count == 1 ? parts[0] : [.. parts.SelectMany(rows => rows)], key);
    }

    private MapSnapshot Show(int index, List<MapRow> rows, byte[]? key = null)
    {
        var spec = trace.Maps[index].Spec;
        if (spec.KeysPerCpu)
            rows = RowMerger.OfAllCpus(rows, spec);
        if (spec.Front is { } front)
            FrontTableReader.AddTo(rows, spec, front, trace.Maps[front.Map], key);
        return new(spec, rows, probeNames) { Seconds = Stopwatch.GetElapsedTime(_since.GetValueOrDefault(index, _began)).TotalSeconds, Symbols = symbols };
    }

    /// <summary>Hands all of the user's maps that have an entry to the sink, in the order of their names.</summary>
    public void PrintAll()
    {
        var indices = Enumerable.Range(0, trace.Maps.Count)
            .Where(i => trace.Maps[i].Spec.Role == MapRole.User)
            .OrderBy(i => trace.Maps[i].Spec.Name, StringComparer.Ordinal);
        foreach (int index in indices)
        {
            var snapshot = Snapshot(index);
            if (snapshot.Rows.Count > 0)
                sink.Map(snapshot, 0, 1);
        }
    }
}
