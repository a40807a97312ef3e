using Ctrace.Compiler.Symbols;
using Ctrace.Repl.Rendering;
using Ctrace.Runtime;

namespace Ctrace.Repl.Tests;

public class SparklineTests
{
    [Fact]
    public void Each_key_has_its_last_periods_behind_it()
    {
        var lines = new Sparklines(isUnicode: true);
        foreach (var (a, b) in new[] { (1, 80), (2, 0), (8, 40) })
            lines.Add(Period(("a", a), ("b", b)));
        Assert.Equal("▂▃█", Draw(lines, "a"));
        Assert.Equal("█▁▅", Draw(lines, "b"));
    }

    [Fact]
    public void A_key_that_comes_later_had_nothing_before_and_is_forgotten_in_time()
    {
        var lines = new Sparklines(isUnicode: false);
        lines.Add(Period(("a", 5)));
        Assert.Equal("", Draw(lines, "a"));
        lines.Add(Period(("a", 5), ("new", 3)));
        Assert.Equal("_@", Draw(lines, "new"));
        for (int i = 0; i < Sparklines.Periods; i++)
            lines.Add(Period(("a", i)));
        Assert.Equal("", Draw(lines, "new"));
        Assert.Equal(Sparklines.Periods, Draw(lines, "a").Length);
    }

    private static MapSnapshot Period(params (string Key, long Value)[] entries) => Samples.Map("@", [new StringType(8)], [.. entries.Select(e => (new object[] { e.Key }, Samples.Number(e.Value)))]);

    private static string Draw(Sparklines lines, string key)
    {
        var map = Period((key, 1));
        return lines.Draw(map.Spec, MapRows.Choose(map, 0)[0]);
    }
}
