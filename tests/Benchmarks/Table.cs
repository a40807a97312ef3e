namespace Ctrace.Benchmarks;

/// <summary>A table in Markdown that is also readable as it is.</summary>
internal sealed class Table(params string[] titles)
{
    private readonly List<string[]> _rows = [];

    public void Add(params string[] cells) => _rows.Add(cells);

    public void Print()
    {
        string[][] all = [titles, .. _rows];
        int[] widths = [.. titles.Select((_, i) => all.Max(r => i < r.Length ? r[i].Length : 0))];
        Print(titles, widths);
        Console.WriteLine("| " + string.Join(" | ", widths.Select((w, i) => i == 0 ? new string('-', Math.Max(w, 3)) : new string('-', Math.Max(w - 1, 2)) + ":")) + " |");
        foreach (string[] row in _rows)
            Print(row, widths);
        Console.WriteLine();
    }

    private static void Print(string[] cells, int[] widths) => Console.WriteLine("| " + string.Join(" | ",
        widths.Select((w, i) => i >= cells.Length ? new string(' ', w) : i == 0 ? cells[i].PadRight(w) : cells[i].PadLeft(w))) + " |");
}
