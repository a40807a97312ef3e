using System.Collections.Immutable;
using Ctrace.Compiler.Catalog.Probes;
using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Syntax;

namespace Ctrace.Compiler.Binding;

/// <summary>Where C# may stand in a program.</summary>
internal static class Handlers
{
    /// <summary>A program's handlers, in the order of their clauses.</summary>
    public static ImmutableArray<Handler> Of(ProgramSyntax program) => [.. program.Clauses.Where(c => SyntaxOf(c) is not null).Select(c =>
        new Handler(SyntaxOf(c)!.Code, c.Body is not QuerySyntax query ? HandlerKind.Alone : QueryBinder.IsAggregation(query) ? HandlerKind.Refresh : HandlerKind.Row))];

    /// <summary>A clause's place among them; -1 where it has none.</summary>
    public static int IndexOf(ProgramSyntax program, ClauseSyntax clause) =>
        SyntaxOf(clause) is null ? -1 : program.Clauses.TakeWhile(c => !ReferenceEquals(c, clause)).Count(c => SyntaxOf(c) is not null);

    /// <summary>Reports a handler where none may be.</summary>
    public static void Check(ClauseSyntax clause, ProbeKind kind, DiagnosticBag diagnostics)
    {
        if (clause.Handler is { } after && clause.Body is not QuerySyntax)
            diagnostics.ReportHandler(after.Span, clause.Body is HandlerSyntax ? "one handler is enough" : "a handler follows a query, not a block");
        else if (clause.Body is HandlerSyntax && !kind.TakesHandlers)
            diagnostics.ReportHandler(clause.Body.Span, $"a handler stands alone only on {string.Join(", ", Catalog.CatalogIndex.Probes.Where(p => p.TakesHandlers).Select(p => p.Names[0]))}");
    }

    private static HandlerSyntax? SyntaxOf(ClauseSyntax clause) => clause.Body as HandlerSyntax ?? clause.Handler;
}
