using System.Globalization;
using System.Text;

namespace Ctrace.Repl.Rendering.HeatMaps;

/// <summary>A heat map that is drawn again and again in the same place: time goes to the right, values go up.</summary>
internal static class HeatPanel
{
    private const int MostRows = 16, CellWidth = 2, Least = 10;

    /// <summary>How many intervals a terminal of this width shows.</summary>
    internal static int Columns(int width) => Math.Max(Least, (width - 24) / CellWidth);

    /// <summary>Its lines.</summary>
    /// <param name="columns">The histogram over time.</param>
    /// <param name="shades">How cells are shown.</param>
    /// <param name="width">Columns of the terminal.</param>
    internal static IEnumerable<string> Draw(HeatColumns columns, HeatShades shades, int width)
    {
        var rows = new HeatRows(columns, MostRows);
        if (rows.Labels.Count == 0)
            return [$"{columns.Map.Name}: nothing was counted"];
        int labels = Math.Max(6, rows.Labels.Max(l => l.Length)), shown = Math.Min(columns.Count, Columns(width));
        var cells = Enumerable.Range(columns.Count - shown, shown).Select(i => rows.Counts(columns[i])).ToList();
        var lines = new List<string> { $"{columns.Title}, {cells[^1].Aggregate(0UL, (a, b) => a + b).ToString("N0", CultureInfo.InvariantCulture)} in the last {Seconds(columns.Seconds)}" };
        for (int row = rows.Labels.Count - 1; row >= 0; row--)
        {
            var line = new StringBuilder(rows.Labels[row].PadLeft(labels)).Append(" |");
            foreach (ulong[] cell in cells)
                shades.Draw(line, cell[row], rows.Most, CellWidth);
            lines.Add(line.ToString());
        }

        string ago = $"-{Seconds(shown * columns.Seconds)}";
        lines.Add(new string(' ', labels + 1) + "+" + (ago + " " + new string('-', Math.Max(0, (shown * CellWidth) - ago.Length - 5)) + " now"));
        return lines;
    }

    private static string Seconds(double seconds) => seconds.ToString("0.#", CultureInfo.InvariantCulture) + " s";
}
