using Ctrace.Compiler.Targets;
using System.Numerics;
using Ctrace.Compiler.Values;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>Aggregates of a known workload against the same computed here.</summary>
public class AggregationTests
{
    /// <summary>Values of every kind: 0, small, powers of two and their neighbours, large, negative.</summary>
    private static readonly long[] Offsets =
    [
        .. Enumerable.Range(0, 40).Select(i => (long)i),
        .. Enumerable.Range(0, 63).SelectMany(i => new[] { (1L << i) - 1, 1L << i, (1L << i) + 1 }),
        -1, -2, -9, -1000, -1_000_000_000_000, long.MinValue, long.MaxValue, 5, 5, 5, 99, 100, 101, 999, 1000,
    ];

    private static Traced Seek(string statements) => Traced.Run(
        "tracepoint:syscalls:sys_enter_lseek /tid == $1 && (int32)args.fd == -1/ { $v = (int64)args.offset; " + statements + " }",
        () =>
        {
            foreach (long offset in Offsets)
                Native.Lseek(offset);
        });

    [KernelFact]
    public void Sum_avg_min_max_count_and_stats_of_signed_values()
    {
        var t = Seek("@c = count(); @sum = sum($v); @avg = avg($v); @min = min($v); @max = max($v); @st = stats($v);");
        long sum = Offsets.Aggregate(0L, (a, b) => a + b);
        Assert.Equal(Offsets.Length, t.Number("@c"));
        Assert.Equal(sum, t.Number("@sum"));
        Assert.Equal(sum / Offsets.Length, t.Number("@avg"));
        Assert.Equal(Offsets.Min(), t.Number("@min"));
        Assert.Equal(Offsets.Max(), t.Number("@max"));
        Assert.Equal(new StatsValue((ulong)Offsets.Length, sum / Offsets.Length, sum, true), t.Value("@st"));
    }

    [KernelFact]
    public void The_same_by_key_and_side_by_side()
    {
        var t = Traced.Run(
            "tracepoint:syscalls:sys_enter_lseek /tid == $1 && (int32)args.fd == -1/ < count(), sum((int64)args.offset), " +
            "min((int64)args.offset), max((int64)args.offset), avg((int64)args.offset) by args.whence into @t >",
            () =>
            {
                for (int i = 0; i < Offsets.Length; i++)
                    Native.Lseek(Offsets[i], i % 3);
            });
        var table = t.Table("@t");
        Assert.Equal(3, table.Count);
        for (int k = 0; k < 3; k++)
        {
            long[] own = [.. Offsets.Where((_, i) => i % 3 == k)];
            long sum = own.Aggregate(0L, (a, b) => a + b);
            Assert.Equal([own.Length, sum, own.Min(), own.Max(), sum / own.Length], table[$"{k}"].Select(Traced.Number));
        }
    }

    [KernelFact]
    public void Unsigned_extremes()
    {
        var t = Seek("$u = (uint64)args.offset; @min = min($u); @max = max($u); @avg = avg($u / 1000);");
        Assert.Equal((long)Offsets.Min(v => (ulong)v), t.Number("@min"));
        Assert.Equal((long)Offsets.Max(v => (ulong)v), t.Number("@max"));
        ulong sum = Offsets.Aggregate(0UL, (a, b) => a + (ulong)b / 1000);
        Assert.Equal((long)(sum / (ulong)Offsets.Length), t.Number("@avg"));
    }

