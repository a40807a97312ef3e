namespace Ctrace.Compiler.Catalog.Aggregations;

/// <summary>The constant arguments of an aggregation.</summary>
/// <param name="Bits"><c>hist</c>: log2 of the sub-buckets per power of two, 0 to 5.</param>
/// <param name="Min"><c>lhist</c>: low end.</param>
/// <param name="Max"><c>lhist</c>: high end.</param>
/// <param name="Step"><c>lhist</c>: width of a bucket.</param>
public sealed record AggregateParameters(int Bits = 0, long Min = 0, long Max = 0, long Step = 1)
{
    /// <summary>For an aggregation that has none.</summary>
    public static AggregateParameters None { get; } = new();
}
