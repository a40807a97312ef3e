using System.Globalization;
using System.Text;
using Ctrace.Compiler.Values;
using Ctrace.Runtime;

namespace Ctrace.Repl.Rendering;

/// <summary>Maps as bar charts, in one picture: a bar for each of the largest entries, or for each bucket of a histogram.</summary>
public static class SvgWriter
{
    private const int MostBars = 40, LabelWidth = 320, BarWidth = 420, LineHeight = 20, Margin = 16, Width = (2 * Margin) + LabelWidth + BarWidth + 120;

    /// <summary>The picture.</summary>
    public static string Write(IReadOnlyList<MapSnapshot> maps)
    {
        var body = new StringBuilder();
        int y = Margin;
        foreach (var map in maps)
            foreach (var (title, bars) in Charts(map))
                y = Chart(body, y, title, bars);
        return $"""
            <svg xmlns="http://www.w3.org/2000/svg" width="{Width}" height="{y}" viewBox="0 0 {Width} {y}" font-family="monospace" font-size="13">
            <rect width="100%" height="100%" fill="#ffffff"/>
            {body}</svg>

            """;
    }

    private static IEnumerable<(string Title, List<(string Label, double Value, string Text)> Bars)> Charts(MapSnapshot map)
    {
        var shape = map.Spec.Shape!;
        var csv = new CsvWriter(new ValueFormatter(new Clock(), map.Symbols));
        var rows = MapRows.Choose(map, shape.Top > 0 ? shape.Top : MostBars);
        rows.Reverse();
        for (int i = 0; i < shape.Columns.Length; i++)
        {
            int column = i;
            string name = shape.Columns.Length > 1 || map.Spec.IsQuery ? $"{map.Spec.Name}: {shape.Columns[i].Name}" : map.Spec.Name;
            var bars = new List<(string, double, string)>();
            foreach (var row in rows)
            {
                string label = string.Join(", ", row.Keys.Select(csv.Text));
                switch (row.Values[column])
                {
                    case HistogramValue histogram:
                        yield return (label.Length > 0 ? $"{name} [{label}]" : name,
                            [.. histogram.Buckets.Select(b => (b.Label, (double)b.Count, b.Count.ToString("N0", CultureInfo.InvariantCulture)))]);
                        break;
                    case TimeSeriesValue series:
                        yield return (label.Length > 0 ? $"{name} [{label}]" : name,
                            [.. series.Points.Select(p => (DateTimeOffset.UnixEpoch.AddTicks(p.Start / 100).ToLocalTime().ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture), (double)((NumberValue)p.Value).Bits, csv.Text(p.Value)))]);
                        break;
                    case NumberValue number:
                        bars.Add((label, number.Signed ? number.Bits : (ulong)number.Bits, csv.Text(number)));
                        break;
                    case StatsValue stats:
                        bars.Add((label, stats.Signed ? stats.Average : (ulong)stats.Average, csv.Text(stats)));
                        break;
                    case var other:
                        bars.Add((label, 0, csv.Text(other)));
                        break;
                }
            }

            if (bars.Count > 0)
                yield return (name, bars);
        }
    }

    private static int Chart(StringBuilder body, int y, string title, List<(string Label, double Value, string Text)> bars)
    {
        Text(body, Margin, y += LineHeight, title, "font-weight=\"bold\"");
        double largest = Math.Max(1, bars.Max(b => b.Value));
        foreach (var (label, value, text) in bars)
        {
            y += LineHeight;
            string size = (Math.Max(0, value) / largest * BarWidth).ToString("F1", CultureInfo.InvariantCulture);
            int x = Margin + LabelWidth + 8;
            Text(body, Margin + LabelWidth, y, Cut(label), "text-anchor=\"end\"");
            body.Append(CultureInfo.InvariantCulture, $"<rect x=\"{x}\" y=\"{y - 12}\" width=\"{size}\" height=\"15\" fill=\"#3b82c4\"/>\n");
            Text(body, x + (int)(Math.Max(0, value) / largest * BarWidth) + 6, y, Cut(text), "");
        }

        return y + LineHeight;
    }

    private static string Cut(string text) => text.Length > 40 ? text[..39] + "…" : text;

    private static void Text(StringBuilder body, int x, int y, string text, string attributes)
    {
        var safe = new StringBuilder();
        foreach (char c in text)
            safe.Append(c switch { '<' => "&lt;", '>' => "&gt;", '&' => "&amp;", '"' => "&quot;", _ when char.IsControl(c) || char.IsSurrogate(c) => "?", _ => c.ToString() });
        body.Append(CultureInfo.InvariantCulture, $"<text x=\"{x}\" y=\"{y}\" {attributes}>{safe}</text>\n");
    }
}
