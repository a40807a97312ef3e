using System.Runtime.InteropServices;
using System.Xml.Linq;
using Ctrace.Compiler.Catalog;
using Ctrace.Compiler.Catalog.Aggregations;
using Ctrace.Compiler.Layouts;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Text;
using Ctrace.Compiler.Values;
using Ctrace.Repl.Rendering.HeatMaps;
using Ctrace.Repl.Tests.Profiles;
using Ctrace.Runtime;

namespace Ctrace.Repl.Tests.HeatMaps;

/// <summary>Histograms over time: what goes in is what the picture shows.</summary>
public class HeatMapTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private static HeatColumns Columns(string aggregation = "hist", bool signed = true, double seconds = 1, string name = "hist(duration)")
    {
        var definition = CatalogIndex.FindAggregation(aggregation)!;
        var parameters = definition.Adapt(definition.ReadParameters([], out _) ?? new AggregateParameters(), signed);
        var content = new AggregateContent(definition, parameters, signed);
        var shape = new MapShape([], [], [new MapColumn(name, 0, content)], content.Size, false, 0, 0);
        return new HeatColumns(new MapSpec("@h", BpfMapType.PerCpuArray, 4, content.Size + 8, 1, MapRole.User, shape, default), seconds);
    }

    /// <summary>An entry with so much in some words of its value.</summary>
    private static MapRow[] Row(HeatColumns columns, params (int Word, long Count)[] counts)
    {
        byte[] value = new byte[columns.Map.ValueSize];
        foreach (var (word, count) in counts)
            MemoryMarshal.Cast<byte, long>(value.AsSpan())[word] = count;
        return [new MapRow(default, value)];
    }

    private static string Show(HistogramValue histogram) => string.Join(' ', histogram.Buckets.Where(b => b.Count > 0).Select(b => $"{b.Label}{b.Count}"));

    [Fact]
    public void Each_interval_has_what_came_in_it()
    {
        var columns = Columns();
        columns.AddTotal(Row(columns, (5, 2)));
        columns.AddTotal(Row(columns, (5, 2), (7, 3)));
        columns.AddTotal(Row(columns, (5, 2), (7, 3)));
        // Fewer than before: it was cleared.
        columns.AddTotal(Row(columns, (5, 1)));
        columns.AddPeriod(Row(columns, (6, 9)));
        Assert.Equal(5, columns.Count);
        string[] shown = [.. Enumerable.Range(0, 5).Select(i => Show(columns[i]))];
        Assert.Equal(["", "2", "3", "", "1", "9"], (string[])["", .. shown.Select(s => s.Split(')')[^1])]);
        Assert.Equal(15UL, columns.Whole.Total);
        Assert.Equal(3, columns.Whole.Buckets.Length);
    }

    [Fact]
    public void A_long_run_has_wider_intervals_and_loses_nothing()
    {
        var columns = Columns();
        for (int i = 1; i <= 5000; i++)
            if (i % columns.Seconds == 0 || i == 5000)
                columns.AddTotal(Row(columns, (5, i)));
        Assert.InRange(columns.Count, 150, 299);
        Assert.Equal(32, columns.Seconds);
        Assert.Equal(5000UL, columns.Whole.Total);
        Assert.All(Enumerable.Range(0, columns.Count - 1), i => Assert.Equal(32UL, columns[i].Total));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Percentiles_are_shown_by_quarters_of_a_power_of_two(bool signed)
    {
        var columns = Columns("p99", signed);
        var words = columns.Map.ValueSize / 8 - 1;
        // Zero is never counted below zero.
        columns.AddTotal(Row(columns, [.. Enumerable.Range(0, words).Where(i => i != 976).Select(i => (i, 1L))]));
        Assert.Equal((ulong)(signed ? words - 1 : words), columns.Whole.Total);
        // The buckets' own values: 0, 1, 2, 3, then four to a power of two.
        Assert.Equal(["[0, 1)1", "[1, 2)1", "[2, 3)1", "[3, 4)1", "[4, 5)1", "[5, 6)1", "[6, 7)1", "[7, 8)1", "[8, 10)2"], columns.Whole.Buckets.Where(b => b.Low >= 0).Take(9).Select(b => $"{b.Label}{b.Count}"));
        if (signed)
            Assert.Contains(columns.Whole.Buckets, b => b.Label == "[-9, -7)" && b.Count == 2);
        HeatMapPicture.Write([columns], Noon);
    }

    [Fact]
    public void The_picture_s_cells_are_the_counts()
    {
        var columns = Columns();
        columns.AddTotal(Row(columns, (12, 4), (13, 1)));
        columns.AddTotal(Row(columns, (12, 4), (13, 1), (15, 10)));
        var cells = XDocument.Parse(HeatMapPicture.Write([columns, Columns()], Noon)).Descendants().Where(e => (string?)e.Attribute("class") == "c").ToList();
        Assert.Equal(["4", "1", "10"], cells.Select(c => c.Attribute("data-n")!.Value));
        Assert.Equal(15, columns.Whole.Buckets.Select(b => (long)b.Count).Sum());
        Assert.StartsWith("12:00:01.0 +1 s, [", cells[2].Value);
        Assert.EndsWith(": 10 (100% of that time)", cells[2].Value);
        // A duration's bounds have units.
        Assert.Contains(" us, ", cells[2].Value);
        double X(int i) => (double)cells[i].Attribute("x")!;
        double Y(int i) => (double)cells[i].Attribute("y")!;
        Assert.True(X(0) == X(1) && X(2) > X(0) && Y(1) < Y(0) && Y(2) < Y(1));
    }

    [BrowserFact]
    public void A_browser_shows_it_and_the_shades_can_be_changed()
    {
        var columns = Columns();
        columns.AddTotal(Row(columns, (12, 4), (13, 1)));
        string answer = Browser.Run(HeatMapPicture.Write([columns], Noon), """
            const cell = document.querySelector(".c"), before = cell.getAttribute("fill");
            cell.dispatchEvent(new MouseEvent("mouseover"));
            get("scale").dispatchEvent(new MouseEvent("click"));
            return [cells.length, before, cells[1].getAttribute("fill"), get("scale").textContent, get("details").textContent.length > 20].join(" | ");
            """);
        Assert.Equal("2 | hsl(0,90%,30%) | hsl(38,90%,74%) | shades: linear | true", answer);
    }
}
