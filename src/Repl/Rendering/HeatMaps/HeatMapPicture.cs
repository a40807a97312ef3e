using System.Globalization;
using System.Text;
using Ctrace.Compiler.Values;
using Ctrace.Repl.Rendering.Profiles;

namespace Ctrace.Repl.Rendering.HeatMaps;

/// <summary>
/// Histograms over time as pictures: time goes to the right, values go up, and the darker a cell is the more was counted in it. The
/// mouse on a cell says how many; a click on the scale changes between linear and logarithmic shades.
/// </summary>
public static class HeatMapPicture
{
    private const int Left = 150, Plot = 1000, Right = 30, Header = 60, LineHeight = 16, Gap = 46;

    /// <summary>The picture's text.</summary>
    /// <param name="maps">One or more, one below the other.</param>
    /// <param name="started">When the first interval began.</param>
    public static string Write(IReadOnlyList<HeatColumns> maps, DateTimeOffset started)
    {
        var body = new StringBuilder();
        int y = Header, width = Left + Plot + Right;
        foreach (var map in maps)
            y = Draw(body, map, started, y);
        return $$"""
            <?xml version="1.0" encoding="UTF-8"?>
            <svg xmlns="http://www.w3.org/2000/svg" width="{{width}}" height="{{y}}" viewBox="0 0 {{width}} {{y}}" font-family="monospace" font-size="12">
            <style>.c:hover { stroke: #000 } .button { cursor: pointer; fill: #1a5fb4 }</style>
            <rect width="100%" height="100%" fill="#ffffff"/>
            <text x="{{width / 2}}" y="22" font-size="16" text-anchor="middle">{{Svg.Escape(string.Join(", ", maps.Select(m => m.Map.Name)))}} over time</text>
            <text id="scale" class="button" x="{{width - Right}}" y="22" text-anchor="end">shades: logarithmic</text>
            <text id="details" x="{{Left}}" y="44"> </text>
            {{body}}<script><![CDATA[
            {{Script}}
            ]]></script>
            </svg>

            """;
    }

    private const string Script = """
        "use strict";
        const get = id => document.getElementById(id), cells = [...document.querySelectorAll(".c")];
        let linear = false;
        function paint() {
          for (const c of cells) {
            const n = Number(c.dataset.n), most = Number(c.parentNode.dataset.most);
            const part = linear ? n / most : Math.log1p(n) / Math.log1p(most);
            c.setAttribute("fill", `hsl(${Math.round(50 - 50 * part)},90%,${Math.round(88 - 58 * part)}%)`);
          }
          get("scale").textContent = "shades: " + (linear ? "linear" : "logarithmic");
        }
        get("scale").addEventListener("click", () => { linear = !linear; paint(); });
        for (const c of cells) {
          c.addEventListener("mouseover", () => { get("details").textContent = c.children[0].textContent; });
          c.addEventListener("mouseout", () => { get("details").textContent = " "; });
        }
        """;

    private static int Draw(StringBuilder body, HeatColumns map, DateTimeOffset started, int top)
    {
        var rows = map.Whole.Buckets;
        if (rows.IsEmpty)
        {
            Text(body, Left, top + 12, "start", $"{map.Map.Name}: nothing was counted");
            return top + Gap;
        }

        Text(body, 8, top - 4, "start", map.Measure == map.Map.Name ? map.Map.Name : $"{map.Map.Name}: {map.Measure}");
        // A run without an end would have cells of no width.
        double width = Math.Min(40, (double)Plot / map.Count);
        int bottom = top + (rows.Length * LineHeight);
        var columns = Enumerable.Range(0, map.Count).Select(i => map[i]).ToList();
        ulong most = columns.SelectMany(c => c.Buckets).Max(b => b.Count);
        // Beyond the largest signed number several buckets look alike.
        var place = rows.Select((b, i) => (b.Label, Row: i)).DistinctBy(b => b.Label).ToDictionary(b => b.Label, b => b.Row);
        var measure = Units.Of(map.Measure);
        for (int i = 0; i < rows.Length; i++)
            Text(body, Left - 8, bottom - (i * LineHeight) - 4, "end", Label(rows[i], measure));
        body.Append(CultureInfo.InvariantCulture, $"<g class=\"map\" data-most=\"{most}\">\n");
        for (int i = 0; i < columns.Count; i++)
        {
            ulong total = columns[i].Total;
            string time = started.AddSeconds(i * map.Seconds).ToString("HH:mm:ss.f", CultureInfo.InvariantCulture);
            foreach (var bucket in columns[i].Buckets.Where(b => b.Count > 0))
                Cell(body, bucket, Left + (i * width), bottom - ((place[bucket.Label] + 1) * LineHeight), width, most,
                    $"{time} +{Svg.Number(map.Seconds)} s, {Label(bucket, measure)}: {Svg.Count(bucket.Count)} ({Svg.Percent(bucket.Count, total)} of that time)");
        }

        body.Append("</g>\n");
        body.Append(CultureInfo.InvariantCulture, $"<path d=\"M{Left} {top}V{bottom}H{Svg.Number(Left + (columns.Count * width))}\" fill=\"none\" stroke=\"#888\"/>\n");
        int step = Math.Max(1, (int)Math.Ceiling(90 / width));
        for (int i = 0; i < columns.Count && i * width <= Plot - 50; i += step)
            Text(body, (int)(Left + (i * width)), bottom + 16, "start", started.AddSeconds(i * map.Seconds).ToString(map.Seconds < 1 ? "HH:mm:ss.f" : "HH:mm:ss", CultureInfo.InvariantCulture));
        return bottom + Gap;
    }

    private static void Cell(StringBuilder body, HistogramBucket bucket, double x, int y, double width, ulong most, string title)
    {
        double part = Math.Log(1 + (double)bucket.Count) / Math.Log(1 + (double)most);
        body.Append(CultureInfo.InvariantCulture, $"<rect class=\"c\" data-n=\"{bucket.Count}\" x=\"{Svg.Number(x)}\" y=\"{y}\" width=\"{Svg.Number(width)}\" height=\"{LineHeight}\" fill=\"hsl({50 - (int)(50 * part)},90%,{88 - (int)(58 * part)}%)\">");
        body.Append($"<title>{Svg.Escape(title)}</title></rect>\n");
    }

    /// <summary>A bucket's range, with units where they are known.</summary>
    private static string Label(HistogramBucket bucket, Measure measure) => measure is Measure.Duration or Measure.Bytes && bucket is { Low: { } low, High: { } high }
        ? $"[{Encoding.ASCII.GetString(Units.Text(low, true, measure))}, {Encoding.ASCII.GetString(Units.Text(high, true, measure))})" : bucket.Label;

    private static void Text(StringBuilder body, int x, int y, string anchor, string text) =>
        body.Append(CultureInfo.InvariantCulture, $"<text x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\">{Svg.Escape(text)}</text>\n");
}
