using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Syntax;

namespace Ctrace.Compiler.Binding;

/// <summary>Types of operators, and their values where the operands are known.</summary>
internal static class OperatorBinder
{
    public static BoundExpression Unary(ExpressionBinder binder, UnarySyntax syntax, BoundExpression operand)
    {
        if (operand.Type is ErrorType)
            return operand;
        if (!operand.Type.IsScalar || syntax.Operator != "!" && operand.Type is not (IntegerType or BoolType or EnumType))
        {
            binder.Context.Diagnostics.ReportType(syntax.Span, $"'{syntax.Operator}' does not go with {operand.Type.WithArticle}");
            return new BoundError(syntax.Span);
        }

        if (syntax.Operator == "~")
            return Complement(syntax, operand);
        TraceType type = syntax.Operator == "!" ? TraceType.Bool : TraceType.Int64;
        if (operand is not BoundConstant constant)
            return new BoundUnary(syntax.Operator, operand, type, syntax.Span);
        return new BoundConstant(syntax.Operator == "!" ? constant.Value == 0 ? 1 : 0 : -constant.Value, type, syntax.Span);
    }

    /// <summary>
    /// As in bpftrace: it has as many bits as were there, without a sign where they are fewer than 64 (<c>~pid</c> has 32), or where a number is written out.
    /// </summary>
    private static BoundExpression Complement(UnarySyntax syntax, BoundExpression operand)
    {
        var type = AssignedTypes.Operand(operand, syntax.Operand) as IntegerType;
        var narrow = type is { Size: < 8 } ? new IntegerType(type.Size, false) : null;
        bool isSigned = type is { Size: 8, Signed: true } && (operand is not BoundConstant || syntax.Operand is CastSyntax);
        var whole = isSigned ? TraceType.Int64 : TraceType.UInt64;
        if (operand is BoundConstant constant)
            return new BoundConstant(Cut(~constant.Value, narrow ?? whole), whole, syntax.Span);
        var unary = new BoundUnary(syntax.Operator, operand, whole, syntax.Span);
        return narrow is null ? unary : new BoundConversion(new BoundConversion(unary, narrow, syntax.Span), whole, syntax.Span);
    }

    public static BoundExpression Binary(ExpressionBinder binder, BinarySyntax syntax, BoundExpression left, BoundExpression right)
    {
        if (left.Type is ErrorType || right.Type is ErrorType)
            return new BoundError(syntax.Span);
        var op = Operators.Binary[syntax.Operator];
        if (op.Kind == OperatorKind.Equality && (left.Type is LookupType && right is BoundString || left is BoundString && right.Type is LookupType))
            return CompareName(binder, syntax, op, left, right);
        if (op.Kind == OperatorKind.Comparison && left is BoundString a && right is BoundString b)
            return new BoundConstant(op.Fold(a.Bytes.AsSpan().SequenceCompareTo(b.Bytes.AsSpan()), 0, true), TraceType.Bool, syntax.Span);
        if (ResultType(op, left, right) is not { } type)
        {
            string? hint = op.Kind == OperatorKind.Comparison && left.Type is StringType ? "texts are compared with == and !=, unless both are written out"
                : left.Type is PointerType && right.Type is StringType ? "read the text first: str(…)" : null;
            binder.Context.Diagnostics.ReportTypes(syntax.Span, op.Text, left.Type.Name, right.Type.Name, hint);
            return new BoundError(syntax.Span);
        }

        if (op.Kind == OperatorKind.Division && right is BoundConstant { Value: 0 })
            binder.Context.Diagnostics.Warn("CT2036", syntax.Span, "division by zero: the result is 1");
        var bound = new BoundBinary(left, op, right, type, syntax.Span);
        if (left is not BoundConstant x || right is not BoundConstant y)
            return bound;
        long value = op.Fold(x.Value, y.Value, op.Kind == OperatorKind.Shift ? Operators.CountsAsSigned(left) : bound.Signed);
        // 1 << 63 is the number of that value, which has no sign.
        bool isLarge = op.Text == "<<" && x is { Value: >= 0, Type: IntegerType { Size: 8 } } && value < 0;
        return new BoundConstant(value, isLarge ? TraceType.UInt64 : type, syntax.Span);
    }

    /// <summary>A number that is shown by name → the number == that of the name.</summary>
    private static BoundExpression CompareName(ExpressionBinder binder, BinarySyntax syntax, BinaryOperator op, BoundExpression left, BoundExpression right)
    {
        var (number, name) = left is BoundString text ? (right, text) : (left, (BoundString)right);
        var type = (LookupType)number.Type;
        if (binder.Context.Target.FindNumber(type.Kind, System.Text.Encoding.UTF8.GetString(name.Bytes.AsSpan())) is { } found)
            return new BoundBinary(number, op, new BoundConstant(found, TraceType.Int64, name.Span), TraceType.Bool, syntax.Span);
        binder.Context.Diagnostics.ReportType(name.Span, $"there is no such {type.Name}", type.Kind is LookupKind.KernelSymbol or LookupKind.CgroupPath
            ? "compare the number that it is shown for" : "print it to see how it is written");
        return new BoundError(syntax.Span);
    }

    /// <summary>Cuts a constant to a type's size.</summary>
    public static long Cut(long value, TraceType type) => type switch
    {
        BoolType => value == 0 ? 0 : 1,
        IntegerType { Size: 8 } => value,
        IntegerType { Signed: true } integer => value << 64 - integer.Size * 8 >> 64 - integer.Size * 8,
        IntegerType integer => value & (1L << integer.Size * 8) - 1,
        EnumType choice => Cut(value, choice.Integer),
        _ => value,
    };

    private static TraceType? ResultType(BinaryOperator op, BoundExpression left, BoundExpression right)
    {
        bool numbers = IsNumber(left.Type) && IsNumber(right.Type);
        switch (op.Kind)
        {
            case OperatorKind.Logic:
                return left.Type.IsScalar && right.Type.IsScalar ? TraceType.Bool : null;
            case OperatorKind.Comparison:
                return numbers ? TraceType.Bool : null;
            case OperatorKind.Equality:
                bool comparable = numbers || left.Type is StringType && right.Type is StringType
                    || left.Type is ProbeNameType && right is BoundString || left is BoundString && right.Type is ProbeNameType;
                bool wholes = left.Type is TupleType or ArrayType or StructureType or StackType && TypeRules.Merge(left.Type, right.Type) is not null;
                return comparable || wholes ? TraceType.Bool : null;
            case OperatorKind.Shift:
                return numbers ? TypeRules.Stored(left.Type is IntegerType ? left.Type : TraceType.UInt64) : null;
            default:
                return !numbers ? null : op.Kind == OperatorKind.Division
                    ? Operators.CountsAsSigned(left) || Operators.CountsAsSigned(right) ? TraceType.Int64 : Unsigned(left, right)
                    // A difference may be negative, whatever its operands are.
                    : op.Text == "-" || Operators.IsSigned(left.Type) || Operators.IsSigned(right.Type) ? TraceType.Int64 : TraceType.UInt64;
        }
    }

    private static TraceType Unsigned(BoundExpression left, BoundExpression right) =>
        Operators.IsSigned(left.Type) && Operators.IsSigned(right.Type) ? TraceType.Int64 : TraceType.UInt64;

    private static bool IsNumber(TraceType type) => type is IntegerType or BoolType or PointerType or EnumType;
}
