using System.Text;
using Ctrace.Compiler.Layouts;
using Ctrace.Compiler.Values;
using Ctrace.Runtime;

namespace Ctrace.Repl.Rendering;

/// <summary>One entry of a map, decoded.</summary>
/// <param name="Keys">The key's parts.</param>
/// <param name="Values">The value's columns.</param>
public sealed record DecodedRow(TraceValue[] Keys, TraceValue[] Values)
{
    /// <summary>The value's bytes, for merging it with others.</summary>
    internal ReadOnlyMemory<byte> Stored { get; init; }

    /// <summary>The key's bytes; empty for what stands for several.</summary>
    internal ReadOnlyMemory<byte> StoredKey { get; init; }
}

/// <summary>Decodes, sorts and picks a map's rows.</summary>
public static class MapRows
{
    /// <summary>The rows to show, in the order in which they are shown.</summary>
    /// <param name="map">The map.</param>
    /// <param name="top">As <c>print</c> was told: that many of the largest, smallest of them first; 0 for the map's own way.</param>
    public static List<DecodedRow> Choose(MapSnapshot map, int top) => ChooseWithOthers(map, top).Rows;

    /// <summary>The same, and what a query's <c>top</c> leaves out as one row, under the name "others"; null where it leaves none out.</summary>
    public static (List<DecodedRow> Rows, DecodedRow? Others) ChooseWithOthers(MapSnapshot map, int top)
    {
        var shape = map.Spec.Shape!;
        var rows = new List<DecodedRow>(map.Rows.Count);
        foreach (var row in map.Rows)
            rows.Add(Decode(shape, row, map.ProbeNames, map.Seconds));
        rows.Sort((a, b) => Compare(shape, a, b));

        int keep = top > 0 ? top : shape.Top > 0 ? shape.Top : rows.Count;
        bool isQuery = map.Spec.IsQuery && shape.Top > 0 && keep == shape.Top;
        var others = isQuery && keep < rows.Count ? Merge(shape, rows[..^keep], map) : null;
        if (keep < rows.Count)
            rows.RemoveRange(0, rows.Count - keep);
        if (top == 0 && shape.Top > 0)
            rows.Reverse();
        return (rows, others);
    }

    private static DecodedRow Merge(MapShape shape, List<DecodedRow> rows, MapSnapshot map)
    {
        byte[] merged = rows[0].Stored.ToArray();
        foreach (var row in rows[1..])
            foreach (var column in shape.Stored)
                column.Content.Merge(merged.AsSpan(column.Offset, column.Content.Size), row.Stored.Span.Slice(column.Offset, column.Content.Size));
        var keys = new TraceValue[shape.Keys.Length];
        for (int i = 0; i < keys.Length; i++)
            keys[i] = new TextValue(Encoding.UTF8.GetBytes(i == 0 ? $"others ({rows.Count})" : ""));
        var values = shape.Columns.Select(c => PerSecond(DecodeColumn(c, merged, map.ProbeNames), map.Seconds));
        return new DecodedRow(keys, [.. values]) { Stored = merged };
    }

    /// <summary>Decodes one entry.</summary>
    public static DecodedRow Decode(MapShape shape, MapRow row, IReadOnlyList<string> probeNames, double seconds = 1)
    {
        var keys = new TraceValue[shape.Keys.Length];
        for (int i = 0; i < keys.Length; i++)
            keys[i] = ValueDecoder.Decode(shape.Keys[i].Type, row.Key.Span[shape.Keys[i].Offset..], probeNames);
        var values = new TraceValue[shape.Columns.Length];
        for (int i = 0; i < values.Length; i++)
            values[i] = PerSecond(DecodeColumn(shape.Columns[i], row.Value.Span, probeNames), seconds);
        return new DecodedRow(keys, values) { Stored = row.Value, StoredKey = row.Key };
    }

    private static TraceValue PerSecond(TraceValue value, double seconds) => value is RateValue rate
        ? new DecimalValue((rate.Signed ? rate.Total : (double)(ulong)rate.Total) / Math.Max(seconds, 1e-9)) : value;

    /// <summary>Decodes one column of a value.</summary>
    public static TraceValue DecodeColumn(MapColumn column, ReadOnlySpan<byte> value, IReadOnlyList<string> probeNames) =>
        column.Content.ToValue(value.Slice(column.Offset, column.Content.Size), probeNames);

    private static int Compare(MapShape shape, DecodedRow left, DecodedRow right)
    {
        if (shape.SortColumn < 0)
        {
            int key = -1 - shape.SortColumn;
            if (ValueOrder.Compare(left.Keys[key], right.Keys[key]) is var byKey and not 0)
                return byKey;
        }
        else if (ValueOrder.IsMeasure(left.Values[shape.SortColumn])
            && ValueOrder.Compare(left.Values[shape.SortColumn], right.Values[shape.SortColumn]) is var byValue and not 0)
        {
            return byValue;
        }

        for (int i = 0; i < left.Keys.Length; i++)
            if (ValueOrder.Compare(left.Keys[i], right.Keys[i]) is var byKey and not 0)
                // Reversed where the largest come first, so that equal rows stand in the order of their keys there too.
                return shape.Top > 0 ? -byKey : byKey;
        return 0;
    }
}
