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
            (TupleType x, TupleType y) => MergeTuples(x, y),
            (BufferType x, BufferType y) => x.Length >= y.Length ? x : y,
            _ => null,
        };
    }

    /// <summary>A record whose elements stand in another order than those of the type it goes to; otherwise the value itself.</summary>
    public static BoundExpression InOrderOf(TraceType? wanted, BoundExpression value)
    {
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
