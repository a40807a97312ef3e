using System.Diagnostics;
using System.Globalization;
using System.Text;
using Ctrace.Compiler.Layouts;
using Ctrace.Compiler.Values;
using Ctrace.Repl.Rendering;
using Ctrace.Repl.Rendering.HeatMaps;
using Ctrace.Runtime;

namespace Ctrace.Repl.Prompting;

/// <summary>The tables of what runs, as lines: a heading for each trace, and below it its maps, the largest entries first.</summary>
internal sealed class LivePanel(Workspace workspace)
{
    private readonly ValueFormatter _values = new(new Clock());
    private readonly List<(Trace Trace, List<string> Lines)> _blocks = [];
    private readonly Dictionary<(Trace Trace, string Map), (HeatColumns Columns, long Taken)> _heat = [];
    private readonly HeatShades _shades = HeatShades.ForTerminal();
    /// <summary>Columns of a terminal up to which a heat map uses them.</summary>
    private const int Widest = 200;

    private long _gathered;
    private (int Width, int Count) _gatheredFor;

    /// <summary>Whether the tables are drawn at all (<c>:top</c> turns them off and on).</summary>
    internal bool IsShown { get; set; } = true;

    /// <summary>Whether histograms are drawn over time (<c>:heat</c>).</summary>
    internal bool ShowsHeat { get; set; }

    /// <summary>The lines for a width, at most so many: every trace keeps its heading for as long as there is room.</summary>
    internal IReadOnlyList<string> Lines(int width, int height)
    {
        var traces = workspace.Traces.Where(t => t.IsAlive).ToList();
        if (traces.Count == 0 || height == 0)
        {
            _gathered = 0;
            return [];
        }

        if (_gathered == 0 || _gatheredFor != (width, traces.Count) || Stopwatch.GetElapsedTime(_gathered).TotalMilliseconds >= workspace.Settings.RefreshMilliseconds - 20)
        {
            _blocks.Clear();
            foreach (var trace in traces)
                _blocks.Add((trace, Block(trace, width)));
            (_gathered, _gatheredFor) = (Stopwatch.GetTimestamp(), (width, traces.Count));
        }

        return Fit(height);
    }

    /// <summary>Has the maps read again when they are next drawn.</summary>
    internal void Invalidate() => _gathered = 0;

    private List<string> Fit(int height)
    {
        var lines = new List<string>();
        // A third of the screen is for what was printed and typed before, unless there is little room anyway.
        int room = height - _blocks.Count;
        int left = _blocks.Count;
        foreach (var (_, block) in _blocks)
        {
            if (lines.Count >= height)
                break;
            int share = Math.Max(0, left > 0 ? room / left : room);
            int take = Math.Min(block.Count - 1, share);
            lines.AddRange(block.Take(1 + take));
            room -= take;
            left--;
        }

        return lines;
    }

    private List<string> Block(Trace trace, int width)
    {
        var lines = new List<string> { Heading(trace, width) };
        if (!IsShown)
            return lines;
        foreach (string name in trace.MapNames)
        {
            try
            {
                if (trace.Snapshot(name) is not { Rows.Count: > 0 } map)
                    continue;
                if (ShowsHeat && HeatColumns.IsHistogram(map.Spec))
                    lines.AddRange(Heat(trace, map, width));
                else
                    AddMap(lines, map, width);
            }
            catch (SessionException e)
            {
                lines.Add(e.Message);
            }
        }

        return lines;
    }

    private static string Heading(Trace trace, int width)
    {
        string state = trace.State switch
        {
            TraceState.Starting => "starting",
            TraceState.Paused => "paused",
            _ => Cost(trace),
        };
        string end = $" {state} ";
        string text = Palette.OneLine(trace.Source.Text, Math.Max(8, width - end.Length - 6));
        int fill = Math.Max(0, width - 4 - text.Length - end.Length);
        return Palette.Paint(trace.Number, $"{trace.Number}│ ", true) + Palette.Highlight(text) + " "
            + Palette.Style("90", new string('─', Math.Max(0, fill - 1)) + end);
    }

