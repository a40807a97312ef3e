using Ctrace.Compiler.Bytecode;
using Ctrace.Compiler.Values;

namespace Ctrace.Compiler.Catalog.Aggregations;

/// <summary>
/// <c>distinct(x)</c>: HyperLogLog with 2048 one-byte registers. The standard error is 1.04 / √2048 = 2.3 %; small numbers are nearly exact.
/// The estimate is Ertl's, which needs no corrections (O. Ertl, New cardinality estimation algorithms for HyperLogLog sketches, 2017).
/// </summary>
internal sealed class DistinctAggregation : AggregationDefinition
{
    private const int Bits = 11, Registers = 1 << Bits, HighestRank = 64 - Bits + 1;

    public override string Name => "distinct";
    public override string Signature => "distinct(value)";
    public override string Summary => "How many different values there were, with a standard error of 2.3 %.";
    public override string Example => "tracepoint:sched:sched_switch { @ = distinct(args.next_pid); }";
    public override int ValueSize(AggregateParameters parameters) => Registers;

    internal override bool CanStartOnStack => false;

    public override void Merge(Span<byte> gathered, ReadOnlySpan<byte> cpu, bool signed)
    {
        for (int i = 0; i < Registers; i++)
            gathered[i] = Math.Max(gathered[i], cpu[i]);
    }

    public override TraceValue ToValue(ReadOnlySpan<byte> bytes, AggregateParameters parameters, bool signed)
    {
        Span<int> ranks = stackalloc int[HighestRank + 1];
        foreach (byte register in bytes[..Registers])
            ranks[Math.Min((int)register, HighestRank)]++;
        double z = Registers * Tau(1 - ((double)ranks[HighestRank] / Registers));
        for (int k = HighestRank - 1; k >= 1; k--)
            z = 0.5 * (z + ranks[k]);
        z += Registers * Sigma((double)ranks[0] / Registers);
        double estimate = double.IsInfinity(z) ? 0 : Registers / (2 * Math.Log(2)) * Registers / z;
        return new NumberValue((long)Math.Round(estimate), false);
    }

    internal override void Emit(AggregateContext c)
    {
        var ir = c.Ir;
        // The finaliser of MurmurHash3: every bit of the value moves every bit of the hash.
        int hash = ir.Copy(c.Value);
        foreach (long factor in (long[])[unchecked((long)0xff51afd7ed558ccd), unchecked((long)0xc4ceb9fe1a85ec53)])
        {
            int high = ir.Copy(hash);
            ir.AluConstant(Opcodes.ShiftRight, high, 33);
            ir.Alu(Opcodes.Xor, hash, high);
            ir.Alu(Opcodes.Multiply, hash, ir.Constant(factor));
        }

        int last = ir.Copy(hash);
        ir.AluConstant(Opcodes.ShiftRight, last, 33);
        ir.Alu(Opcodes.Xor, hash, last);

        // The upper bits choose the register; it keeps the largest rank, the place of the first one among the others.
        int register = ir.Copy(hash);
        ir.AluConstant(Opcodes.ShiftRight, register, 64 - Bits);
        ir.AluConstant(Opcodes.ShiftLeft, hash, Bits);
        ir.AluConstant(Opcodes.Or, hash, 1 << (Bits - 1));
        int rank = ir.Constant(64), done = ir.NewLabel();
        ir.Alu(Opcodes.Subtract, rank, LogLinear.EmitLog(ir, hash));
        ir.Alu(Opcodes.Add, register, c.Slot);
        ir.JumpIf(Opcodes.JumpGreaterOrEqual, ir.Load(register, c.Offset, 1), rank, done);
        ir.Store(register, c.Offset, rank, 1);
        ir.Mark(done);
    }

    private static double Sigma(double x)
    {
        if (x == 1)
            return double.PositiveInfinity;
        double y = 1, z = x, before;
        do
        {
            x *= x;
            before = z;
            z += x * y;
            y += y;
        }
        while (z != before);
        return z;
    }

    private static double Tau(double x)
    {
        if (x is 0 or 1)
            return 0;
        double y = 1, z = 1 - x, before;
        do
        {
            x = Math.Sqrt(x);
            before = z;
            y *= 0.5;
            z -= Math.Pow(1 - x, 2) * y;
        }
        while (z != before);
        return z / 3;
    }
}
