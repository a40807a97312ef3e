using Ctrace.Compiler.Bytecode;
using Ctrace.Compiler.Lowering;
using Ctrace.Compiler.Values;

namespace Ctrace.Compiler.Catalog.Aggregations;

/// <summary><c>rate()</c> and <c>rate(x)</c>: one word, a count or a sum; it is divided by the time when it is shown.</summary>
internal sealed class RateAggregation : AggregationDefinition
{
    public override string Name => "rate";
    public override string Signature => "rate([value])";
    public override string Summary => "Events, or values added up, per second: since the last refresh, or over the whole run.";
    public override string Example => "tracepoint:syscalls:sys_enter_read < rate(), rate(args.count) as bytes by comm every 1s >";
    internal override bool IsValueOptional => true;
    public override int ValueSize(AggregateParameters parameters) => 8;
    public override bool IsAdditive => true;
    public override void Merge(Span<byte> gathered, ReadOnlySpan<byte> cpu, bool signed) => Words.AddAll(gathered, cpu);
    public override TraceValue ToValue(ReadOnlySpan<byte> bytes, AggregateParameters parameters, bool signed) => new RateValue(Words.Get(bytes, 0), signed);

    internal override void Emit(AggregateContext context)
    {
        if (context.Value == 0)
            context.Increment(context.Slot, context.Offset);
        else
            context.Add(context.Slot, context.Offset, context.Value);
    }
}

/// <summary>Three words, value, time and whether there is one: <c>first(x)</c> and <c>last(x)</c>.</summary>
internal sealed class EdgeAggregation(bool isLast) : AggregationDefinition
{
    public override string Name => isLast ? "last" : "first";
    public override string Signature => $"{Name}(value)";
    public override string Summary => isLast ? "The latest value." : "The first value.";
    public override string Example => $"tracepoint:syscalls:sys_enter_read {{ @[comm] = {Name}(args.count); }}";
    public override int ValueSize(AggregateParameters parameters) => 24;

    public override void Merge(Span<byte> gathered, ReadOnlySpan<byte> cpu, bool signed)
    {
        if (Words.Get(cpu, 2) == 0)
            return;
        int order = Words.Get(cpu, 1).CompareTo(Words.Get(gathered, 1));
        if (Words.Get(gathered, 2) == 0 || (isLast ? order > 0 : order < 0))
            cpu.CopyTo(gathered);
    }

    public override TraceValue ToValue(ReadOnlySpan<byte> bytes, AggregateParameters parameters, bool signed) => new NumberValue(Words.Get(bytes, 0), signed);

    internal override void Emit(AggregateContext c)
    {
        int done = c.Ir.NewLabel();
        if (!isLast && !c.IsFirst)
            c.Ir.JumpIfConstant(Opcodes.JumpNotEqual, c.Ir.Load(c.Slot, c.Offset + 16, 8), 0, done);
        int now = c.Ir.Call(Helper.KtimeGetBootNs);
        c.Ir.Store(c.Slot, c.Offset, c.Value, 8);
        c.Ir.Store(c.Slot, c.Offset + 8, now, 8);
        c.Ir.StoreConstant(c.Slot, c.Offset + 16, 1, 8);
        c.Ir.Mark(done);
    }
}
