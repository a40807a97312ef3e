using Ctrace.Compiler.Layouts;
using Ctrace.Compiler.Values;
using Ctrace.Runtime;

namespace Ctrace.Repl.Rendering;

/// <summary>One entry of a map, decoded.</summary>
/// <param name="Keys">The key's parts.</param>
/// <param name="Values">The value's columns.</param>
public sealed record DecodedRow(TraceValue[] Keys, TraceValue[] Values);

/// <summary>Decodes, sorts and picks a map's rows.</summary>
public static class MapRows
{
    /// <summary>The rows to show, in the order in which they are shown.</summary>
    /// <param name="map">The map.</param>
    /// <param name="top">As <c>print</c> was told: that many of the largest, smallest of them first; 0 for the map's own way.</param>
    public static List<DecodedRow> Choose(MapSnapshot map, int top)
    {
        var shape = map.Spec.Shape!;
        var rows = new List<DecodedRow>(map.Rows.Count);
        foreach (var row in map.Rows)
            rows.Add(Decode(shape, row, map.ProbeNames, map.Seconds));
        rows.Sort((a, b) => Compare(shape, a, b));

        int keep = top > 0 ? top : shape.Top > 0 ? shape.Top : rows.Count;
        if (keep < rows.Count)
            rows.RemoveRange(0, rows.Count - keep);
        if (top == 0 && shape.Top > 0)
            rows.Reverse();
        return rows;
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
        return new DecodedRow(keys, values);
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
