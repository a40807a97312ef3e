using Ctrace.Compiler.Symbols;
using Ctrace.Runtime;
using static Ctrace.Repl.Tests.Samples;

namespace Ctrace.Repl.Tests;

/// <summary>Histograms, compared with what bpftrace 0.27.1 drew.</summary>
public class HistogramTests
{
    private const string Full = "@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@";
    private const string Half = "@@@@@@@@@@@@@@@@@@@@@@@@@@                          ";
    private static readonly string None = new(' ', 52);

    private static string Print(MapSnapshot map, int top = 0, long divisor = 1) => Show(s => s.Map(map, top, divisor));

    [Fact]
    public void Labels_counts_and_bars()
    {
        var map = Map("@h", [], ([], Histogram(("(..., 0)", 1), ("[0]", 0), ("[2, 4)", 2))));
        Assert.Equal(
            "@h:\n" +
            $"(..., 0)               1 |{Half}|\n" +
            $"[0]                    0 |{None}|\n" +
            $"[2, 4)                 2 |{Full}|\n\n",
            Print(map));
    }

    [Fact]
    public void Long_labels_and_large_counts()
    {
        Assert.Equal(
            $"@l:\n[1000000, 2000000)       2 |{Full}|\n\n",
            Print(Map("@l", [], ([], Histogram(("[1000000, 2000000)", 2))))));
        Assert.Equal(
            $"@w:\n[4, 8)          10000000 |{Full}|\n[8, 16)                1 |{None}|\n\n",
            Print(Map("@w", [], ([], Histogram(("[4, 8)", 10000000), ("[8, 16)", 1))))));
    }

    [Fact]
    public void Sorted_by_how_much_they_counted()
    {
        var map = Map("@k", [new StringType(8)],
            (["a"], Histogram(("[4, 8)", 2))), (["c"], Histogram(("[4, 8)", 1))), (["b"], Histogram(("[1]", 1))));
        Assert.Equal(
            $"@k[b]:\n[1]                    1 |{Full}|\n\n" +
            $"@k[c]:\n[4, 8)                 1 |{Full}|\n\n" +
            $"@k[a]:\n[4, 8)                 2 |{Full}|\n\n",
            Print(map));
        Assert.StartsWith("@k[a]:\n", Print(map, 1));
    }

    [Fact]
    public void Divided_counts_give_the_bars() =>
        Assert.Equal(
            $"@h:\n[4, 8)                 2 |{Full}|\n[8, 16)                1 |{Half}|\n\n",
            Print(Map("@h", [], ([], Histogram(("[4, 8)", 5), ("[8, 16)", 3)))), 0, 2));

    [Fact]
    public void An_empty_one_is_its_name() => Assert.Equal("@h:\n\n", Print(Map("@h", [], ([], Histogram()))));
}