    [KernelTheory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Histograms_by_powers_of_two(int bits)
    {
        var t = Seek(bits == 0 ? "@ = hist($v);" : $"@ = hist($v, {bits});");
        Check((HistogramValue)t.Value(), v => PowerBucket(v, bits));
    }

    [KernelTheory]
    [InlineData(0, 100, 10)]
    [InlineData(0, 1000, 1)]
    [InlineData(-1000, 1000, 7)]
    [InlineData(-9, -1, 3)]
    [InlineData(5, 6, 1)]
    [InlineData(0, 10, 3)]
    [InlineData(0, 1_000_000_000_000, 1_000_000_007)]
    public void Linear_histograms(long min, long max, long step)
    {
        var t = Seek($"@ = lhist($v, {min}, {max}, {step});");
        // As in bpftrace, what is left above the last whole bucket counts as above the maximum.
        long end = min + (max - min) / step * step;
        Check((HistogramValue)t.Value(), v => v < min ? (null, min) : v >= end ? (end, null)
            : (min + (v - min) / step * step, min + (v - min) / step * step + step));
    }

    [KernelFact]
    public void Results_of_reads_known_sizes_and_errors()
    {
        int zero = Native.Open("/dev/zero");
        int[] sizes = [0, 1, 2, 3, 4095, 4096, 4097, 65536, 1 << 20, (1 << 20) + 1, 8 << 20];
        var results = new List<long>(64);
        var t = Traced.Run(
            "tracepoint:syscalls:sys_exit_readv /tid == $1/ { @[args.ret] = count(); @s = stats(args.ret); @h = hist(args.ret); " +
            "@min = min(retval); @max = max(retval); @sum = sum(args.ret); }",
            () =>
            {
                foreach (int size in sizes)
                    results.Add(Native.ReadVector(zero, size));
                results.Add(Native.ReadVector(-1, 10));
                results.Add(Native.ReadVector(-1, 20));
            });
        Native.Close(zero);
        Assert.Equal([.. sizes.Select(s => (long)s), -9, -9], results);
        Assert.Equal(results.GroupBy(r => r).ToDictionary(g => $"{g.Key}", g => (long)g.Count()), t.Numbers());
        Assert.Equal(new StatsValue((ulong)results.Count, results.Sum() / results.Count, results.Sum(), true), t.Value("@s"));
        Assert.Equal((-9, 8 << 20, results.Sum()), (t.Number("@min"), t.Number("@max"), t.Number("@sum")));
        var histogram = (HistogramValue)t.Value("@h");
        Assert.Equal(("(..., 0)", 2UL), (histogram.Buckets[0].Label, histogram.Buckets[0].Count));
        Assert.Equal((ulong)results.Count, histogram.Total);
    }

    private static void Check(HistogramValue actual, Func<long, (long?, long?)> bucket)
    {
        var expected = Offsets.GroupBy(bucket).Select(g => (g.Key.Item1, g.Key.Item2, (ulong)g.Count())).OrderBy(b => b.Item1 ?? long.MinValue);
        Assert.Equal(expected, actual.Buckets.Where(b => b.Count > 0).Select(b => (b.Low, b.High, b.Count)));
    }

    private static (long?, long?) PowerBucket(long value, int bits)
    {
        if (value < 0)
            return (null, 0);
        if (value < 1L << bits)
            return (value, value + 1);
        int log = BitOperations.Log2((ulong)value);
        long width = 1L << (log - bits), low = value / width * width;
        return (low, low + width < 0 ? null : low + width);
    }

    [KernelFact(Needs = KernelFeature.PerCpuLookup)]
    public void Aggregates_are_read_while_tracing()
    {
        var t = Traced.Run("tracepoint:syscalls:sys_enter_lseek /tid == $1/ { $x = (int64)args.offset; @c[pid] = count(); @s = sum($x); @a = avg($x); @max = max($x); @min = min($x); "
            + "@seen = @c[pid]; @sum = @s; @average = @a; @largest = @max; @least = @min; if (@c[pid] > 7) { @late = count(); } @none = @c[0]; }", () =>
        {
            foreach (long x in new long[] { 5, -20, 30, 1, -100, 8, 8, 8, 3 })
            {
                Native.Pin((int)(Math.Abs(x) % Environment.ProcessorCount));
                Native.Lseek(x);
            }
        });
        Assert.Equal((9, -57, -6, 30, -100, 2, 0), (t.Number("@seen"), t.Number("@sum"), t.Number("@average"), t.Number("@largest"), t.Number("@least"), t.Number("@late"), t.Number("@none")));
        Assert.Equal((t.Number("@s"), t.Number("@a"), t.Number("@max"), t.Number("@min")), (t.Number("@sum"), t.Number("@average"), t.Number("@largest"), t.Number("@least")));
    }
}
