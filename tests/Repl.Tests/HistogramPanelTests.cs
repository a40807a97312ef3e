using System.Text;
using Ctrace.Compiler.Values;
using Ctrace.Repl.Rendering;

namespace Ctrace.Repl.Tests;

public class HistogramPanelTests
{
    [Fact]
    public void Histograms_stand_beside_each_other_over_the_same_labels()
    {
        string[] expected =
        [
            "        read            write         ",
            "[0]     5 @@@@@@@@@@@@  0             ",
            "[1]     0               3 @@@@@@@@@@@@",
            "[2, 4)  2 @@@@          1 @@@@        ",
        ];
        Assert.Equal(expected.Select(l => l.TrimEnd()), Draw(38, ("read", [(0, 5), (2, 2)]), ("write", [(1, 3), (2, 1)]))?.Select(l => l.TrimEnd()));
    }

    [Fact]
    public void A_name_that_is_too_long_is_cut()
    {
        var lines = Draw(40, ("a", [(0, 1)]), (new string('x', 90), [(0, 1)]))!;
        Assert.Equal(lines[1].Length, lines[0].Length);
        Assert.EndsWith("…", lines[0]);
    }

    [Theory]
    [InlineData(39, 3)]
    [InlineData(0, 2)]
    [InlineData(200, 1)]
    [InlineData(200, 40)]
    public void Where_there_is_no_room_nothing_is_drawn(int width, int panels) =>
        Assert.Null(Draw(width, [.. Enumerable.Range(0, panels).Select(i => ($"{i}", ((int, ulong)[])[(i, 1UL)]))]));

    private static string[]? Draw(int width, params (string Name, (int Low, ulong Count)[] Buckets)[] panels)
    {
        var output = new ByteWriter();
        bool fits = HistogramPanels.TryWrite(output, [.. panels.Select(p => (Encoding.UTF8.GetBytes(p.Name),
            new HistogramValue([.. p.Buckets.Select(b => new HistogramBucket(b.Low < 2 ? $"[{b.Low}]" : $"[{b.Low}, {b.Low * 2})", b.Low, b.Low + 1, b.Count))])))], width);
        return fits ? Encoding.UTF8.GetString(output.Written).Split('\n', StringSplitOptions.RemoveEmptyEntries) : null;
    }
}
