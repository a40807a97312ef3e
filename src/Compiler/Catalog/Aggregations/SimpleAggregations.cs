using System.Buffers.Binary;
using Ctrace.Compiler.Bytecode;
using Ctrace.Compiler.Values;

namespace Ctrace.Compiler.Catalog.Aggregations;

/// <summary>64-bit words in an aggregate's bytes.</summary>
internal static class Words
{
    public static long Get(ReadOnlySpan<byte> bytes, int index) => BinaryPrimitives.ReadInt64LittleEndian(bytes[(index * 8)..]);

    public static void Set(Span<byte> bytes, int index, long value) => BinaryPrimitives.WriteInt64LittleEndian(bytes[(index * 8)..], value);

    /// <summary>Adds all words of one to the other.</summary>
    public static void AddAll(Span<byte> gathered, ReadOnlySpan<byte> cpu)
    {
        for (int i = 0; i < cpu.Length / 8; i++)
            Set(gathered, i, Get(gathered, i) + Get(cpu, i));
    }
}

/// <summary><c>count()</c>: one word.</summary>
internal sealed class CountAggregation : AggregationDefinition
{
    public override string Name => "count";
    public override string Signature => "count()";
    public override string Summary => "Counts events.";
    public override string Example => "tracepoint:syscalls:sys_enter_read { @[comm] = count(); }";
    public override bool TakesValue => false;
    public override int ValueSize(AggregateParameters parameters) => 8;
    public override bool IsAdditive => true;
    public override void Merge(Span<byte> gathered, ReadOnlySpan<byte> cpu, bool signed) => Words.AddAll(gathered, cpu);

    public override TraceValue ToValue(ReadOnlySpan<byte> bytes, AggregateParameters parameters, bool signed) =>
        new NumberValue(Words.Get(bytes, 0), false);

    internal override AggregateReader? Reader(bool signed) => AggregateReader.Sum;

    internal override void Emit(AggregateContext context) => context.Increment(context.Slot, context.Offset);
}

/// <summary><c>sum(x)</c>: one word.</summary>
internal sealed class SumAggregation : AggregationDefinition
{
    public override string Name => "sum";
    public override string Signature => "sum(value)";
    public override string Summary => "Adds values up.";
    public override string Example => "tracepoint:syscalls:sys_exit_read /args.ret > 0/ { @[comm] = sum(args.ret); }";
    public override int ValueSize(AggregateParameters parameters) => 8;
    public override bool IsAdditive => true;
    public override void Merge(Span<byte> gathered, ReadOnlySpan<byte> cpu, bool signed) => Words.AddAll(gathered, cpu);

    public override TraceValue ToValue(ReadOnlySpan<byte> bytes, AggregateParameters parameters, bool signed) =>
        new NumberValue(Words.Get(bytes, 0), signed);

    internal override AggregateReader? Reader(bool signed) => AggregateReader.Sum;

    internal override void Emit(AggregateContext context) => context.Add(context.Slot, context.Offset, context.Value);
}

/// <summary>Two words, total and count: <c>avg(x)</c> shows their quotient, <c>stats(x)</c> all.</summary>
internal abstract class TotalAggregation : AggregationDefinition
{
    public override int ValueSize(AggregateParameters parameters) => 16;
    public override bool IsAdditive => true;
    public override void Merge(Span<byte> gathered, ReadOnlySpan<byte> cpu, bool signed) => Words.AddAll(gathered, cpu);

    internal override void Emit(AggregateContext context)
    {
        context.Add(context.Slot, context.Offset, context.Value);
        context.Increment(context.Slot, context.Offset + 8);
    }

    protected static long Average(ReadOnlySpan<byte> bytes, bool signed)
    {
        long total = Words.Get(bytes, 0), count = Words.Get(bytes, 1);
        return count == 0 ? 0 : signed ? total / count : (long)((ulong)total / (ulong)count);
    }
}

/// <summary><c>avg(x)</c>.</summary>
internal sealed class AverageAggregation : TotalAggregation
{
    public override string Name => "avg";
    public override string Signature => "avg(value)";
    public override string Summary => "The average of values, rounded to zero.";
    public override string Example => "tracepoint:syscalls:sys_enter_read { @[comm] = avg(args.count); }";

