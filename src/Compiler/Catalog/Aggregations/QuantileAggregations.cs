using System.Numerics;
using Ctrace.Compiler.Bytecode;
using Ctrace.Compiler.Lowering;
using Ctrace.Compiler.Values;

namespace Ctrace.Compiler.Catalog.Aggregations;

/// <summary>
/// Buckets for all 64-bit numbers: each power of two in 16 equal parts. The middle of a bucket is at most 1/32 away from any value
/// in it; below 32 each value has a bucket of its own.
/// </summary>
internal static class LogLinear
{
    private const int Bits = 4, Small = 1 << Bits;

    /// <summary>Number of buckets of the unsigned numbers.</summary>
    public const int Count = Small + (64 - Bits) * Small;

    /// <summary>The middle of a bucket.</summary>
    public static ulong Middle(int index)
    {
        if (index < Small)
            return (ulong)index;
        int shift = (index >> Bits) - 1;
        return ((ulong)(Small + (index & (Small - 1))) << shift) + (((1UL << shift) - 1) / 2);
    }

    /// <summary>A bucket's number.</summary>
    public static int Index(ulong value)
    {
        if (value < Small)
            return (int)value;
        int shift = BitOperations.Log2(value) - Bits;
        return ((shift + 1) << Bits) + (int)(value >> shift & (Small - 1));
    }

    /// <summary>Which of the wider buckets, four to a power of two, a bucket is in.</summary>
    public static int Coarse(int index) => index < 4 ? index : CoarseIndex(Middle(index));

    /// <summary>The lowest value of a wider bucket; beyond the last, the largest there is.</summary>
    public static long CoarseLow(int index)
    {
        if (index < 4)
            return index;
        int shift = (index >> 2) - 1;
        return shift >= 61 ? long.MaxValue : (4L + (index & 3)) << shift;
    }

    private static int CoarseIndex(ulong value)
    {
        int shift = BitOperations.Log2(value) - 2;
        return ((shift + 1) << 2) + (int)(value >> shift & 3);
    }

    /// <summary>Emits a register with the number of an unsigned value's bucket.</summary>
    public static int EmitIndex(IrBuilder ir, int value)
    {
        int index = ir.Copy(value), done = ir.NewLabel();
        ir.JumpIfConstant(Opcodes.JumpLess, value, Small, done);
        int shift = EmitLog(ir, value);
        ir.AluConstant(Opcodes.Subtract, shift, Bits);
        ir.Alu(Opcodes.ShiftRight, index, shift);
        ir.AluConstant(Opcodes.And, index, Small - 1);
        ir.AluConstant(Opcodes.Add, shift, 1);
        ir.AluConstant(Opcodes.ShiftLeft, shift, Bits);
        ir.Alu(Opcodes.Add, index, shift);
        ir.Mark(done);
        return index;
    }

    /// <summary>Emits a register with the place of the highest bit, found by halving; 0 for 0.</summary>
    public static int EmitLog(IrBuilder ir, int value)
    {
        int log = ir.Constant(0), rest = ir.Copy(value);
        for (int step = 32; step >= 1; step /= 2)
        {
            int next = ir.NewLabel(), high = ir.Copy(rest);
            ir.AluConstant(Opcodes.ShiftRight, high, step);
            ir.JumpIfConstant(Opcodes.JumpEqual, high, 0, next);
            ir.AluConstant(Opcodes.Add, log, step);
            ir.Move(rest, high);
            ir.Mark(next);
        }

        return log;
    }
}

/// <summary>
/// <c>p50(x)</c> and so on, and <c>quantile(x, q)</c>: a count for each bucket of <see cref="LogLinear"/>; signed values have a second
/// set for what is below zero.
/// </summary>
internal class QuantileAggregation(string name, double fraction) : AggregationDefinition
{
    public override string Name => name;
    public override string Signature => $"{name}(value)";
    public override string Summary => $"The value that {fraction * 100:0.##} % of the values do not exceed, at most 1/32 off.";
    public override string Example => $"tracepoint:syscalls:sys_enter_read {{ @[comm] = {name}(args.count); }}";

