using System.Collections.Immutable;
using Ctrace.Compiler.Text;

namespace Ctrace.Compiler.Syntax;

/// <summary>A whole program.</summary>
public sealed record ProgramSyntax(
    ImmutableArray<ConfigItemSyntax> Config, ImmutableArray<ClauseSyntax> Clauses, TextSpan Span) : SyntaxNode(Span)
{
    /// <summary>The maps that it declares.</summary>
    public ImmutableArray<MapDeclarationSyntax> MapDeclarations { get; init; } = [];

    /// <summary>The files that it imports.</summary>
    public ImmutableArray<ImportSyntax> Imports { get; init; } = [];

    /// <summary>The macros that it defines.</summary>
    public ImmutableArray<MacroSyntax> Macros { get; init; } = [];

    /// <summary>The C definitions that it begins with, as written; empty where there are none.</summary>
    public string Definitions { get; init; } = "";

    /// <inheritdoc/>
    public override string Label => "program";

    /// <inheritdoc/>
    public override IEnumerable<SyntaxNode> Children => [.. Config, .. Clauses];
}

/// <summary><c>import "file";</c>.</summary>
public sealed record ImportSyntax(string Path, TextSpan Span) : SyntaxNode(Span)
{
    /// <inheritdoc/>
    public override string Label => $"import {Path}";
}

/// <summary><c>name = value</c> in the config block.</summary>
public sealed record ConfigItemSyntax(string Name, ExpressionSyntax Value, TextSpan Span) : SyntaxNode(Span)
{
    /// <inheritdoc/>
    public override string Label => $"config {Name}";

    /// <inheritdoc/>
    public override IEnumerable<SyntaxNode> Children => [Value];
}

/// <summary>Probes, an optional predicate, and what to do when one fires.</summary>
public sealed record ClauseSyntax(
    string? Name, ImmutableArray<ProbeSyntax> Probes, ExpressionSyntax? Predicate, BodySyntax Body, TextSpan Span)
    : SyntaxNode(Span)
{
    /// <summary>The C# after its query, or null.</summary>
    public HandlerSyntax? Handler { get; init; }

    /// <inheritdoc/>
    public override string Label => Name is null ? "clause" : $"clause {Name}";

    /// <inheritdoc/>
    public override IEnumerable<SyntaxNode> Children =>
        Predicate is null ? [.. Probes, Body] : [.. Probes, Predicate, Body];
}

/// <summary>A probe as written: parts between colons.</summary>
/// <param name="Parts">The first is the kind.</param>
/// <param name="Span">The whole probe.</param>
public sealed record ProbeSyntax(ImmutableArray<ProbePartSyntax> Parts, TextSpan Span) : SyntaxNode(Span)
{
    /// <summary>The probe as one string.</summary>
    public string Text => string.Join(':', Parts.Select(p => p.Text));

    /// <inheritdoc/>
    public override string Label => $"probe {Text}";
}

/// <summary>One part of a probe.</summary>
public sealed record ProbePartSyntax(string Text, TextSpan Span);

/// <summary>A block or a query.</summary>
public abstract record BodySyntax(TextSpan Span) : SyntaxNode(Span);

/// <summary><c>=&gt; { … }</c>: C#, as a clause's body or after a query.</summary>
/// <param name="Code">What stands between the braces.</param>
/// <param name="Span">The braces too.</param>
public sealed record HandlerSyntax(TextSpan Code, TextSpan Span) : BodySyntax(Span)
{
    /// <inheritdoc/>
    public override string Label => "handler";
}

/// <summary><c>{ … }</c> as a clause's body.</summary>
public sealed record BlockBodySyntax(BlockSyntax Block) : BodySyntax(Block.Span)
{
    /// <inheritdoc/>
    public override string Label => "block body";

    /// <inheritdoc/>
    public override IEnumerable<SyntaxNode> Children => Block.Statements;
}

/// <summary><c>&lt; … &gt;</c>.</summary>
public sealed record QuerySyntax(
    ImmutableArray<NamedExpressionSyntax> Items, ImmutableArray<QueryOptionSyntax> Options, TextSpan Span) : BodySyntax(Span)
{
    /// <inheritdoc/>
    public override string Label => "query";

    /// <inheritdoc/>
    public override IEnumerable<SyntaxNode> Children => [.. Items, .. Options];
}

/// <summary>An expression of a query and the name of its column.</summary>
public sealed record NamedExpressionSyntax(ExpressionSyntax Expression, string? Name, TextSpan Span) : SyntaxNode(Span)
{
    /// <inheritdoc/>
    public override string Label => Name is null ? "item" : $"item as {Name}";

    /// <inheritdoc/>
    public override IEnumerable<SyntaxNode> Children => [Expression];
}

/// <summary>An option of a query.</summary>
public abstract record QueryOptionSyntax(TextSpan Span) : SyntaxNode(Span);

/// <summary><c>by key, …</c>.</summary>
public sealed record BySyntax(ImmutableArray<NamedExpressionSyntax> Keys, TextSpan Span) : QueryOptionSyntax(Span)
{
    /// <inheritdoc/>
    public override string Label => "by";

    /// <inheritdoc/>
    public override IEnumerable<SyntaxNode> Children => Keys;
}

/// <summary><c>top N [by column]</c>.</summary>
public sealed record TopSyntax(ExpressionSyntax Count, string? Column, TextSpan ColumnSpan, TextSpan Span) : QueryOptionSyntax(Span)
{
    /// <inheritdoc/>
    public override string Label => Column is null ? "top" : $"top by {Column}";

    /// <inheritdoc/>
    public override IEnumerable<SyntaxNode> Children => [Count];
}

/// <summary><c>every duration</c>.</summary>
public sealed record EverySyntax(ExpressionSyntax Period, TextSpan Span) : QueryOptionSyntax(Span)
{
    /// <inheritdoc/>
    public override string Label => "every";

    /// <inheritdoc/>
    public override IEnumerable<SyntaxNode> Children => [Period];
}

/// <summary><c>into @map</c>.</summary>
public sealed record IntoSyntax(string Map, TextSpan Span) : QueryOptionSyntax(Span)
{
    /// <inheritdoc/>
    public override string Label => $"into {Map}";
}
