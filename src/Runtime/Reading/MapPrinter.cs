using System.Collections.Immutable;
using Ctrace.Compiler.Layouts;
using Ctrace.Runtime.Loading;

namespace Ctrace.Runtime.Reading;

/// <summary>Makes snapshots of maps for the sink.</summary>
internal sealed class MapPrinter(LoadedTrace trace, ImmutableArray<string> probeNames, ITraceSink sink)
{
    /// <summary>A map by its index in the program.</summary>
    public KernelMap this[int index] => trace.Maps[index];

    /// <summary>All of a map's entries.</summary>
    public MapSnapshot Snapshot(int index, bool clear = false) =>
        new(trace.Maps[index].Spec, new MapReader(trace.Maps[index]).ReadAll(clear), probeNames);

    /// <summary>One entry, if it is there.</summary>
    public MapSnapshot Entry(int index, ReadOnlySpan<byte> key) =>
        new(trace.Maps[index].Spec, new MapReader(trace.Maps[index]).ReadEntry(key), probeNames);

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