    /// <summary>The usual ones, and the general one.</summary>
    public static IReadOnlyList<AggregationDefinition> All { get; } =
    [
        .. new (string, double)[] { ("p10", 0.1), ("p25", 0.25), ("p50", 0.5), ("p75", 0.75), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99), ("p999", 0.999) }
            .Select(p => new QuantileAggregation(p.Item1, p.Item2)),
        new AnyQuantileAggregation(),
    ];

    internal override bool CanStartOnStack => false;

    internal override bool SharesStorage => true;

    public override AggregateParameters Adapt(AggregateParameters parameters, bool signed) => parameters with { Bits = signed ? 1 : 0 };

    public override int ValueSize(AggregateParameters parameters) => LogLinear.Count * 8 * (1 + parameters.Bits);

    public override bool IsAdditive => true;
    public override void Merge(Span<byte> gathered, ReadOnlySpan<byte> cpu, bool signed) => Words.AddAll(gathered, cpu);

    public override TraceValue ToValue(ReadOnlySpan<byte> bytes, AggregateParameters parameters, bool signed)
    {
        ulong total = 0;
        int words = ValueSize(parameters) / 8;
        for (int i = 0; i < words; i++)
            total += (ulong)Words.Get(bytes, i);
        // The smallest value that so many values do not exceed: the nearest-rank definition.
        ulong rank = Math.Max(1, (ulong)Math.Ceiling(Fraction(parameters) * total)), seen = 0;
        for (int i = words - 1; i >= LogLinear.Count; i--)
            if ((seen += (ulong)Words.Get(bytes, i)) >= rank)
                return new NumberValue(unchecked(-(long)LogLinear.Middle(i - LogLinear.Count)), true);
        for (int i = 0; i < LogLinear.Count; i++)
            if ((seen += (ulong)Words.Get(bytes, i)) >= rank)
                return new NumberValue((long)LogLinear.Middle(i), signed);
        return new NumberValue(0, signed);
    }

    /// <summary>Coarser than what is kept: a quarter of a power of two to a bucket, each number below four by itself.</summary>
    public override HistogramValue ToHistogram(ReadOnlySpan<byte> bytes, AggregateParameters parameters, bool signed)
    {
        var counts = new SortedDictionary<int, ulong>();
        int words = ValueSize(parameters) / 8;
        for (int i = 0; i < words; i++)
        {
            if (Words.Get(bytes, i) is not (not 0 and var count))
                continue;
            int index = LogLinear.Coarse(i % LogLinear.Count);
            index = i < LogLinear.Count ? index : -index;
            counts[index] = counts.GetValueOrDefault(index) + (ulong)count;
        }

        if (counts.Count == 0)
            return new HistogramValue([]);
        int first = counts.Keys.First(), last = counts.Keys.Last();
        return new HistogramValue([.. Enumerable.Range(first, last - first + 1).Select(i =>
        {
            // Below zero the bounds change places.
            var (low, high) = i >= 0 ? (LogLinear.CoarseLow(i), LogLinear.CoarseLow(i + 1)) : (1 - LogLinear.CoarseLow(1 - i), 1 - LogLinear.CoarseLow(-i));
            return new HistogramBucket($"[{low}, {high})", low, high, counts.GetValueOrDefault(i));
        })]);
    }

    /// <summary>Which part of the values it does not exceed.</summary>
    protected virtual double Fraction(AggregateParameters parameters) => fraction;

    internal override void Emit(AggregateContext c)
    {
        int magnitude = c.Value, below = 0;
        if (c.Signed)
        {
            // Below zero: the same buckets for the magnitude, in the second set.
            int positive = c.Ir.NewLabel();
            (magnitude, below) = (c.Ir.Copy(c.Value), c.Ir.Constant(0));
            c.Ir.JumpIfConstant(Opcodes.JumpSignedGreaterOrEqual, magnitude, 0, positive);
            c.Ir.Negate(magnitude);
            c.Ir.SetConstant(below, LogLinear.Count);
            c.Ir.Mark(positive);
        }

        int index = LogLinear.EmitIndex(c.Ir, magnitude), skip = c.Ir.NewLabel();
        // The verifier wants to see the bounds that the arithmetic gives.
        c.Ir.JumpIfConstant(Opcodes.JumpGreater, index, LogLinear.Count - 1, skip);
        if (c.Signed)
            c.Ir.Alu(Opcodes.Add, index, below);
        c.Ir.AluConstant(Opcodes.ShiftLeft, index, 3);
        c.Ir.Alu(Opcodes.Add, index, c.Slot);
        c.Increment(index, c.Offset);
        c.Ir.Mark(skip);
    }
}

/// <summary><c>quantile(x, q)</c>.</summary>
internal sealed class AnyQuantileAggregation() : QuantileAggregation("quantile", 0)
{
    public override string Signature => "quantile(value, fraction)";
    public override string Summary => "The value that a fraction (0 to 1) of the values do not exceed, at most 1/32 off.";
    public override string Example => "tracepoint:syscalls:sys_enter_read { @[comm] = quantile(args.count, 0.75); }";

    internal override bool TakesFraction => true;

    protected override double Fraction(AggregateParameters parameters) => parameters.Fraction;
}
