using Ctrace.Compiler.Lowering;
using Ctrace.Compiler.Values;

namespace Ctrace.Compiler.Catalog.Aggregations;

/// <summary>
/// One aggregation: its spelling, its arguments, its bytes in a map's value, what an event does to them, how CPUs' values
/// merge and what is shown. All there is to say about it is here.
/// </summary>
public abstract class AggregationDefinition
{
    /// <summary>As written.</summary>
    public abstract string Name { get; }

    /// <summary>Its arguments, as documentation shows them.</summary>
    public abstract string Signature { get; }

    /// <summary>What it does, in a line.</summary>
    public abstract string Summary { get; }

    /// <summary>A program that uses it.</summary>
    public abstract string Example { get; }

    /// <summary>Whether the first argument is the value to aggregate.</summary>
    public virtual bool TakesValue => true;

    /// <summary>The names of the constant arguments, in order, with how many of them are required.</summary>
    public virtual (string[] Names, int Required) Constants => ([], 0);

    /// <summary>The words that the last constant argument may be instead of a number: it is its index then.</summary>
    public virtual string[] Choices => [];

    /// <summary>Checks the constant arguments.</summary>
    /// <param name="constants">As given.</param>
    /// <param name="problem">What is wrong with them, when the result is null.</param>
    public virtual AggregateParameters? ReadParameters(IReadOnlyList<long> constants, out string problem)
    {
        problem = "";
        return AggregateParameters.None;
    }

    /// <summary>Whether the value may be left out, and events are counted then.</summary>
    internal virtual bool IsValueOptional => false;

    /// <summary>Whether there is no one number that <c>print(@map, top, divisor)</c> could sort by or divide.</summary>
    internal virtual bool IgnoresTop => false;

    /// <summary>Whether the second argument is a fraction such as 0.99.</summary>
    internal virtual bool TakesFraction => false;

    /// <summary>Whether all aggregations of its class that take the same value in a query keep one set of bytes for it.</summary>
    internal virtual bool SharesStorage => false;

    /// <summary>The constants, for values that are signed or not.</summary>
    public virtual AggregateParameters Adapt(AggregateParameters parameters, bool signed) => parameters;

    /// <summary>Bytes in the map's value: a multiple of 8.</summary>
    public abstract int ValueSize(AggregateParameters parameters);

    /// <summary>Adds one CPU's bytes to what was gathered (all zero at first).</summary>
    public abstract void Merge(Span<byte> gathered, ReadOnlySpan<byte> cpu, bool signed);

    /// <summary>Whether its bytes are 64-bit words that only ever have something added to them.</summary>
    public virtual bool IsAdditive => false;

    /// <summary>Which of the constants is to blame where <see cref="ReadParameters"/> refuses them.</summary>
    public virtual int Culprit(IReadOnlyList<long> constants) => 0;

    /// <summary>The value to show.</summary>
    public abstract TraceValue ToValue(ReadOnlySpan<byte> bytes, AggregateParameters parameters, bool signed);

    /// <summary>How the values are spread, where the aggregate knows that; null otherwise.</summary>
    public virtual HistogramValue? ToHistogram(ReadOnlySpan<byte> bytes, AggregateParameters parameters, bool signed) => null;

    /// <summary>Whether it can write a first event's bytes, all of them, to a place on the stack (<see cref="AggregateContext.IsFirst"/>).</summary>
    internal virtual bool CanStartOnStack => true;

    /// <summary>How a program reads it; null where only user space can.</summary>
    /// <param name="signed">Whether its values are signed.</param>
    internal virtual AggregateReader? Reader(bool signed) => null;

    /// <summary>Emits what an event does.</summary>
    /// <param name="context">The code and the place.</param>
    internal abstract void Emit(AggregateContext context);
}

/// <summary>What an aggregation's code needs.</summary>
/// <param name="Ir">Where to put it.</param>
/// <param name="Slot">Register with the address of the map's value.</param>
/// <param name="Offset">Bytes from there to the aggregate.</param>
/// <param name="Value">Register with the value (0 for count()); must not be changed.</param>
/// <param name="Parameters">The constant arguments.</param>
/// <param name="Signed">Whether the value is signed.</param>
/// <param name="Contended">Whether another program may interrupt this one in the middle, on the same CPU and the same memory.</param>
internal readonly record struct AggregateContext(
    IrBuilder Ir, int Slot, int Offset, int Value, AggregateParameters Parameters, bool Signed, bool Contended)
{
    /// <summary>Whether nothing is there yet, and the bytes are written instead of changed.</summary>
    public bool IsFirst { get; init; }

    /// <summary>Nanoseconds to add to the time since boot for the wall clock's.</summary>
    public long WallOffset { get; init; }

    /// <summary>Adds a register to a 64-bit word of the aggregate.</summary>
    public void Add(int address, int offset, int value)
    {
        if (IsFirst)
        {
            Ir.Store(address, offset, value, 8);
            return;
        }

        if (Contended)
        {
            Ir.AtomicAdd(address, offset, value);
            return;
        }

        int sum = Ir.Load(address, offset, 8);
        Ir.Alu(Bytecode.Opcodes.Add, sum, value);
        Ir.Store(address, offset, sum, 8);
    }

    /// <summary>Adds 1 to a 64-bit word of the aggregate.</summary>
    public void Increment(int address, int offset)
    {
        if (IsFirst)
        {
            Ir.StoreConstant(address, offset, 1, 8);
            return;
        }

        if (Contended)
        {
            Ir.AtomicAdd(address, offset, Ir.Constant(1));
            return;
        }

        int sum = Ir.Load(address, offset, 8);
        Ir.AluConstant(Bytecode.Opcodes.Add, sum, 1);
        Ir.Store(address, offset, sum, 8);
    }
}
