using System.Globalization;
using System.Text;
using Ctrace.Runtime;

namespace Ctrace.Repl.Rendering.HeatMaps;

/// <summary>
/// A heat map that grows downwards (<c>--heatmap -</c>): each time that a histogram is printed, what came since the last time is one line,
/// with a cell for each bucket. A header says again what the cells are when there are others.
/// </summary>
/// <param name="shades">How cells are shown.</param>
/// <param name="clock">Tells the time of a line.</param>
internal sealed class HeatLines(HeatShades shades, TimeProvider clock)
{
    private const int MostRows = 24, CellWidth = 2, TickEvery = 4, HeaderEvery = 20, Kept = 60;

    private readonly Dictionary<string, State> _maps = [];

    /// <summary>Tracing has ended: a map that was not printed before is no histogram over time.</summary>
    internal bool HasEnded { get; set; }

    /// <summary>Writes a line for a map. False where it is to be printed as it is.</summary>
    internal bool TryWrite(ByteWriter output, MapSnapshot map)
    {
        if (!HeatColumns.IsHistogram(map.Spec) || HasEnded && !_maps.ContainsKey(map.Spec.Name))
            return false;
        if (!_maps.TryGetValue(map.Spec.Name, out var state))
            _maps[map.Spec.Name] = state = new State(new HeatColumns(map.Spec, 1, Kept));
        if (map.Spec.IsPeriodic)
            state.Columns.AddPeriod(map.Rows);
        else
            state.Columns.AddTotal(map.Rows);
        var rows = new HeatRows(state.Columns, MostRows);
        string header = Header(state.Columns, rows);
        if (header != state.Header || state.Lines % HeaderEvery == 0)
            output.Write(header);
        state.Header = header;
        state.Lines++;
        var line = new StringBuilder(clock.GetLocalNow().ToString("HH:mm:ss", CultureInfo.InvariantCulture)).Append(" |");
        ulong[] counts = rows.Counts(state.Columns[state.Columns.Count - 1]);
        foreach (ulong count in counts)
            shades.Draw(line, count, rows.Most, CellWidth);
        line.Append("| ").Append(counts.Aggregate(0UL, (a, b) => a + b).ToString("N0", CultureInfo.InvariantCulture)).Append('\n');
        output.Write(line.ToString());
        return true;
    }

    /// <summary>The map's name, and where every fourth cell begins.</summary>
    private static string Header(HeatColumns columns, HeatRows rows)
    {
        var ticks = new StringBuilder();
        for (int i = 0; i < rows.Labels.Count; i += TickEvery)
        {
            string label = rows.Labels[i];
            ticks.Append((label.Length < TickEvery * CellWidth ? label : label[..((TickEvery * CellWidth) - 1)]).PadRight(TickEvery * CellWidth));
        }

        return $"{columns.Title}\n         |{ticks.ToString().TrimEnd()}\n";
    }

    private sealed class State(HeatColumns columns)
    {
        public HeatColumns Columns => columns;

        public string Header { get; set; } = "";

        public int Lines { get; set; }
    }
}
