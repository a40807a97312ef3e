using Ctrace.Compiler.Catalog;
using Ctrace.Compiler.Catalog.Aggregations;
using Ctrace.Compiler.Values;

namespace Ctrace.Compiler.Tests;

/// <summary>Histograms: the bucket that the bytecode chooses holds the value, and is labelled as bpftrace labels it.</summary>
public class HistogramTests
{
    [Theory]
    [InlineData(0, 0, "[0]")]
    [InlineData(0, -5, "(..., 0)")]
    [InlineData(0, 1, "[1]")]
    [InlineData(0, 2, "[2, 4)")]
    [InlineData(0, 1000, "[512, 1K)")]
    [InlineData(0, 1024, "[1K, 2K)")]
    [InlineData(0, 2_000_000, "[1M, 2M)")]
    [InlineData(0, 1L << 40, "[1T, 2T)")]
    [InlineData(0, long.MaxValue, "[4E, 8E)")]
    [InlineData(2, 3, "[3]")]
    [InlineData(2, 100, "[96, 112)")]
    [InlineData(2, 1000, "[896, 1024)")]
    public void ALogarithmicBucketIsLabelled(int bits, long value, string label) => Assert.Equal(label, BucketOf($"hist(args.s0, {bits})", value).Label);

    [Theory]
    [InlineData(5, "[0, 10)")]
    [InlineData(-5, "(..., 0)")]
    [InlineData(99, "[90, 100)")]
    [InlineData(100, "[100, ...)")]
    public void ALinearBucketIsLabelled(long value, string label) => Assert.Equal(label, BucketOf("lhist(args.s0, 0, 100, 10)", value).Label);

    [Theory]
    [InlineData("hist(args.s0)")]
    [InlineData("hist(args.s0, 1)")]
    [InlineData("hist(args.s0, 3)")]
    [InlineData("hist(args.s0, 5)")]
    [InlineData("lhist(args.s0, -100, 1000, 7)")]
    [InlineData("lhist(args.s0, 0, 4096, 1024)")]
    [InlineData("lhist(args.s0, 0, 1000000000000, 10000000000)")]
    public void TheBucketHoldsTheValue(string aggregation)
    {
        var random = new Random(3);
        for (int i = 0; i < 400; i++)
        {
            long value = i < 200 ? random.NextInt64() >> random.Next(64) : random.Next(-2000, 3000);
            var bucket = BucketOf(aggregation, value);
            Assert.True((bucket.Low is not { } low || value >= low) && (bucket.High is not { } high || value < high), $"{value} in {bucket}");
        }
    }

    [Fact]
    public void MergingAddsCpusUp()
    {
        foreach (var definition in CatalogIndex.Aggregations)
        {
            var parameters = definition.Name is "lhist" or "tseries" ? new AggregateParameters(Min: 0, Max: 10, Step: 1) : AggregateParameters.None;
            byte[] one = new byte[definition.ValueSize(parameters)], gathered = new byte[one.Length];
            BitConverter.TryWriteBytes(one, 5L);
            if (one.Length >= 16)
                BitConverter.TryWriteBytes(one.AsSpan(8), 1L);
            if (definition.Name is "first" or "last")
                BitConverter.TryWriteBytes(one.AsSpan(16), 1L);
            definition.Merge(gathered, one, true);
            definition.Merge(gathered, one, true);
            // These choose one of the CPUs' values; the others add them.
            long expected = definition.Name is "min" or "max" or "first" or "last" or "distinct" or "tseries" ? 5 : 10;
            Assert.Equal(expected, BitConverter.ToInt64(gathered));
        }
    }

    /// <summary>Runs the aggregation's own code on a zeroed slot, and finds the bucket that counted.</summary>
    private static HistogramBucket BucketOf(string aggregation, long value)
    {
        var program = Compile.Good($"tracepoint:test:numbers {{ @r = {aggregation}; }}");
        var column = program.Maps.Single(m => m.Name == "@r").Shape!.Columns[0];
        byte[] bytes = HistogramCode.Run((Layouts.AggregateContent)column.Content, value);
        var histogram = (HistogramValue)column.Content.ToValue(bytes, []);
        var bucket = Assert.Single(histogram.Buckets);
        Assert.Equal(1UL, bucket.Count);
        return bucket;
    }
}
