using Ctrace.Compiler.Layouts;

namespace Ctrace.Runtime.Reading;

/// <summary>Makes one row of several for the same key.</summary>
internal static class RowMerger
{
    /// <summary>Takes the CPU's number off the keys, and merges what the CPUs have for a key.</summary>
    public static List<MapRow> OfAllCpus(List<MapRow> rows, MapSpec map)
    {
        MapColumn[] columns = [.. map.Shape!.Stored];
        var merged = new List<MapRow>(rows.Count);
        var places = new Dictionary<ReadOnlyMemory<byte>, int>(rows.Count, KeyComparer.Instance);
        foreach (var row in rows)
        {
            var key = row.Key[MapSpec.CpuPrefix..];
            if (places.TryAdd(key, merged.Count))
                merged.Add(new MapRow(key, row.Value));
            else
                merged[places[key]] = Merge(merged[places[key]], row.Value.Span, columns);
        }

        return merged;
    }

    /// <summary>A row with another value of its key merged into it.</summary>
    public static MapRow Merge(MapRow row, ReadOnlySpan<byte> value, MapColumn[] columns)
    {
        byte[] merged = row.Value.ToArray();
        foreach (var column in columns)
            column.Content.Merge(merged.AsSpan(column.Offset, column.Content.Size), value.Slice(column.Offset, column.Content.Size));
        return row with { Value = merged };
    }
}
