using Ctrace.Compiler.Symbols;

namespace Ctrace.Compiler.Binding;

/// <summary>How types go together.</summary>
internal static class TypeRules
{
    /// <summary>The type a value is kept in: integers take all 64 bits, so that later values fit.</summary>
    public static TraceType Stored(TraceType type) => type switch
    {
        IntegerType integer => integer.Signed ? TraceType.Int64 : TraceType.UInt64,
        _ => type,
    };

    /// <summary>A type that holds values of both, or null.</summary>
    public static TraceType? Merge(TraceType a, TraceType b)
    {
        if (a == b || b is ErrorType)
            return a;
        return (a, b) switch
        {
            (ErrorType, _) => b,
            (IntegerType x, IntegerType y) => MergeIntegers(x, y),
            (StringType x, StringType y) => x.Capacity >= y.Capacity ? x : y,
            (EnumType x, EnumType y) => MergeIntegers(x.Integer, y.Integer),
            (EnumType x, IntegerType y) => MergeIntegers(x.Integer, y),
            (IntegerType x, EnumType y) => MergeIntegers(x, y.Integer),
            (PointerType, IntegerType y) => y.Size == 8 ? y : TraceType.UInt64,
            (IntegerType x, PointerType) => x.Size == 8 ? x : TraceType.UInt64,
            (PointerType x, PointerType y) => x.Target is VoidType ? y : x,
            // A probed function's name goes where names of functions are kept by their addresses.
            (LookupType { Kind: LookupKind.KernelSymbol }, ProbeNameType { IsFunction: true }) => a,
            (ProbeNameType { IsFunction: true }, LookupType { Kind: LookupKind.KernelSymbol }) => b,
            (TupleType x, TupleType y) => MergeTuples(x, y),
            (BufferType x, BufferType y) => x.Length >= y.Length ? x : y,
            _ => null,
        };
    }

    /// <summary>
    /// A value made to fit the type it goes to: a record's elements in that one's order, a probed function's name as an address. Otherwise
    /// the value itself.
    /// </summary>
    public static BoundExpression Fitted(TraceType? wanted, BoundExpression value)
    {
        if (wanted is LookupType { Kind: LookupKind.KernelSymbol } && value.Type is ProbeNameType)
            return new BoundConversion(value, wanted, value.Span);
        if (wanted is not TupleType { Names: { IsEmpty: false } names } || value.Type is not TupleType given || given.Names.SequenceEqual(names)
            || !given.Names.Order().SequenceEqual(names.Order()))
            return value;
        int[] order = [.. names.Select(name => given.Names.IndexOf(name))];
        BoundExpression[] items = [.. order.Select(i => value is BoundTuple tuple ? tuple.Items[i] : new BoundElement(value, given.Elements[i], value.Span))];
        return new BoundTuple([.. items], TupleType.Of(items.Select(i => Stored(i.Type))) with { Names = names }, value.Span);
    }

    private static IntegerType MergeIntegers(IntegerType a, IntegerType b)
    {
        if (a.Signed == b.Signed)
            return a.Size >= b.Size ? a : b;
        // An unsigned type fits a wider signed one; at 64 bits the sign wins, as for a program's literals.
        var (signed, unsigned) = a.Signed ? (a, b) : (b, a);
        return signed.Size > unsigned.Size ? signed : new IntegerType(Math.Min(8, unsigned.Size * 2), true);
    }

    private static TupleType? MergeTuples(TupleType a, TupleType b)
    {
        if (a.Elements.Length != b.Elements.Length || !a.Names.SequenceEqual(b.Names))
            return null;
        var merged = new List<TraceType>();
        foreach (var (x, y) in a.Elements.Zip(b.Elements))
        {
            if (Merge(x.Type, y.Type) is not { } type)
                return null;
            merged.Add(type);
        }

        return TupleType.Of(merged) with { Names = a.Names };
    }
}