    internal override AggregateReader? Reader(bool signed) => AggregateReader.Average(signed);

    public override TraceValue ToValue(ReadOnlySpan<byte> bytes, AggregateParameters parameters, bool signed) =>
        new NumberValue(Average(bytes, signed), signed);
}

/// <summary><c>stats(x)</c>.</summary>
internal sealed class StatsAggregation : TotalAggregation
{
    public override string Name => "stats";
    internal override bool IgnoresTop => true;
    public override string Signature => "stats(value)";
    public override string Summary => "Count, average and total of values.";
    public override string Example => "tracepoint:syscalls:sys_enter_read { @[comm] = stats(args.count); }";

    public override TraceValue ToValue(ReadOnlySpan<byte> bytes, AggregateParameters parameters, bool signed) =>
        new StatsValue((ulong)Words.Get(bytes, 1), Average(bytes, signed), Words.Get(bytes, 0), signed);
}

/// <summary>Two words, value and whether there is one: <c>min(x)</c> and <c>max(x)</c>.</summary>
internal abstract class ExtremeAggregation(byte keepJump, byte keepJumpSigned, Func<int, bool> better) : AggregationDefinition
{
    public override int ValueSize(AggregateParameters parameters) => 16;

    public override void Merge(Span<byte> gathered, ReadOnlySpan<byte> cpu, bool signed)
    {
        if (Words.Get(cpu, 1) == 0)
            return;
        long old = Words.Get(gathered, 0), value = Words.Get(cpu, 0);
        int order = signed ? value.CompareTo(old) : ((ulong)value).CompareTo((ulong)old);
        if (Words.Get(gathered, 1) == 0 || better(order))
            cpu.CopyTo(gathered);
    }

    public override TraceValue ToValue(ReadOnlySpan<byte> bytes, AggregateParameters parameters, bool signed) =>
        new NumberValue(Words.Get(bytes, 0), signed);

    internal override AggregateReader? Reader(bool signed) => AggregateReader.Extreme(signed ? keepJumpSigned : keepJump);

    // A value that comes between the look and the store, from a program that interrupts this one, could be lost: so the
    // extreme is looked at again after the store until it holds. Two rounds suffice for one level of interruption.
    internal override void Emit(AggregateContext c)
    {
        if (c.IsFirst)
        {
            c.Ir.Store(c.Slot, c.Offset, c.Value, 8);
            c.Ir.StoreConstant(c.Slot, c.Offset + 8, 1, 8);
            return;
        }

        int done = c.Ir.NewLabel();
        for (int round = 0; round < (c.Contended ? 3 : 1); round++)
        {
            int store = c.Ir.NewLabel();
            c.Ir.JumpIfConstant(Opcodes.JumpEqual, c.Ir.Load(c.Slot, c.Offset + 8, 8), 0, store);
            c.Ir.JumpIf(c.Signed ? keepJumpSigned : keepJump, c.Ir.Load(c.Slot, c.Offset, 8), c.Value, done);
            c.Ir.Mark(store);
            c.Ir.Store(c.Slot, c.Offset, c.Value, 8);
            c.Ir.StoreConstant(c.Slot, c.Offset + 8, 1, 8);
        }

        c.Ir.Mark(done);
    }
}

/// <summary><c>min(x)</c>.</summary>
internal sealed class MinAggregation() : ExtremeAggregation(Opcodes.JumpLessOrEqual, Opcodes.JumpSignedLessOrEqual, order => order < 0)
{
    public override string Name => "min";
    public override string Signature => "min(value)";
    public override string Summary => "The smallest value.";
    public override string Example => "tracepoint:syscalls:sys_enter_read { @[comm] = min(args.count); }";
}

/// <summary><c>max(x)</c>.</summary>
internal sealed class MaxAggregation() : ExtremeAggregation(Opcodes.JumpGreaterOrEqual, Opcodes.JumpSignedGreaterOrEqual, order => order > 0)
{
    public override string Name => "max";
    public override string Signature => "max(value)";
    public override string Summary => "The largest value.";
    public override string Example => "tracepoint:syscalls:sys_enter_read { @[comm] = max(args.count); }";
}
