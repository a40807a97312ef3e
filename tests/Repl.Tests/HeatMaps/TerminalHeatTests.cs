using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using Ctrace.Compiler;
using Ctrace.Compiler.Catalog;
using Ctrace.Compiler.Catalog.Aggregations;
using Ctrace.Compiler.Layouts;
using Ctrace.Repl.Rendering;
using Ctrace.Repl.Rendering.HeatMaps;
using Ctrace.Runtime;

namespace Ctrace.Repl.Tests.HeatMaps;

/// <summary>Histograms over time in a terminal: what was counted is where it should be, whatever the terminal can show.</summary>
public partial class TerminalHeatTests
{
    private static readonly MapSpec Map = MakeMap();

    private static MapSpec MakeMap()
    {
        var definition = CatalogIndex.FindAggregation("hist")!;
        var content = new AggregateContent(definition, definition.Adapt(definition.ReadParameters([], out _) ?? new AggregateParameters(), false), false);
        var shape = new MapShape([], [], [new MapColumn("hist(duration)", 0, content)], content.Size, false, 0, 0);
        return new MapSpec("@h", BpfMapType.PerCpuArray, 4, content.Size + 8, 1, MapRole.User, shape, default);
    }

    /// <summary>What the map has after so many values in some of its words.</summary>
    private static MapSnapshot Snapshot(params (int Word, long Count)[] counts)
    {
        byte[] value = new byte[Map.ValueSize];
        foreach (var (word, count) in counts)
            MemoryMarshal.Cast<byte, long>(value.AsSpan())[word] = count;
        return new MapSnapshot(Map, [new MapRow(default, value)], []);
    }

    private static string[] Lines(HeatShades shades, params MapSnapshot[] printed)
    {
        var lines = new HeatLines(shades, TimeProvider.System);
        var output = new ByteWriter();
        foreach (var map in printed)
            Assert.True(lines.TryWrite(output, map));
        return Encoding.UTF8.GetString(output.Written).TrimEnd('\n').Split('\n');
    }

    [Fact]
    public void A_line_has_what_came_since_the_last()
    {
        string[] lines = Lines(new HeatShades(false, 0), Snapshot((5, 2)), Snapshot((5, 2), (7, 300)), Snapshot((5, 3), (7, 300)));
        string[] cells = [.. lines.Where(l => l.Length > 8 && char.IsAsciiDigit(l[0])).Select(l => l[(l.IndexOf('|') + 1)..])];
        Assert.Equal(3, cells.Length);
        Assert.Equal("@@| 2", cells[0]);
        // Three buckets: nothing in the first two, all in the last.
        Assert.Equal("    @@| 300", cells[1]);
        // One beside three hundred is a light shade.
        Assert.Matches(@"^(\.\.|::|--)    \| 1$", cells[2]);
    }

    [Fact]
    public void The_header_comes_again_when_there_are_other_buckets()
    {
        string[] lines = Lines(new HeatShades(false, 0), Snapshot((5, 2)), Snapshot((5, 4)), Snapshot((5, 4), (9, 1)));
        Assert.Equal(2, lines.Count(l => l == "@h hist(duration)"));
        Assert.Contains("ns", lines[1]);
    }

    [Theory]
    [InlineData(true, 256)]
    [InlineData(true, 16)]
    [InlineData(false, 16)]
    [InlineData(true, 0)]
    public void Colours_take_no_room_and_are_put_back(bool isUnicode, int colours)
    {
        string line = Lines(new HeatShades(isUnicode, colours), Snapshot((5, 1), (6, 10), (7, 100)))[^1];
        Assert.Equal(colours > 0 ? 3 : 0, Sgr().Count(line) / 2);
        Assert.Equal(Sgr().Count(line) / 2, Regex.Count(line, Regex.Escape("\x1b[0m")));
        string plain = Sgr().Replace(line, "");
        Assert.Equal(6, plain[(plain.IndexOf('|') + 1)..plain.LastIndexOf('|')].Length);
        Assert.EndsWith(isUnicode ? "██| 111" : "@@| 111", plain);
    }

    [Fact]
    public void What_was_never_printed_before_the_end_is_no_heat_map()
    {
        var lines = new HeatLines(new HeatShades(false, 0), TimeProvider.System) { HasEnded = true };
        Assert.False(lines.TryWrite(new ByteWriter(), Snapshot((5, 2))));
    }

    [Fact]
    public void The_panel_keeps_the_last_intervals_and_fits()
    {
        var columns = new HeatColumns(Map, 1, HeatPanel.Columns(80));
        for (int i = 1; i <= 500; i++)
            columns.AddTotal(Snapshot((4, i), (6 + (i % 3), i)).Rows);
        Assert.Equal(HeatPanel.Columns(80), columns.Count);
        string[] panel = [.. HeatPanel.Draw(columns, new HeatShades(false, 0), 80)];
        Assert.All(panel, line => Assert.InRange(line.Length, 1, 80));
        // One came in the lowest bucket in each interval.
        string lowest = panel[^2][(panel[^2].IndexOf('|') + 1)..];
        Assert.Equal(2 * columns.Count, lowest.Length);
        Assert.DoesNotContain(' ', lowest);
        Assert.EndsWith("now", panel[^1]);
        Assert.StartsWith("@h hist(duration), ", panel[0]);
    }

    [Fact]
    public void Many_buckets_are_put_together()
    {
        var columns = new HeatColumns(Map, 1, 10);
        columns.AddTotal(Snapshot([.. Enumerable.Range(2, 40).Select(i => (i, 1L))]).Rows);
        var rows = new HeatRows(columns, 16);
        Assert.InRange(rows.Labels.Count, 8, 16);
        Assert.Equal(40UL, rows.Counts(columns[0]).Aggregate(0UL, (a, b) => a + b));
    }

    [GeneratedRegex("\x1b\\[[0-9;]*m")]
    private static partial Regex Sgr();
}
