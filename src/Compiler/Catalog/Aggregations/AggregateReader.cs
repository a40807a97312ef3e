using Ctrace.Compiler.Bytecode;
using Ctrace.Compiler.Lowering;

namespace Ctrace.Compiler.Catalog.Aggregations;

/// <summary>How a program reads an aggregate itself: it gathers all CPUs' bytes in registers, and makes the value of these.</summary>
/// <param name="Words">Registers needed, all zero at first.</param>
/// <param name="Gather">Adds one CPU's bytes: the code, the registers, the address of the map's value.</param>
/// <param name="Result">A register with the value.</param>
internal sealed record AggregateReader(int Words, Action<IrBuilder, int[], int> Gather, Func<IrBuilder, int[], int> Result)
{
    /// <summary>For what is added up.</summary>
    public static AggregateReader Sum { get; } = new(1, (ir, words, slot) => ir.Alu(Opcodes.Add, words[0], ir.Load(slot, 0, 8)), (_, words) => words[0]);

    /// <summary>For an average: total and count.</summary>
    public static AggregateReader Average(bool signed) => new(2, (ir, words, slot) =>
    {
        ir.Alu(Opcodes.Add, words[0], ir.Load(slot, 0, 8));
        ir.Alu(Opcodes.Add, words[1], ir.Load(slot, 8, 8));
    }, (ir, words) =>
    {
        // The kernel divides without signs; and divided by 0, it gives 0.
        int positive = ir.NewLabel(), negative = ir.Constant(0), done = ir.NewLabel();
        if (signed)
        {
            ir.JumpIfConstant(Opcodes.JumpSignedGreaterOrEqual, words[0], 0, positive);
            ir.Negate(words[0]);
            ir.SetConstant(negative, 1);
            ir.Mark(positive);
        }

        ir.Alu(Opcodes.Divide, words[0], words[1]);
        if (!signed)
            return words[0];
        ir.JumpIfConstant(Opcodes.JumpEqual, negative, 0, done);
        ir.Negate(words[0]);
        ir.Mark(done);
        return words[0];
    });

    /// <summary>For the smallest or largest value: the value, and whether there is one.</summary>
    /// <param name="keep">The jump that is taken when what was gathered is kept.</param>
    public static AggregateReader Extreme(byte keep) => new(2, (ir, words, slot) =>
    {
        int done = ir.NewLabel(), take = ir.NewLabel();
        ir.JumpIfConstant(Opcodes.JumpEqual, ir.Load(slot, 8, 8), 0, done);
        int value = ir.Load(slot, 0, 8);
        ir.JumpIfConstant(Opcodes.JumpEqual, words[1], 0, take);
        ir.JumpIf(keep, words[0], value, done);
        ir.Mark(take);
        ir.Move(words[0], value);
        ir.SetConstant(words[1], 1);
        ir.Mark(done);
    }, (_, words) => words[0]);
}
