using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Values;
using Ctrace.Runtime;
using static Ctrace.Repl.Tests.Samples;

namespace Ctrace.Repl.Tests;

/// <summary>Maps look as bpftrace 0.27.1 printed them for the same values.</summary>
public class MapRendererTests
{
    private static readonly TraceType Name = new StringType(16);

    private static string Print(MapSnapshot map, int top = 0, long divisor = 1) => Show(s => s.Map(map, top, divisor));

    [Fact]
    public void A_single_number() => Assert.Equal("@: 42\n", Print(Map("@", [], ([], Number(42)))));

    [Fact]
    public void Nothing_for_an_empty_map() => Assert.Equal("", Print(Map("@a", [Name])));

    [Fact]
    public void Sorted_by_value_then_key() =>
        Assert.Equal(
            "@c[a]: 1\n@c[c]: 1\n@c[b]: 2\n",
            Print(Map("@c", [Name], (["b"], Number(2)), (["c"], Number(1)), (["a"], Number(1)))));

    [Fact]
    public void Negative_numbers_come_first() =>
        Assert.Equal(
            "@s[6]: -1\n@s[5]: 0\n@s[4]: 1\n",
            Print(Map("@s", [TraceType.Int64], ([4L], Number(1)), ([6L], Number(-1)), ([5L], Number(0)))));

    [Fact]
    public void Values_that_are_no_measure_are_sorted_by_key() =>
        Assert.Equal(
            "@str[w]: m\n@str[x]: z\n@str[y]: a\n",
            Print(Map("@str", [Name], (["y"], Text("a")), (["x"], Text("z")), (["w"], Text("m")))));

    [Fact]
    public void Several_keys_and_a_tuple_look_alike()
    {
        Assert.Equal("@d[x, 2]: 5\n", Print(Map("@d", [Name, TraceType.Int64], (["x", 2L], Number(5)))));
        var pair = TupleType.Of([TraceType.Int64, Name]);
        Assert.Equal("@m[1, x]: -4\n", Print(Map("@m", [pair], ([new object[] { 1L, "x" }], Number(-4)))));
        var nested = TupleType.Of([TraceType.Int64, TupleType.Of([TraceType.Int64, TraceType.Int64])]);
        Assert.Equal(
            "@t2[(1, (2, 3)), z]: 4\n",
            Print(Map("@t2", [nested, Name], ([new object[] { 1L, new object[] { 2L, 3L } }, "z"], Number(4)))));
    }

    [Fact]
    public void Values_of_every_shape()
    {
        Assert.Equal("@x: true\n", Print(Map("@x", [], ([], new BoolValue(true)))));
        Assert.Equal("@p: 0x1234\n", Print(Map("@p", [], ([], new AddressValue(0x1234)))));
        Assert.Equal("@u: 18446744073709551611\n", Print(Map("@u", [], ([], new NumberValue(-5, false)))));
        Assert.Equal("@s: a\nb\n", Print(Map("@s", [], ([], Text("a\nb")))));
        var tuple = new TupleValue([Number(1), Text("a"), new TupleValue([Number(2), Number(3)])]);
        Assert.Equal("@t: (1, a, (2, 3))\n", Print(Map("@t", [], ([], tuple))));
        var stats = new StatsValue(1, 5, 5, true);
        Assert.Equal("@e: { .count = 1, .average = 5, .total = 5 }\n", Print(Map("@e", [], ([], stats))));
    }

    [Fact]
    public void Text_that_is_not_utf8_passes_through() =>
        Assert.Equal("@b: \xff\xfe\n", Print(Map("@b", [], ([], new TextValue(new byte[] { 0xff, 0xfe })))));

    [Fact]
    public void Top_keeps_the_largest_and_divides()
    {
        var map = Map("@c", [Name], (["a"], Number(10)), (["b"], Number(20)), (["c"], Number(15)));
        Assert.Equal("@c[c]: 15\n@c[b]: 20\n", Print(map, 2));
        Assert.Equal("@c[b]: 2\n", Print(map, 1, 10));
        Assert.Equal("@n: -2\n", Print(Map("@n", [], ([], Number(-5))), 0, 2));
        Assert.Equal("@t: (10, 20)\n", Print(Map("@t", [], ([], new TupleValue([Number(100), Number(200)]))), 0, 10));
        Assert.Equal(
            "@s: { .count = 1, .average = 10, .total = 100 }\n",
            Print(Map("@s", [], ([], new StatsValue(1, 100, 100, true))), 0, 10));
    }

    [Fact]
    public void A_querys_top_puts_the_largest_first()
    {
        var map = Table("@", [Name], ["comm"], ["count"], 2, 0, false,
            (["a"], [Number(1)]), (["d"], [Number(7)]), (["c"], [Number(7)]), (["b"], [Number(3)]));
        Assert.Equal("@[c]: 7\n@[d]: 7\n", Print(map));
    }

    [Fact]
    public void Stats_are_sorted_by_average() =>
        Assert.Equal(
            "@st[2]: { .count = 3, .average = 1, .total = 30 }\n@st[3]: { .count = 2, .average = 3, .total = 6 }\n",
            Print(Map("@st", [TraceType.Int64],
                ([3L], new StatsValue(2, 3, 6, true)), ([2L], new StatsValue(3, 1, 30, true)))));

    [Fact]
    public void One_entry_alone()
    {
        Assert.Equal("3\n", Show(s => s.Entry(Map("@k", [TraceType.Int64], ([1L], Number(3))))));
    }

    [Fact]
    public void At_the_end_two_line_breaks_as_bpftrace_has_them() => Assert.Equal("\n\n", Show(s => s.Ending()));
}
