using Ctrace.Compiler.Layouts;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Values;
using Ctrace.Repl.Rendering;
using static Ctrace.Repl.Tests.Samples;

namespace Ctrace.Repl.Tests;

/// <summary>Tables and event rows.</summary>
public class TableTests
{
    private static readonly TraceType Name = new StringType(16);

    [Fact]
    public void Several_aggregates_side_by_side()
    {
        var map = Table("@", [Name], ["comm"], ["count", "avg"], 0, 0, true,
            (["bash"], [Number(12), Number(1000)]), (["a-long-name"], [Number(3), Number(-7)]));
        Assert.Equal(
            "comm         count   avg\n" +
            "a-long-name      3    -7\n" +
            "bash            12  1000\n\n",
            Show(s => s.Map(map, 0, 1)));
    }

    [Fact]
    public void Stats_take_three_columns_and_histograms_follow()
    {
        var map = Table("@", [Name], ["comm"], ["stats", "hist"], 0, 0, true,
            (["bash"], [new StatsValue(2, 5, 10, true), Histogram(("[4, 8)", 2))]));
        Assert.Equal(
            "comm  stats.count  stats.avg  stats.total\n" +
            "bash            2          5           10\n\n" +
            "hist[bash]:\n" +
            $"[4, 8)                 2 |{new string('@', 52)}|\n\n",
            Show(s => s.Map(map, 0, 1)));
    }

    [Fact]
    public void Sorted_by_the_column_named_and_cut_to_the_terminal()
    {
        var map = Table("@", [Name], ["comm"], ["n", "m"], 1, 1, true,
            (["a"], [Number(9), Number(1)]), (["b"], [Number(1), Number(2)]));
        Assert.Equal("comm  n  m\nb     1  2\n\n", Show(s => s.Map(map, 0, 1)));
        Assert.Equal("comm  \nb     \n\n", Show(s => s.Map(map, 0, 1), width: 6));
    }

    [Fact]
    public void A_terminal_shows_units_and_thousands()
    {
        var map = Table("@", [Name, TraceType.UInt32], ["comm", "pid"], ["count", "bytes", "p99(duration)"], 0, 0, true,
            (["dd", 12345u], [Number(1234567), Number(3 << 20), Number(45_678)]));
        Assert.Equal("comm    pid      count     bytes  p99(duration)\ndd    12345  1,234,567  3.00 MiB        45.7 us\n\n", Show(s => s.Map(map, 0, 1), width: 100));
        Assert.Equal("comm    pid    count    bytes  p99(duration)\ndd    12345  1234567  3145728          45678\n\n", Show(s => s.Map(map, 0, 1)));
    }

    [Theory]
    [InlineData("duration", 999, "999 ns")]
    [InlineData("max(duration)", 1_000, "1.00 us")]
    [InlineData("avg(args.latency)", 59_900_000_000, "59.9 s")]
    [InlineData("sum(args.bytes)", 1023, "1023 B")]
    [InlineData("size", 1536, "1.50 KiB")]
    [InlineData("count()", 1000, "1,000")]
    [InlineData("args.next_pid", 10000, "10000")]
    [InlineData("count(bytes)", 2048, "2,048")]
    public void A_column_s_name_says_what_it_measures(string column, long value, string text) =>
        Assert.Equal(text, System.Text.Encoding.ASCII.GetString(Units.Text(value, true, Units.Of(column))));

    [Fact]
    public void Keys_stay_on_their_line()
    {
        var map = Table("@", [Name], ["file"], ["n", "m"], 0, 0, true, (["a\n\x1b[b"], [Number(9), Number(1)]));
        Assert.Equal("file       n  m\na\\n\\x1b[b  9  1\n\n", Show(s => s.Map(map, 0, 1)));
    }

    [Fact]
    public void Event_rows_have_one_header_and_shift_only_themselves()
    {
        var (fields, first) = Event((TraceType.UInt32, 12), (Name, "bash"), (new StringType(64), "/etc/passwd"));
        var (_, second) = Event((TraceType.UInt32, 123456789), (Name, "zsh"), (new StringType(64), "a\nb"));
        var rows = new RowEvent(["pid", "comm", "file"], fields);
        Assert.Equal(
            "    pid  comm              file\n" +
            "     12  bash              /etc/passwd\n" +
            "123456789  zsh               a\\nb\n",
            Show(s =>
            {
                s.Event(rows, first);
                s.Event(rows, second);
            }));
        Assert.Equal("    pid  comm\n     12  bash\n", Show(s => s.Event(rows, first), width: 13));
    }

    [Fact]
    public void A_header_wider_than_its_column_widens_it()
    {
        var (fields, record) = Event((TraceType.Bool, 1), (TraceType.Int64, 5));
        Assert.Equal(
            "a_long_name             n\ntrue                    5\n",
            Show(s => s.Event(new RowEvent(["a_long_name", "n"], fields), record)));
    }
}
