namespace Ctrace.Compiler.Catalog.Aggregations;

/// <summary>The constant arguments of an aggregation.</summary>
/// <param name="Bits"><c>hist</c>: log2 of the sub-buckets per power of two, 0 to 5; quantiles: 1 for signed values.</param>
/// <param name="Min"><c>lhist</c>: low end.</param>
/// <param name="Max"><c>lhist</c>: high end.</param>
/// <param name="Step"><c>lhist</c>: width of a bucket.</param>
/// <param name="Fraction"><c>quantile</c>: 0 to 1.</param>
public sealed record AggregateParameters(int Bits = 0, long Min = 0, long Max = 0, long Step = 1, double Fraction = 0)
{
    /// <summary>For an aggregation that has none.</summary>
    public static AggregateParameters None { get; } = new();
}
