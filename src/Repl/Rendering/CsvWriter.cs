using System.Text;
using Ctrace.Compiler.Layouts;
using Ctrace.Compiler.Values;
using Ctrace.Runtime;

namespace Ctrace.Repl.Rendering;

/// <summary>Comma-separated values as RFC 4180 has them: quotes where they are needed, a line feed at the end of a line.</summary>
/// <param name="values">Shows values.</param>
public sealed class CsvWriter(ValueFormatter values)
{
    private readonly ByteWriter _cell = new();

    /// <summary>Writes a whole map: a header, and a line per entry, the largest first. A histogram has a line per bucket.</summary>
    public void Write(ByteWriter output, MapSnapshot map, int top, long divisor)
    {
        var shape = map.Spec.Shape!;
        var rows = MapRows.Choose(map, top);
        if (shape.Top == 0)
            rows.Reverse();
        if (rows.Count == 0)
            return;
        bool hasHistogram = rows[0].Values.Any(v => v is HistogramValue);
        WriteLine(output, [.. shape.KeyNames, .. shape.Columns.SelectMany((c, i) => Names(c.Name == "value" ? map.Spec.Name : c.Name, rows[0].Values[i]))]);
        foreach (var row in rows)
        {
            var divided = row.Values.Select(v => ValueFormatter.Divide(v, divisor)).ToArray();
            string[] keys = [.. row.Keys.Select(Text)];
            if (!hasHistogram)
                WriteLine(output, [.. keys, .. divided.SelectMany(Cells)]);
            else
                foreach (var cells in BucketLines(divided))
                    WriteLine(output, [.. keys, .. cells]);
        }
    }

    /// <summary>Writes a line.</summary>
    public static void WriteLine(ByteWriter output, IReadOnlyList<string> cells)
    {
        for (int i = 0; i < cells.Count; i++)
        {
            if (i > 0)
                output.Write((byte)',');
            output.Write(Quote(cells[i]));
        }

        output.Write((byte)'\n');
    }

    /// <summary>A value as one cell.</summary>
    public string Text(TraceValue value)
    {
        _cell.Clear();
        values.Write(_cell, value);
        return Encoding.UTF8.GetString(_cell.Written).Trim('\n');
    }

    private static string Quote(string cell) =>
        cell.AsSpan().IndexOfAny("\",\n\r") < 0 ? cell : $"\"{cell.Replace("\"", "\"\"")}\"";

    private static IEnumerable<string> Names(string name, TraceValue value) => value switch
    {
        StatsValue => [name + ".count", name + ".avg", name + ".total"],
        HistogramValue => [name + ".bucket", name + ".count"],
        _ => [name],
    };

    private IEnumerable<string> Cells(TraceValue value) => value switch
    {
        StatsValue s => [Text(new NumberValue((long)s.Count, false)), Text(new NumberValue(s.Average, s.Signed)), Text(new NumberValue(s.Total, s.Signed))],
        TimeSeriesValue series => [string.Join(' ', series.Points.Select(p => $"{Timestamp(p.Start)}={Text(p.Value)}"))],
        _ => [Text(value)],
    };

    /// <summary>ISO 8601, in UTC.</summary>
    private static string Timestamp(long nanoseconds) =>
        DateTimeOffset.UnixEpoch.AddTicks(nanoseconds / 100).ToString("yyyy-MM-ddTHH:mm:ss.fffffffZ", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>One line per bucket; what is no histogram is repeated, and shorter histograms leave cells empty.</summary>
    private IEnumerable<IEnumerable<string>> BucketLines(TraceValue[] row)
    {
        int lines = row.OfType<HistogramValue>().Max(h => h.Buckets.Length);
        for (int i = 0; i < lines; i++)
        {
            int line = i;
            yield return row.SelectMany(v => v is not HistogramValue histogram ? Cells(v)
                : line >= histogram.Buckets.Length ? ["", ""]
                : new[] { histogram.Buckets[line].Label, histogram.Buckets[line].Count.ToString(System.Globalization.CultureInfo.InvariantCulture) });
        }
    }
}
