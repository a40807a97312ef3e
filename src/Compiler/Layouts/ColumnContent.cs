using Ctrace.Compiler.Catalog.Aggregations;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Values;

namespace Ctrace.Compiler.Layouts;

/// <summary>What a part of a map's value is: it knows its size, how CPUs' values merge, and what to show.</summary>
public abstract record ColumnContent
{
    /// <summary>Bytes in the map's value.</summary>
    public abstract int Size { get; }

    /// <summary>Adds one CPU's bytes to what was gathered so far (zeros at first).</summary>
    public abstract void Merge(Span<byte> gathered, ReadOnlySpan<byte> cpu);

    /// <summary>The value to show.</summary>
    /// <param name="bytes">This part's bytes, merged over the CPUs.</param>
    /// <param name="names">What a probe-name value indexes.</param>
    public abstract TraceValue ToValue(ReadOnlySpan<byte> bytes, IReadOnlyList<string> names);

    /// <summary>How the values are spread, where that is known: of histograms and percentiles; null otherwise.</summary>
    /// <param name="bytes">This part's bytes, merged over the CPUs.</param>
    public virtual HistogramValue? ToHistogram(ReadOnlySpan<byte> bytes) => null;
}

/// <summary>A plain value: not per-CPU, so there is nothing to merge.</summary>
/// <param name="Type">Its type.</param>
public sealed record PlainContent(TraceType Type) : ColumnContent
{
    /// <inheritdoc/>
    public override int Size => Type.Size;

    /// <inheritdoc/>
    public override void Merge(Span<byte> gathered, ReadOnlySpan<byte> cpu) => cpu.CopyTo(gathered);

    /// <inheritdoc/>
    public override TraceValue ToValue(ReadOnlySpan<byte> bytes, IReadOnlyList<string> names) =>
        ValueDecoder.Decode(Type, bytes, names);
}

/// <summary>An aggregate, by its catalogue entry.</summary>
/// <param name="Definition">The aggregation.</param>
/// <param name="Parameters">Its constant arguments (bits; min, max, step).</param>
/// <param name="Signed">Whether the values are signed.</param>
public sealed record AggregateContent(AggregationDefinition Definition, AggregateParameters Parameters, bool Signed) : ColumnContent
{
    /// <inheritdoc/>
    public override int Size => Definition.ValueSize(Parameters);

    /// <inheritdoc/>
    public override void Merge(Span<byte> gathered, ReadOnlySpan<byte> cpu) => Definition.Merge(gathered, cpu, Signed);

    /// <inheritdoc/>
    public override TraceValue ToValue(ReadOnlySpan<byte> bytes, IReadOnlyList<string> names) =>
        Definition.ToValue(bytes, Parameters, Signed);

    /// <inheritdoc/>
    public override HistogramValue? ToHistogram(ReadOnlySpan<byte> bytes) => Definition.ToHistogram(bytes, Parameters, Signed);
}
