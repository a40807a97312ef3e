using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Syntax;

namespace Ctrace.Compiler.Binding;

/// <summary>Types as the program may ask for them: integers in variables, maps, keys and tuples are as wide as what they are assigned.</summary>
internal static class AssignedTypes
{
    /// <summary>Notes what a variable, a map or a key is assigned.</summary>
    /// <param name="target">What is known of it.</param>
    /// <param name="value">The value.</param>
    /// <param name="syntax">Where it is written, or null: a literal that is cast is none.</param>
    /// <returns>Whether what was answered before may be another type now.</returns>
    public static bool Note(AssignedType target, BoundExpression value, ExpressionSyntax? syntax)
    {
        switch (value)
        {
            case BoundTuple tuple:
                bool isNew = false;
                for (int i = 0; i < tuple.Items.Length; i++)
                    isNew |= Note(target.Element(i), tuple.Items[i], (syntax as TupleSyntax)?.Items.ElementAtOrDefault(i));
                return isNew;
            case BoundTernary choice:
                return Note(target, choice.Then, (syntax as TernarySyntax)?.Then) | Note(target, choice.Else, (syntax as TernarySyntax)?.Else);
            case BoundBlockExpression { Value: { } last }:
                return Note(target, last, null);
            case BoundConstant { Type: IntegerType { Size: 8 }, Value: var number } when syntax is not CastSyntax:
                return target.AddLiteral(number);
            default:
                return Source(value) is { } source && value.Type is TupleType whole ? Note(target, source, whole) : Note(target, Of(value, syntax));
        }
    }

    private static bool Note(AssignedType target, TraceType type)
    {
        bool isNew = false;
        if (type is not TupleType tuple)
            return target.Add(type.Size, type is IntegerType { Signed: true });
        for (int i = 0; i < tuple.Elements.Length; i++)
            isNew |= Note(target.Element(i), tuple.Elements[i].Type);
        return isNew;
    }

    private static bool Note(AssignedType target, AssignedType source, TupleType tuple)
    {
        bool isNew = false;
        for (int i = 0; i < tuple.Elements.Length; i++)
        {
            var (to, from, kept) = (target.Element(i), source.Element(i), tuple.Elements[i].Type);
            isNew |= kept is TupleType inner ? Note(to, from, inner) : Note(to, kept is IntegerType integer ? from.Ask(integer) : kept);
        }

        return isNew;
    }

    /// <summary>The type of an expression where it is asked for. A tuple's is the one that it has in memory, where integers have all 64 bits.</summary>
    /// <param name="value">The expression.</param>
    /// <param name="syntax">As it is written, or null: a literal that is cast is none.</param>
    public static TraceType Of(BoundExpression value, ExpressionSyntax? syntax = null) => value switch
    {
        BoundConstant { Type: IntegerType { Size: 8 } kept, Value: var number } when syntax is not CastSyntax => Smallest(kept, number),
        { Type: IntegerType kept } when Source(value) is { } source => source.Ask(kept),
        _ => value.Type,
    };

    /// <summary>
    /// The type that an operator goes by which depends on how many bits there are: what is only assigned numbers that are written out has all 64.
    /// </summary>
    public static TraceType Operand(BoundExpression value, ExpressionSyntax syntax) => value switch
    {
        // ~~pid is pid.
        BoundConversion { Value: BoundConversion { Value: BoundUnary { Operator: "~" } } inner } => inner.Type,
        BoundConstant => value.Type,
        _ when Source(value) is { IsTyped: false } => value.Type,
        _ => Of(value, syntax),
    };

    private static IntegerType Smallest(IntegerType kept, long number)
    {
        var literal = new AssignedType();
        literal.AddLiteral(number);
        return literal.Ask(kept);
    }

    /// <summary>What is known of the place that a value is read from; null where it is from none, or where the program names its type.</summary>
    private static AssignedType? Source(BoundExpression value) => value switch
    {
        BoundVariable { Variable: { IsDeclared: false } variable } => variable.Assigned,
        BoundMapRead { Map: { IsAggregate: false } map } => map.Assigned,
        BoundElement { Value: { Type: TupleType tuple } whole } element => Source(whole)?.Element(tuple.Elements.IndexOf(element.Element)),
        _ => null,
    };
}
