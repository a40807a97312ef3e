using System.Collections.Immutable;
using Ctrace.Compiler.Values;

namespace Ctrace.Repl.Rendering;

/// <summary>How values are ordered where they are sorted.</summary>
public static class ValueOrder
{
    /// <summary>
    /// Whether bpftrace sorts entries by such a value: numbers, averages, histograms (by how much they counted).
    /// Entries with other values stay in the order of their keys.
    /// </summary>
    public static bool IsMeasure(TraceValue value) => value is NumberValue or StatsValue or HistogramValue or TimestampValue;

    /// <summary>Numbers by size, text by its bytes, tuples item by item, stats by average, histograms by total.</summary>
    public static int Compare(TraceValue left, TraceValue right) => (left, right) switch
    {
        (NumberValue a, NumberValue b) => a.Signed ? a.Bits.CompareTo(b.Bits) : ((ulong)a.Bits).CompareTo((ulong)b.Bits),
        (TextValue a, TextValue b) => a.Bytes.Span.SequenceCompareTo(b.Bytes.Span),
        (StatsValue a, StatsValue b) =>
            a.Signed ? a.Average.CompareTo(b.Average) : ((ulong)a.Average).CompareTo((ulong)b.Average),
        (HistogramValue a, HistogramValue b) => a.Total.CompareTo(b.Total),
        (TupleValue a, TupleValue b) => Compare(a.Items, b.Items),
        (ArrayValue a, ArrayValue b) => Compare(a.Items, b.Items),
        (RecordValue a, RecordValue b) => Compare([.. a.Members.Select(m => m.Value)], [.. b.Members.Select(m => m.Value)]),
        (EnumValue a, EnumValue b) => Compare(a.Number, b.Number),
        (StackValue a, StackValue b) => a.Addresses.AsSpan().SequenceCompareTo(b.Addresses.AsSpan()),
        (AddressValue a, AddressValue b) => a.Address.CompareTo(b.Address),
        (BoolValue a, BoolValue b) => a.Value.CompareTo(b.Value),
        (TimestampValue a, TimestampValue b) => a.BootNanoseconds.CompareTo(b.BootNanoseconds),
        (BufferValue a, BufferValue b) => a.Bytes.Span.SequenceCompareTo(b.Bytes.Span),
        (BytesValue a, BytesValue b) => a.Bytes.Span.SequenceCompareTo(b.Bytes.Span),
        (HardwareAddressValue a, HardwareAddressValue b) => a.Bytes.Span.SequenceCompareTo(b.Bytes.Span),
        (InternetAddressValue a, InternetAddressValue b) =>
            a.Family != b.Family ? a.Family.CompareTo(b.Family) : a.Bytes.Span.SequenceCompareTo(b.Bytes.Span),
        (LookupValue a, LookupValue b) => a.Number.CompareTo(b.Number),
        (UserSymbolValue a, UserSymbolValue b) =>
            a.Process != b.Process ? a.Process.CompareTo(b.Process) : a.Address.CompareTo(b.Address),
        _ => 0,
    };

    private static int Compare(ImmutableArray<TraceValue> left, ImmutableArray<TraceValue> right)
    {
        for (int i = 0; i < Math.Min(left.Length, right.Length); i++)
            if (Compare(left[i], right[i]) is var order and not 0)
                return order;
        return left.Length.CompareTo(right.Length);
    }
}
