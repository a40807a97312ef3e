using System.Collections.Immutable;
using System.Numerics;
using Ctrace.Compiler.Bytecode;
using Ctrace.Compiler.Values;

namespace Ctrace.Compiler.Catalog.Aggregations;

/// <summary>A histogram: one word per bucket.</summary>
internal abstract class HistogramBase : AggregationDefinition
{
    private static readonly string[] Units = ["", "K", "M", "G", "T", "P", "E"];

    /// <summary>Number of buckets, those for what lies outside included.</summary>
    protected abstract int BucketCount(AggregateParameters parameters);

    /// <summary>A bucket's label and bounds.</summary>
    protected abstract (string Label, long? Low, long? High) Bucket(int index, AggregateParameters parameters);

    /// <summary>Emits a register with the bucket's index.</summary>
    protected abstract int EmitIndex(AggregateContext c);

    internal override bool CanStartOnStack => false;

    public override int ValueSize(AggregateParameters parameters) => BucketCount(parameters) * 8;
    public override bool IsAdditive => true;
    public override void Merge(Span<byte> gathered, ReadOnlySpan<byte> cpu, bool signed) => Words.AddAll(gathered, cpu);

    public override HistogramValue ToHistogram(ReadOnlySpan<byte> bytes, AggregateParameters parameters, bool signed) =>
        (HistogramValue)ToValue(bytes, parameters, signed);

    public override TraceValue ToValue(ReadOnlySpan<byte> bytes, AggregateParameters parameters, bool signed)
    {
        int count = BucketCount(parameters), first = 0, last = count - 1;
        while (first < count && Words.Get(bytes, first) == 0)
            first++;
        while (last >= first && Words.Get(bytes, last) == 0)
            last--;
        var buckets = ImmutableArray.CreateBuilder<HistogramBucket>();
        for (int i = first; i <= last; i++)
        {
            var (label, low, high) = Bucket(i, parameters);
            buckets.Add(new HistogramBucket(label, low, high, (ulong)Words.Get(bytes, i)));
        }

        return new HistogramValue(buckets.ToImmutable());
    }

    /// <summary>A number with the largest unit that divides a bucket's width, and itself, without rest: <c>64K</c>.</summary>
    protected static string Short(long value, long width, int factor = 1)
    {
        int unit = Math.Min(BitOperations.TrailingZeroCount(value | width) / 10, Units.Length - 1);
        return value == 0 ? "0" : (value >> unit * 10) * factor + Units[unit];
    }

    internal override void Emit(AggregateContext c)
    {
        int index = EmitIndex(c);
        int skip = c.Ir.NewLabel();
        // The verifier wants to see the bound that the arithmetic gives.
        c.Ir.JumpIfConstant(Opcodes.JumpGreater, index, BucketCount(c.Parameters) - 1, skip);
        c.Ir.AluConstant(Opcodes.ShiftLeft, index, 3);
        c.Ir.Alu(Opcodes.Add, index, c.Slot);
        c.Increment(index, c.Offset);
        c.Ir.Mark(skip);
    }
}

/// <summary><c>hist(x)</c>, <c>hist(x, bits)</c>: buckets by powers of two, each in 2^bits equal parts.</summary>
internal sealed class HistogramAggregation : HistogramBase
{
    private const int MaxBits = 5;
    public override string Name => "hist";
    public override string Signature => "hist(value[, bits])";
    public override string Summary => "A histogram by powers of two; bits (0 to 5) divides each in 2^bits parts.";
    public override string Example => "tracepoint:syscalls:sys_enter_read { @ = hist(args.count); }";
    public override (string[] Names, int Required) Constants => (["bits"], 0);

    public override AggregateParameters? ReadParameters(IReadOnlyList<long> constants, out string problem)
    {
        long bits = constants.Count > 0 ? constants[0] : 0;
        problem = $"the bits of a histogram are 0 to {MaxBits}, not {bits}";
        return bits is >= 0 and <= MaxBits ? new AggregateParameters(Bits: (int)bits) : null;
    }

    // One for negative numbers, 2^bits for the small ones, and 2^bits for each power of two from there to 2^62.
    protected override int BucketCount(AggregateParameters p) => 1 + (1 << p.Bits) + (63 - p.Bits << p.Bits);

    protected override (string Label, long? Low, long? High) Bucket(int index, AggregateParameters p)
    {
        if (index == 0)
            return ("(..., 0)", null, 0);
        long low = Low(index - 1, p.Bits), width = Width(index - 1, p.Bits);
        if (width == 1 && low < Math.Max(2, 2 << p.Bits))
            return ($"[{low}]", low, low + 1);
        // 2^63 is past the largest value: its label is made from half of it. A bucket ends as the next begins.
        long? high = low + width < 0 ? null : low + width;
        string end = high is { } h ? Short(h, p.Bits == 0 ? h : Width(index, p.Bits)) : Short(1L << 62, 1L << 62, 2);
        return ($"[{Short(low, p.Bits == 0 ? low : width)}, {end})", low, high);
    }

