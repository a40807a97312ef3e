using System.Collections.Immutable;
using Ctrace.Compiler.Bytecode;
using Ctrace.Compiler.Lowering;
using Ctrace.Compiler.Values;

namespace Ctrace.Compiler.Catalog.Aggregations;

/// <summary>
/// <c>tseries(x, interval, n)</c>: the last n intervals, three words each: which interval it is (by the wall clock, so that intervals begin
/// where people expect them), the value, and its time (for an average, how many there were). An interval takes the place of the one n before.
/// </summary>
internal sealed class TimeSeriesAggregation : AggregationDefinition
{
    /// <summary>A CPU's value is at most 32 KiB (PCPU_MIN_UNIT_SIZE).</summary>
    private const int MostIntervals = 1000;

    /// <summary>What is kept of an interval's values; the first is the latest of them.</summary>
    private static readonly string[] Kinds = ["last", "avg", "max", "min", "sum"];
    private const int Last = 0, Average = 1, Max = 2, Min = 3, Sum = 4, KindBits = 3;
    private const int WordsEach = 3;

    public override string Name => "tseries";
    public override string Signature => "tseries(value, interval, count[, \"avg\", \"max\", \"min\" or \"sum\"])";
    public override string Summary => "The last values over time: one for each interval, the latest, or what the last argument says.";
    public override string Example => "tracepoint:syscalls:sys_enter_read { @ = tseries(args.count, 100ms, 20, \"max\"); }";
    public override (string[] Names, int Required) Constants => (["interval", "number of intervals", "kind"], 2);
    public override string[] Choices => Kinds;

    public override AggregateParameters? ReadParameters(IReadOnlyList<long> constants, out string problem)
    {
        long interval = constants[0], count = constants[1], kind = constants.Count > 2 ? constants[2] : Last;
        problem = interval < 1 ? $"the interval is at least 1 ns, not {interval}"
            : count is < 1 or > MostIntervals ? $"the number of intervals is 1 to {MostIntervals}, not {count}"
            : kind < 0 || kind >= Kinds.Length ? "the last argument is \"avg\", \"max\", \"min\" or \"sum\"" : "";
        return problem.Length == 0 ? new AggregateParameters(Bits: (int)kind, Max: count, Step: interval) : null;
    }

    public override int ValueSize(AggregateParameters parameters) => (int)parameters.Max * WordsEach * 8;

    internal override bool CanStartOnStack => false;

    public override void Merge(Span<byte> gathered, ReadOnlySpan<byte> cpu, bool signed)
    {
        for (int i = 0; i + WordsEach * 8 <= cpu.Length; i += WordsEach * 8)
        {
            var all = gathered.Slice(i, WordsEach * 8);
            var own = cpu.Slice(i, WordsEach * 8);
            int order = ((ulong)Words.Get(own, 0)).CompareTo((ulong)Words.Get(all, 0));
            if (order > 0)
                own.CopyTo(all);
            else if (order == 0 && Words.Get(own, 0) != 0)
                MergeInterval(all, own, signed);
        }
    }

    private static void MergeInterval(Span<byte> all, ReadOnlySpan<byte> own, bool signed)
    {
        long value = Words.Get(own, 1), known = Words.Get(all, 1);
        bool larger = signed ? value > known : (ulong)value > (ulong)known;
        switch (Words.Get(own, 0) & (1 << KindBits) - 1)
        {
            case Average or Sum:
                Words.AddAll(all[8..], own[8..]);
                break;
            case Last when Words.Get(own, 2) > Words.Get(all, 2):
            case Max when larger:
            case Min when !larger:
                own.CopyTo(all);
                break;
        }
    }

    public override TraceValue ToValue(ReadOnlySpan<byte> bytes, AggregateParameters parameters, bool signed)
    {
        var points = new SortedDictionary<long, TraceValue>();
        for (int i = 0; i < parameters.Max; i++)
        {
            long which = (long)((ulong)Words.Get(bytes, i * WordsEach) >> KindBits), value = Words.Get(bytes, i * WordsEach + 1);
            if (which == 0)
                continue;
            if (parameters.Bits == Average && Words.Get(bytes, i * WordsEach + 2) is > 0 and var count)
                value = signed ? value / count : (long)((ulong)value / (ulong)count);
            points[which] = new NumberValue(value, signed);
        }

        // What is older than the window was not yet replaced, because nothing happened since.
        long latest = points.Count == 0 ? 0 : points.Keys.Last();
        return new TimeSeriesValue(parameters.Step, [.. points.Where(p => p.Key > latest - parameters.Max).Select(p => (p.Key * parameters.Step, p.Value))]);
    }

    internal override void Emit(AggregateContext c)
    {
        var p = c.Parameters;
        int now = c.Ir.Call(Helper.KtimeGetBootNs), which = c.Ir.Copy(now), done = c.Ir.NewLabel(), same = c.Ir.NewLabel();
        c.Ir.AluConstant(Opcodes.Add, which, c.WallOffset);
        c.Ir.AluConstant(Opcodes.Divide, which, p.Step);
        int address = c.Ir.Copy(which);
        c.Ir.AluConstant(Opcodes.Modulo, address, p.Max);
        // The verifier wants to see the bound that the arithmetic gives.
        c.Ir.JumpIfConstant(Opcodes.JumpGreater, address, p.Max - 1, done);
        c.Ir.AluConstant(Opcodes.Multiply, address, WordsEach * 8);
        c.Ir.Alu(Opcodes.Add, address, c.Slot);
        c.Ir.AluConstant(Opcodes.ShiftLeft, which, KindBits);
        if (p.Bits != Last)
            c.Ir.AluConstant(Opcodes.Or, which, p.Bits);
        c.Ir.JumpIf(Opcodes.JumpEqual, c.Ir.Load(address, c.Offset, 8), which, same);
        c.Ir.Store(address, c.Offset, which, 8);
        Store(c, address, now);
        c.Ir.Jump(done);
        c.Ir.Mark(same);
        int known = c.Ir.Load(address, c.Offset + 8, 8);
        if (p.Bits is Average or Sum)
        {
            c.Ir.Alu(Opcodes.Add, known, c.Value);
            c.Ir.Store(address, c.Offset + 8, known, 8);
            int count = c.Ir.Load(address, c.Offset + 16, 8);
            c.Ir.AluConstant(Opcodes.Add, count, 1);
            c.Ir.Store(address, c.Offset + 16, count, 8);
        }
        else
        {
            if (p.Bits is Max or Min)
                c.Ir.JumpIf((p.Bits, c.Signed) switch
                {
                    (Max, true) => Opcodes.JumpSignedGreaterOrEqual,
                    (Max, false) => Opcodes.JumpGreaterOrEqual,
                    (_, true) => Opcodes.JumpSignedLessOrEqual,
                    _ => Opcodes.JumpLessOrEqual,
                }, known, c.Value, done);
            Store(c, address, now);
        }

        c.Ir.Mark(done);
    }

    /// <summary>The interval's first value, or one that takes the place of it.</summary>
    private static void Store(AggregateContext c, int address, int now)
    {
        c.Ir.Store(address, c.Offset + 8, c.Value, 8);
        if (c.Parameters.Bits is Average or Sum)
            c.Ir.StoreConstant(address, c.Offset + 16, 1, 8);
        else
            c.Ir.Store(address, c.Offset + 16, now, 8);
    }
}