    /// <summary>Events and what one costs, as the kernel measured it.</summary>
    internal static string Cost(Trace trace)
    {
        var (runs, nanoseconds) = trace.Cost;
        string text = runs == 0 ? "no event yet" : $"{Number(runs)} events, {nanoseconds / runs} ns each";
        return $"{text}, {Age(trace)}";
    }

    /// <summary>For how long it has run.</summary>
    internal static string Age(Trace trace)
    {
        var age = (trace.Ended ?? DateTime.UtcNow) - trace.Started;
        return age.TotalSeconds < 60 ? $"{(int)age.TotalSeconds} s" : age.TotalMinutes < 60 ? $"{(int)age.TotalMinutes} min {age.Seconds} s" : $"{(int)age.TotalHours} h {age.Minutes} min";
    }

    private void AddMap(List<string> lines, MapSnapshot map, int width)
    {
        var shape = map.Spec.Shape!;
        var output = new ByteWriter(1024);
        int limit = shape.Top > 0 ? Math.Min(shape.Top, workspace.Settings.Rows) : workspace.Settings.Rows;
        bool hasHistogram = HasHistogram(map);
        var (rows, others) = MapRows.ChooseWithOthers(map, hasHistogram && !shape.Keys.IsEmpty ? Math.Min(limit, 3) : limit);
        // As printed, the largest come last; live, they come first.
        rows.Reverse();
        if (shape.Keys.IsEmpty || hasHistogram && !shape.IsTable)
            WritePlain(output, map.Spec.Name, rows);
        else
            new MapTable(_values).Write(output, Named(map.Spec), rows, 1, width, others);
        string text = Encoding.UTF8.GetString(output.Written).TrimEnd('\n');
        foreach (string line in text.Split('\n'))
            lines.Add(Cut(line, width));
        int hidden = map.Rows.Count - rows.Count;
        if (hidden > 0 && shape.Top == 0)
            lines.Add(Palette.Style("90", $"… {Number((ulong)hidden)} more in {map.Spec.Name} (:print {map.Spec.Name})"));
    }

    /// <summary>What came since the last look is one more interval, unless that was only a moment ago.</summary>
    private IEnumerable<string> Heat(Trace trace, MapSnapshot map, int width)
    {
        double seconds = workspace.Settings.RefreshMilliseconds / 1e3;
        if (!_heat.TryGetValue((trace, map.Spec.Name), out var heat) || heat.Columns.Seconds != seconds)
            heat = (new HeatColumns(map.Spec, seconds, HeatPanel.Columns(Widest)), 0);
        if (heat.Taken == 0 || Stopwatch.GetElapsedTime(heat.Taken).TotalSeconds > seconds / 2)
        {
            heat.Columns.AddTotal(map.Rows);
            _heat[(trace, map.Spec.Name)] = (heat.Columns, Stopwatch.GetTimestamp());
        }

        foreach (var ended in _heat.Keys.Where(k => !k.Trace.IsAlive).ToList())
            _heat.Remove(ended);
        return HeatPanel.Draw(heat.Columns, _shades, width);
    }

    private static bool HasHistogram(MapSnapshot map) =>
        map.Spec.Shape!.Columns.Any(c => c.Content.ToValue(new byte[c.Content.Size], map.ProbeNames) is HistogramValue);

    /// <summary>A block's map has no column names: its own name and what it aggregates are what the user knows.</summary>
    private static MapSpec Named(MapSpec spec)
    {
        if (spec.IsQuery)
            return spec;
        var shape = spec.Shape!;
        return spec with { Shape = shape with { Columns = [.. shape.Columns.Select(c => c with { Name = spec.Name })], KeyNames = [.. shape.KeyNames.Select(_ => "")] } };
    }

    private void WritePlain(ByteWriter output, string name, List<DecodedRow> rows)
    {
        var maps = new MapRenderer(_values);
        foreach (var row in rows)
        {
            for (int i = 0; i < row.Values.Length; i++)
            {
                maps.WriteName(output, name, row.Keys);
                output.Write(row.Values[i] is HistogramValue or TimeSeriesValue ? ":\n"u8 : ": "u8);
                _values.Write(output, row.Values[i]);
                output.Write((byte)'\n');
            }
        }
    }

    private static string Cut(string line, int width) => line.Length > width ? line[..width] : line;

    private static string Number(ulong value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
