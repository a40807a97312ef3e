using System.Collections.Immutable;
using Ctrace.Compiler.Catalog.Probes;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Syntax;

namespace Ctrace.Compiler.Binding;

/// <summary>
/// What a span keeps from the entry for the return. Arguments, and texts that they point to, are read at the entry, because nothing
/// of them is sure to be there later.
/// <code>
/// span:syscall:openat &lt; str(args.filename), duration &gt;
///   →  entry:  saved = str(args.filename)         exit:  &lt; saved, now - start &gt;
/// </code>
/// </summary>
internal sealed class SpanBinder(BindingContext context, ResolvedProbe entry, int clause)
{
    private readonly Dictionary<string, VariableSymbol> _known = new(StringComparer.Ordinal);
    private readonly List<(VariableSymbol Variable, BoundExpression Value)> _saved = [];

    /// <summary>Whether the duration is asked for.</summary>
    public bool UsesDuration { get; set; }

    /// <summary>The span as far as it was bound.</summary>
    public BoundSpan Bound => new(entry, [.. _saved], UsesDuration);

    /// <summary>The expression's value at the entry; null where that is nothing of the entry's.</summary>
    public BoundExpression? Capture(ExpressionSyntax syntax)
    {
        if (!IsEntrys(syntax))
            return null;
        string text = SyntaxNode.Dump(syntax);
        if (_known.TryGetValue(text, out var known))
            return new BoundVariable(known, syntax.Span);
        var binder = new ExpressionBinder(context, entry, clause);
        binder.Statements = new StatementBinder(binder);
        var value = binder.BindValue(syntax);
        if (value is BoundError)
            return value;
        var variable = new VariableSymbol($"entry's {text}", TypeRules.Stored(value.Type), syntax.Span);
        _known.Add(text, variable);
        _saved.Add((variable, value));
        return new BoundVariable(variable, syntax.Span);
    }

    private bool IsEntrys(ExpressionSyntax syntax) => syntax switch
    {
        NameSyntax name => IsArgument(name.Name),
        MemberSyntax { Value: NameSyntax { Name: "args" } } field => !IsReturned(field.Name),
        CallSyntax { Name: "str" or "strlen", Arguments: [var text, ..] } call => IsEntrys(text) && call.Arguments.Skip(1).All(a => a is IntegerSyntax || IsEntrys(a)),
        CastSyntax cast => IsEntrys(cast.Value),
        _ => false,
    };

    /// <summary>What a system call returns is a field of the other end.</summary>
    private bool IsReturned(string field) => field == "ret" && entry.Format?.Fields.Any(f => f.Name == field) != true;

    private static bool IsArgument(string name) =>
        name.StartsWith("arg", StringComparison.Ordinal) && int.TryParse(name[3..], out _) || name.StartsWith("sarg", StringComparison.Ordinal) && int.TryParse(name[4..], out _);
}

/// <summary>The entry of a span.</summary>
/// <param name="Entry">The probe there.</param>
/// <param name="Saved">What is kept for the return.</param>
/// <param name="UsesDuration">Whether the time is.</param>
internal sealed record BoundSpan(ResolvedProbe Entry, ImmutableArray<(VariableSymbol Variable, BoundExpression Value)> Saved, bool UsesDuration);
