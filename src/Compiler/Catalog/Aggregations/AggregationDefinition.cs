using Ctrace.Compiler.Values;

namespace Ctrace.Compiler.Catalog.Aggregations;

/// <summary>
/// One aggregation: its spelling, its arguments, its bytes in a map's value, what an event does to them, how CPUs' values
/// merge and what is shown. All there is to say about it is here.
/// </summary>
public abstract class AggregationDefinition
{
    /// <summary>As written.</summary>
    public abstract string Name { get; }

    /// <summary>Bytes in the map's value: a multiple of 8.</summary>
    public abstract int ValueSize(AggregateParameters parameters);

    /// <summary>Adds one CPU's bytes to what was gathered (all zero at first).</summary>
    public abstract void Merge(Span<byte> gathered, ReadOnlySpan<byte> cpu, bool signed);

    /// <summary>The value to show.</summary>
    public abstract TraceValue ToValue(ReadOnlySpan<byte> bytes, AggregateParameters parameters, bool signed);
}
