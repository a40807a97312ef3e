using System.Collections.Immutable;

namespace Ctrace.Compiler.Values;

/// <summary>A value as it reaches the user: one of a small closed set of shapes.</summary>
public abstract record TraceValue;

/// <summary>A number.</summary>
/// <param name="Bits">The 64 bits, sign- or zero-extended.</param>
/// <param name="Signed">How to read them.</param>
public sealed record NumberValue(long Bits, bool Signed) : TraceValue;

/// <summary>A value of an enumeration.</summary>
/// <param name="Label">Its name; null where it has none, and the number is shown.</param>
/// <param name="Number">The number.</param>
public sealed record EnumValue(string? Label, NumberValue Number) : TraceValue;

/// <summary>Values of one type one after another.</summary>
public sealed record ArrayValue(ImmutableArray<TraceValue> Items) : TraceValue;

/// <summary>Values with names: a structure's members.</summary>
public sealed record RecordValue(ImmutableArray<(string Name, TraceValue Value)> Members) : TraceValue;

/// <summary>Callers, innermost first.</summary>
/// <param name="Addresses">Their addresses.</param>
/// <param name="Process">The process that a user's stack belongs to; null for the kernel's.</param>
/// <param name="Mode">How it is shown.</param>
public sealed record StackValue(ImmutableArray<ulong> Addresses, int? Process, Symbols.StackMode Mode) : TraceValue;

/// <summary>What happened in a time that is not known yet: a <see cref="DecimalValue"/> when the map is shown.</summary>
public sealed record RateValue(long Total, bool Signed) : TraceValue;

/// <summary>A number with a fraction.</summary>
public sealed record DecimalValue(double Value) : TraceValue;

/// <summary>True or false.</summary>
public sealed record BoolValue(bool Value) : TraceValue;

/// <summary>An address, shown in hexadecimal.</summary>
public sealed record AddressValue(ulong Address) : TraceValue;

/// <summary>Text. Bytes that are not UTF-8 are kept.</summary>
/// <param name="Bytes">The bytes before the NUL.</param>
public sealed record TextValue(ReadOnlyMemory<byte> Bytes) : TraceValue;

/// <summary>A moment and the format it is shown in.</summary>
/// <param name="BootNanoseconds">Nanoseconds since boot (CLOCK_BOOTTIME).</param>
/// <param name="Format">A strftime format.</param>
public sealed record TimestampValue(ulong BootNanoseconds, string Format) : TraceValue;

/// <summary>Several values side by side.</summary>
public sealed record TupleValue(ImmutableArray<TraceValue> Items) : TraceValue;

/// <summary>What <c>stats()</c> gathers.</summary>
/// <param name="Count">Number of values.</param>
/// <param name="Average">Total divided by count, rounded to zero.</param>
/// <param name="Total">Their sum, modulo 2^64.</param>
/// <param name="Signed">How to read average and total.</param>
public sealed record StatsValue(ulong Count, long Average, long Total, bool Signed) : TraceValue;

/// <summary>Values over time.</summary>
/// <param name="Interval">Nanoseconds between one and the next.</param>
/// <param name="Points">In order: when the interval began, in nanoseconds since 1970, and its value. Intervals without a value are left out.</param>
public sealed record TimeSeriesValue(long Interval, ImmutableArray<(long Start, TraceValue Value)> Points) : TraceValue;

/// <summary>A histogram.</summary>
/// <param name="Buckets">From the first bucket that counts something to the last; empty where nothing was counted.</param>
public sealed record HistogramValue(ImmutableArray<HistogramBucket> Buckets) : TraceValue
{
    /// <summary>How many values were counted in all: what tables sort histograms by.</summary>
    public ulong Total => Buckets.Aggregate(0UL, (sum, b) => sum + b.Count);
}

/// <summary>One bucket of a histogram.</summary>
/// <param name="Label">Its range as shown: <c>[4, 8)</c>, <c>(..., 0)</c>, <c>[1K, 2K)</c>.</param>
/// <param name="Low">The lowest value in it, or null where it is open below.</param>
/// <param name="High">The first value above it, or null where it is open above.</param>
/// <param name="Count">Number of values counted.</param>
public sealed record HistogramBucket(string Label, long? Low, long? High, ulong Count);
