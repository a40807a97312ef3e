using System.Collections.Immutable;
using Ctrace.Compiler.Text;

namespace Ctrace.Compiler.Syntax;

/// <summary><c>while (condition) { … }</c>.</summary>
public sealed record WhileSyntax(ExpressionSyntax Condition, BlockSyntax Body, TextSpan Span) : StatementSyntax(Span)
{
    /// <inheritdoc/>
    public override string Label => "while";

    /// <inheritdoc/>
    public override IEnumerable<SyntaxNode> Children => [Condition, Body];
}

/// <summary><c>for ($i : first..end) { … }</c>; the end is not part of it.</summary>
public sealed record ForRangeSyntax(VariableSyntax Variable, ExpressionSyntax First, ExpressionSyntax End, BlockSyntax Body, TextSpan Span) : StatementSyntax(Span)
{
    /// <inheritdoc/>
    public override string Label => $"for {Variable.Name}";

    /// <inheritdoc/>
    public override IEnumerable<SyntaxNode> Children => [First, End, Body];
}

/// <summary><c>for ($entry : @map) { … }</c>.</summary>
public sealed record ForMapSyntax(VariableSyntax Variable, ExpressionSyntax Map, BlockSyntax Body, TextSpan Span) : StatementSyntax(Span)
{
    /// <inheritdoc/>
    public override string Label => $"for {Variable.Name}";

    /// <inheritdoc/>
    public override IEnumerable<SyntaxNode> Children => [Map, Body];
}

/// <summary><c>unroll (count) { … }</c>.</summary>
public sealed record UnrollSyntax(ExpressionSyntax Count, BlockSyntax Body, TextSpan Span) : StatementSyntax(Span)
{
    /// <inheritdoc/>
    public override string Label => "unroll";

    /// <inheritdoc/>
    public override IEnumerable<SyntaxNode> Children => [Count, Body];
}

/// <summary><c>break</c> or <c>continue</c>.</summary>
public sealed record LoopJumpSyntax(bool IsBreak, TextSpan Span) : StatementSyntax(Span)
{
    /// <inheritdoc/>
    public override string Label => IsBreak ? "break" : "continue";
}

/// <summary><c>{ statements; value }</c> as an expression.</summary>
public sealed record BlockExpressionSyntax(BlockSyntax Block) : ExpressionSyntax(Block.Span)
{
    /// <inheritdoc/>
    public override string Label => "block expression";

    /// <inheritdoc/>
    public override IEnumerable<SyntaxNode> Children => Block.Statements;
}

/// <summary><c>if (c) { a } else { b }</c> as an expression.</summary>
public sealed record IfExpressionSyntax(IfSyntax If) : ExpressionSyntax(If.Span)
{
    /// <inheritdoc/>
    public override string Label => "if expression";

    /// <inheritdoc/>
    public override IEnumerable<SyntaxNode> Children => If.Children;
}

/// <summary><c>let @name = hash(entries);</c> before the clauses.</summary>
public sealed record MapDeclarationSyntax(string Name, string Kind, ExpressionSyntax Entries, TextSpan KindSpan, TextSpan Span) : SyntaxNode(Span)
{
    /// <inheritdoc/>
    public override string Label => $"let {Name} = {Kind}";

    /// <inheritdoc/>
    public override IEnumerable<SyntaxNode> Children => [Entries];
}

/// <summary><c>macro name(parameters) { … }</c>.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Parameters">Their spellings: <c>$x</c> for a variable, <c>@m</c> for a map, <c>x</c> for an expression.</param>
/// <param name="Body">What it stands for.</param>
/// <param name="Span">The whole definition.</param>
public sealed record MacroSyntax(string Name, ImmutableArray<string> Parameters, BlockSyntax Body, TextSpan Span) : SyntaxNode(Span)
{
    /// <inheritdoc/>
    public override string Label => $"macro {Name}({string.Join(", ", Parameters)})";

    /// <inheritdoc/>
    public override IEnumerable<SyntaxNode> Children => Body.Statements;
}