    protected override int EmitIndex(AggregateContext c)
    {
        int bits = c.Parameters.Bits, index = c.Ir.NewRegister(), done = c.Ir.NewLabel();
        // negative: bucket 0; below 2^bits: one bucket per value
        c.Ir.SetConstant(index, 0);
        c.Ir.JumpIfConstant(Opcodes.JumpSignedLess, c.Value, 0, done);
        c.Ir.Move(index, c.Value);
        c.Ir.AluConstant(Opcodes.Add, index, 1);
        c.Ir.JumpIfConstant(Opcodes.JumpLess, c.Value, 1L << bits, done);
        // log = the position of the highest bit, found by halving
        int rest = c.Ir.Copy(c.Value), log = bits == 0 ? index : c.Ir.NewRegister();
        c.Ir.SetConstant(log, bits == 0 ? 2 : 0);
        for (int step = 32; step >= 1; step /= 2)
        {
            int next = c.Ir.NewLabel(), high = c.Ir.Copy(rest);
            c.Ir.AluConstant(Opcodes.ShiftRight, high, step);
            c.Ir.JumpIfConstant(Opcodes.JumpEqual, high, 0, next);
            c.Ir.AluConstant(Opcodes.Add, log, step);
            if (step > 1)
                c.Ir.Move(rest, high);
            c.Ir.Mark(next);
        }

        if (bits > 0)
        {
            // index = ((log - bits + 1) << bits) + ((value >> (log - bits)) & (2^bits - 1)) + 1
            c.Ir.AluConstant(Opcodes.Subtract, log, bits);
            c.Ir.Move(index, c.Value);
            c.Ir.Alu(Opcodes.ShiftRight, index, log);
            c.Ir.AluConstant(Opcodes.And, index, (1 << bits) - 1);
            c.Ir.AluConstant(Opcodes.Add, log, 1);
            c.Ir.AluConstant(Opcodes.ShiftLeft, log, bits);
            c.Ir.Alu(Opcodes.Add, index, log);
            c.Ir.AluConstant(Opcodes.Add, index, 1);
        }

        c.Ir.Mark(done);
        return index;
    }

    private static long Low(int index, int bits)
    {
        if (index < 1 << bits)
            return index;
        int power = (index >> bits) - 1 + bits;
        return (1L << power) + ((long)(index & (1 << bits) - 1) << power - bits);
    }

    private static long Width(int index, int bits) => index < 1 << bits ? 1 : 1L << ((index >> bits) - 1);
}

/// <summary><c>lhist(x, min, max, step)</c>: buckets of equal width.</summary>
internal sealed class LinearHistogramAggregation : HistogramBase
{
    private const int MaxBuckets = 1000;

    public override string Name => "lhist";
    public override string Signature => "lhist(value, min, max, step)";
    public override string Summary => "A histogram with buckets of equal width between min and max.";
    public override string Example => "tracepoint:syscalls:sys_enter_read { @ = lhist(args.count, 0, 1000, 100); }";
    public override (string[] Names, int Required) Constants => (["min", "max", "step"], 3);

    public override int Culprit(IReadOnlyList<long> constants) => constants[2] > 0 && constants[1] <= constants[0] ? 1 : 2;

    public override AggregateParameters? ReadParameters(IReadOnlyList<long> constants, out string problem)
    {
        long min = constants[0], max = constants[1], step = constants[2];
        problem = step <= 0 ? $"the step of a linear histogram is at least 1, not {step}"
            : max <= min ? $"the high end ({max}) must be above the low end ({min})"
            : (Int128)max - min < step ? $"the step ({step}) is larger than the range from {min} to {max}"
            : (Int128)max - min > (Int128)step * MaxBuckets ? $"that makes more than {MaxBuckets} buckets: take a larger step"
            : "";
        return problem.Length == 0 ? new AggregateParameters(Min: min, Max: max, Step: step) : null;
    }

    /// <summary>Where the last whole bucket ends: what is left up to the maximum, if the step does not go into it, counts as above.</summary>
    private static long End(AggregateParameters p) => (long)(p.Min + ((Int128)p.Max - p.Min) / p.Step * p.Step);

    protected override int BucketCount(AggregateParameters p) => (int)(((Int128)p.Max - p.Min) / p.Step) + 2;

    protected override (string Label, long? Low, long? High) Bucket(int index, AggregateParameters p)
    {
        if (index == 0)
            return ($"(..., {Short(p.Min, p.Step)})", null, p.Min);
        if (index == BucketCount(p) - 1)
            return ($"[{Short(End(p), p.Step)}, ...)", End(p), null);
        long low = p.Min + (index - 1) * p.Step;
        return (p.Step == 1 ? $"[{low}]" : $"[{Short(low, p.Step)}, {Short(low + p.Step, p.Step)})", low, low + p.Step);
    }

    protected override int EmitIndex(AggregateContext c)
    {
        var p = c.Parameters;
        int index = c.Ir.NewRegister(), done = c.Ir.NewLabel();
        c.Ir.SetConstant(index, 0);
        c.Ir.JumpIfConstant(Opcodes.JumpSignedLess, c.Value, p.Min, done);
        c.Ir.SetConstant(index, BucketCount(p) - 1);
        c.Ir.JumpIfConstant(Opcodes.JumpSignedGreaterOrEqual, c.Value, End(p), done);
        c.Ir.Move(index, c.Value);
        if (p.Min != 0)
            c.Ir.AluConstant(Opcodes.Subtract, index, p.Min);
        if (long.IsPow2(p.Step))
            c.Ir.AluConstant(Opcodes.ShiftRight, index, BitOperations.Log2((ulong)p.Step));
        else if (p.Max - p.Min <= uint.MaxValue)
            c.Ir.Divide32(index, p.Step);
        else
            c.Ir.AluConstant(Opcodes.Divide, index, p.Step);
        c.Ir.AluConstant(Opcodes.Add, index, 1);
        c.Ir.Mark(done);
        return index;
    }
}
