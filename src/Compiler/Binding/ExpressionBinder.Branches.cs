using System.Collections.Immutable;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Syntax;

namespace Ctrace.Compiler.Binding;

/// <summary>Blocks that have a value, and what decides between two.</summary>
internal sealed partial class ExpressionBinder
{
    /// <summary>Binds an expression that decides between two ways.</summary>
    public BoundExpression BindCondition(ExpressionSyntax syntax)
    {
        var bound = BoundField.AsAddress(Bind(syntax));
        // As in C, where a text is an address; which it is here only where it is written out.
        if (bound is BoundString text)
            return new BoundConstant(text.Bytes.IsEmpty ? 0 : 1, TraceType.Bool, text.Span);
        if (bound.Type is NoneType)
            context.Diagnostics.ReportNoValue(bound.Span, "decide by");
        else if (!bound.Type.IsScalar && bound.Type is not ErrorType)
            context.Diagnostics.ReportType(bound.Span, $"a condition is a number or a comparison, not {bound.Type.WithArticle}", bound.Type is StringType ? "compare it: … == \"text\"" : null);
        return bound;
    }

    /// <summary>Statements, and the last one's value if it is an expression.</summary>
    private BoundExpression BindBlock(BlockSyntax block)
    {
        EnterScope();
        bool hasValue = block.Statements is [.., ExpressionStatementSyntax or IfSyntax { Else: not null }];
        var statements = block.Statements[..^(hasValue ? 1 : 0)].Select(Statements!.Bind).ToImmutableArray();
        var value = !hasValue ? null : block.Statements[^1] is IfSyntax choice ? BindIf(choice) : Bind(((ExpressionStatementSyntax)block.Statements[^1]).Expression);
        LeaveScope();
        _inner.AddRange(statements);
        if (value is BoundError)
            return value;
        if (value is { Type: NoneType } or BoundIncrement)
        {
            var last = new BoundExpressionStatement(value);
            _inner.Add(last);
            if (value.Type is NoneType)
                return new BoundBlockExpression(statements.Add(last), null, TraceType.None, block.Span);
        }

        return new BoundBlockExpression(statements, value, value?.Type ?? TraceType.None, block.Span);
    }

    /// <summary>if (c) { a } else { b } → c ? { a } : { b }, where both have a value; otherwise it has none.</summary>
    private BoundExpression BindIf(IfSyntax syntax)
    {
        var condition = BindCondition(syntax.Condition);
        if (IsSettled(syntax, condition) is { } holds)
            return (holds ? syntax.Then : syntax.Else) is { } taken ? BindBranch(taken) : new BoundBlockExpression([], null, TraceType.None, syntax.Span);
        var then = BindBranch(syntax.Then);
        var otherwise = syntax.Else is null ? new BoundBlockExpression([], null, TraceType.None, syntax.Span) : BindBranch(syntax.Else);
        if (condition.Type is ErrorType || then.Type is ErrorType || otherwise.Type is ErrorType)
            return new BoundError(syntax.Span);
        if (TypeRules.Merge(then.Type, otherwise.Type) is { } type && type is not NoneType)
            return new BoundTernary(condition, then, otherwise, TypeRules.Stored(type), syntax.Span);
        return new BoundTernary(condition, WithoutValue(then), WithoutValue(otherwise), TraceType.None, syntax.Span);
    }

    private BoundExpression BindBranch(StatementSyntax branch) => branch is IfSyntax choice ? BindIf(choice) : BindBlock((BlockSyntax)branch);

    private BoundExpression WithoutValue(BoundExpression value)
    {
        if (value.Type is NoneType)
            return value;
        var statement = new BoundExpressionStatement(value);
        _inner.Add(statement);
        return new BoundBlockExpression([statement], null, TraceType.None, value.Span);
    }

    /// <summary>Which way <c>if comptime (…)</c> goes: the other one has no meaning. Null for every other condition.</summary>
    public static bool? IsSettled(IfSyntax syntax, BoundExpression condition) =>
        syntax.Condition is CallSyntax { Name: "comptime" } && condition is BoundConstant known ? known.Value != 0 : null;

    private BoundExpression BindTernary(TernarySyntax syntax)
    {
        var condition = BindCondition(syntax.Condition);
        if (syntax.Then is null)
            return BindElvis(syntax, condition);
        var then = Bind(syntax.Then);
        var otherwise = Bind(syntax.Else);
        if (then.Type is NoneType && otherwise.Type is NoneType)
            return new BoundTernary(condition, then, otherwise, TraceType.None, syntax.Span);
        if (TypeRules.Merge(then.Type, otherwise.Type) is { } type && type is not NoneType)
            return new BoundTernary(condition, then, otherwise, TypeRules.Stored(type), syntax.Span);
        // Where it is known which way is taken, the other one may be anything.
        if (condition is BoundConstant known && then.Type is not ErrorType && otherwise.Type is not ErrorType)
            return known.Value != 0 ? then : otherwise;
        context.Diagnostics.ReportTypes(syntax.Span, "? :", then.Type.Name, otherwise.Type.Name, "both ways must give the same type");
        return new BoundError(syntax.Span);
    }

    /// <summary>a ?: b → { $known = a; $known ? $known : b }: the first is evaluated once.</summary>
    private BoundExpression BindElvis(TernarySyntax syntax, BoundExpression condition)
    {
        var otherwise = Bind(syntax.Else);
        if (condition.Type is ErrorType || otherwise.Type is ErrorType)
            return new BoundError(syntax.Span);
        if (condition is BoundConstant known)
            return known.Value != 0 ? condition : otherwise;
        if (TypeRules.Merge(condition.Type, otherwise.Type) is not { } type || type is NoneType)
        {
            context.Diagnostics.ReportTypes(syntax.Span, "?:", condition.Type.Name, otherwise.Type.Name, "both ways must give the same type");
            return new BoundError(syntax.Span);
        }

        var kept = new VariableSymbol("the condition's value", TypeRules.Stored(type), syntax.Condition.Span) { IsRead = true };
        var value = new BoundVariable(kept, syntax.Condition.Span);
        var first = new BoundAssignVariable(kept, condition, syntax.Condition.Span);
        _inner.Add(first);
        return new BoundBlockExpression([first], new BoundTernary(value, value, otherwise, kept.Type, syntax.Span), kept.Type, syntax.Span);
    }
}
