using System.Collections.Immutable;
using Ctrace.Compiler.Text;

namespace Ctrace.Compiler.Syntax;

/// <summary>A statement.</summary>
public abstract record StatementSyntax(TextSpan Span) : SyntaxNode(Span);

/// <summary><c>{ … }</c>.</summary>
public sealed record BlockSyntax(ImmutableArray<StatementSyntax> Statements, TextSpan Span) : StatementSyntax(Span)
{
    /// <inheritdoc/>
    public override string Label => "block";

    /// <inheritdoc/>
    public override IEnumerable<SyntaxNode> Children => Statements;
}

/// <summary>An expression for its effect.</summary>
public sealed record ExpressionStatementSyntax(ExpressionSyntax Expression) : StatementSyntax(Expression.Span)
{
    /// <inheritdoc/>
    public override string Label => "expression statement";

    /// <inheritdoc/>
    public override IEnumerable<SyntaxNode> Children => [Expression];
}

/// <summary><c>target = value</c>, or <c>target op= value</c>.</summary>
/// <param name="Target">A map element or a variable.</param>
/// <param name="Operator">The operator of a compound form (<c>+</c> of <c>+=</c>), or null.</param>
/// <param name="Value">The right side.</param>
/// <param name="Span">The statement.</param>
public sealed record AssignmentSyntax(ExpressionSyntax Target, string? Operator, ExpressionSyntax Value, TextSpan Span)
    : StatementSyntax(Span)
{
    /// <inheritdoc/>
    public override string Label => $"assign {Operator}=";

    /// <inheritdoc/>
    public override IEnumerable<SyntaxNode> Children => [Target, Value];
}

/// <summary><c>let $x</c>, <c>let $x = value</c>, both also with a type: <c>let $x : uint8 = 1</c>.</summary>
public sealed record LetSyntax(VariableSyntax Variable, TypeSyntax? Type, ExpressionSyntax? Value, TextSpan Span) : StatementSyntax(Span)
{
    /// <inheritdoc/>
    public override string Label => "let";

    /// <inheritdoc/>
    public override IEnumerable<SyntaxNode> Children => Value is null ? [Variable] : [Variable, Value];
}

/// <summary><c>if condition { … } else { … }</c>.</summary>
public sealed record IfSyntax(ExpressionSyntax Condition, BlockSyntax Then, StatementSyntax? Else, TextSpan Span)
    : StatementSyntax(Span)
{
    /// <inheritdoc/>
    public override string Label => "if";

    /// <inheritdoc/>
    public override IEnumerable<SyntaxNode> Children => Else is null ? [Condition, Then] : [Condition, Then, Else];
}

/// <summary><c>return</c>: ends the clause for this event. A value is allowed, and has no effect.</summary>
public sealed record ReturnSyntax(ExpressionSyntax? Value, TextSpan Span) : StatementSyntax(Span)
{
    /// <inheritdoc/>
    public override string Label => "return";

    /// <inheritdoc/>
    public override IEnumerable<SyntaxNode> Children => Value is null ? [] : [Value];
}
