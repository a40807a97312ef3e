using System.Globalization;
using Ctrace.Compiler.Targets;
using Ctrace.Compiler.Values;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>Quantiles, numbers of different values, rates, first and last, against what is known of the workload.</summary>
public class QuantileTests
{
    private const string Seeks = "tracepoint:syscalls:sys_enter_lseek /tid == $1 && (int32)args.fd == -1/ ";

    public static TheoryData<string, long[]> Sets()
    {
        var random = new Random(17);
        return new()
        {
            { "uniform", [.. Enumerable.Range(0, 4000).Select(_ => random.NextInt64(0, 1_000_000))] },
            { "exponential", [.. Enumerable.Range(0, 4000).Select(_ => (long)(-Math.Log(1 - random.NextDouble()) * 50_000))] },
            { "constant", [.. Enumerable.Repeat(12345L, 100)] },
            { "two spikes", [.. Enumerable.Range(0, 2000).Select(i => i % 10 == 0 ? 7_000_000L : 90)] },
            { "small", [.. Enumerable.Range(0, 32).Select(i => (long)i)] },
            { "whole range", [.. Enumerable.Range(0, 4000).Select(_ => random.NextInt64(long.MinValue, long.MaxValue) >> random.Next(0, 63)), long.MinValue, long.MaxValue, 0, -1] },
        };
    }

    [KernelTheory]
    [MemberData(nameof(Sets))]
    public void Quantiles_are_near_the_exact_ones(string name, long[] values)
    {
        var t = Traced.Run(Seeks + "< p10((int64)args.offset), p50((int64)args.offset), p90((int64)args.offset), p99((int64)args.offset), quantile((int64)args.offset, 0.999) as q, count(), " +
            "max((int64)args.offset) > " + Seeks + "{ @u = p50(args.offset); @k[args.whence] = p90((int64)args.offset); }", () =>
        {
            for (int i = 0; i < values.Length; i++)
                Native.Lseek(values[i], i % 2);
        });
        Assert.Equal(0, t.Lost(Compiler.LossCause.MapFull));
        var row = Assert.Single(t.Table()).Value;
        long[] sorted = [.. values.Order()];
        foreach (var (index, fraction) in (ReadOnlySpan<(int, double)>)[(0, 0.1), (1, 0.5), (2, 0.9), (3, 0.99), (4, 0.999)])
            AssertNear(name, Exact(sorted, fraction), Traced.Number(row[index]));
        Assert.Equal((values.Length, sorted[^1]), (Traced.Number(row[5]), Traced.Number(row[6])));
        AssertNear(name, (long)values.Select(v => (ulong)v).Order().ElementAt((values.Length + 1) / 2 - 1), t.Number("@u"));
        for (int half = 0; half < 2; half++)
            AssertNear(name, Exact([.. values.Where((_, i) => i % 2 == half).Order()], 0.9), t.Numbers("@k")[$"{half}"]);
    }

    [KernelFact(Needs = KernelFeature.GrowingMaps)]
    public void Keys_that_come_all_at_once_are_all_there()
    {
        const int keys = 1000;
        var t = Traced.Run(Seeks + "{ @k[args.offset] = p50(args.offset); @c = count(); } " + Seeks + "< p90(args.offset), count(), max(args.offset) by args.offset >", () =>
        {
            for (int round = 0; round < 3; round++)
            {
                Native.Pin(round % Environment.ProcessorCount);
                for (int i = 0; i < keys; i++)
                    Native.Lseek(i);
            }
        });
        Assert.Equal(0, t.Lost(Compiler.LossCause.MapFull));
        Assert.Equal(3 * keys, t.Number("@c"));
        var medians = t.Numbers("@k");
        Assert.Equal(keys, medians.Count);
        Assert.All(medians, m => AssertNear("key", long.Parse(m.Key, CultureInfo.InvariantCulture), m.Value));
        Assert.Equal(keys, t.Table().Count);
        Assert.All(t.Table(), row => Assert.Equal((3, long.Parse(row.Key, CultureInfo.InvariantCulture)), (Traced.Number(row.Value[1]), Traced.Number(row.Value[2]))));
    }

    [KernelTheory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(1000)]
    [InlineData(50_000)]
    [InlineData(1_000_000)]
    public void Different_values_are_counted_within_the_bound(int distinct)
    {
        var t = Traced.Run(Seeks + "{ @ = distinct(args.offset); }", () =>
        {
            for (int i = 0; i < distinct; i++)
                Native.Lseek(i * 7919L);
            for (int i = 0; i < Math.Min(distinct, 1000); i++)
                Native.Lseek(i * 7919L);
        });
        // Three standard errors of 2.3 %.
        Assert.InRange(t.Number(), distinct * 0.93 - 1, distinct * 1.07 + 1);
    }

    [KernelFact]
    public void First_and_last_are_those_of_all_CPUs()
    {
        var t = Traced.Run(Seeks.Replace("tid == $1", "pid == $2") + "{ @f = first(args.offset); @l = last(args.offset); @k[args.whence] = last(args.offset); }", () =>
        {
            for (int i = 1; i <= 50; i++)
                Native.Lseek(i, i % 3);
            var other = new Thread(() =>
            {
                Native.Pin(Environment.ProcessorCount - 1);
                Native.Lseek(777, 2);
            });
            other.Start();
            other.Join();
        });
        Assert.Equal((1, 777), (t.Number("@f"), t.Number("@l")));
        Assert.Equal((48, 49, 777), (t.Numbers("@k")["0"], t.Numbers("@k")["1"], t.Numbers("@k")["2"]));
    }

    [KernelFact]
    public void A_rate_is_what_happened_divided_by_the_time()
    {
        var clock = new System.Diagnostics.Stopwatch();
        var t = Traced.Run(Seeks + "{ @r = rate(); @s = rate(args.offset); }", () =>
        {
            clock.Start();
            for (int i = 0; i < 500; i++)
            {
                Native.Lseek(10);
                Thread.Sleep(1);
            }

            clock.Stop();
        });
        var (rate, sum) = ((RateValue)t.Value("@r"), (RateValue)t.Value("@s"));
        Assert.Equal((500, 5000), (rate.Total, sum.Total));
        Assert.InRange(t.Seconds("@r"), clock.Elapsed.TotalSeconds * 0.9, clock.Elapsed.TotalSeconds + 2);
    }

    private static long Exact(long[] sorted, double fraction) => sorted[Math.Max(0, (int)Math.Ceiling(fraction * sorted.Length) - 1)];

    private static void AssertNear(string name, long exact, long actual) =>
        Assert.True((UInt128)(Int128.Abs((Int128)exact - actual) * 32) <= (UInt128)Int128.Abs(exact) || (ulong)exact > long.MaxValue && (UInt128)(Int128.Abs((Int128)(ulong)exact - (ulong)actual) * 32) <= (ulong)exact,
            $"{name}: {actual} is not within 1/32 of {exact}");
}
