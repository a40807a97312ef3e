using System.Collections.Immutable;
using Ctrace.Compiler.Catalog;
using Ctrace.Compiler.Catalog.Probes;
using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Syntax;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Targets;

namespace Ctrace.Compiler.Binding;

/// <summary>Gives a program its meaning on a target.</summary>
internal static class ProgramBinder
{
    /// <summary>Types only ever widen, so that passes come to an end; this is far more than any program needs.</summary>
    private const int MaxPasses = 16;

    /// <summary>Binds a program. Null where there is an error.</summary>
    public static BoundProgram? Bind(ProgramSyntax syntax, ITarget target, ref CompilationOptions options, DiagnosticBag diagnostics)
    {
        if (syntax.Clauses.Length == 0)
        {
            diagnostics.ReportNoClause(syntax.Span);
            return null;
        }

        var context = new BindingContext(target, options);
        syntax = ProbeParameters.Fill(syntax, context.Positional, diagnostics);
        if (diagnostics.HasErrors)
            return null;
        foreach (var declaration in syntax.MapDeclarations)
            Declare(declaration, context, diagnostics);
        foreach (var twice in syntax.MapDeclarations.GroupBy(d => d.Name).Where(g => g.Count() > 1))
            diagnostics.ReportTwice(twice.Last().Span, $"the declaration of {twice.Key}");
        foreach (var macro in syntax.Macros)
        {
            context.AddMacro(macro);
            if (macro.Parameters.GroupBy(p => p).FirstOrDefault(g => g.Count() > 1) is { } parameter)
                diagnostics.ReportTwice(macro.Span, $"the parameter {parameter.Key} of {macro.Name}()");
        }

        var available = options.Headers;
        foreach (string header in options.IncludedHeaders.Where(h => available?.Find(h, isSystem: true) is null))
            diagnostics.ReportType(default, $"there is no header {header}", "give its folder with -I");
        if (!diagnostics.HasErrors && options.IncludedHeaders is [_, ..] headers)
            context.Types.Declare(string.Concat(headers.Select(h => $"#include <{h}>\n")), options.Headers, diagnostics);
        if (syntax.Definitions.Length > 0)
            context.Types.Declare(syntax.Definitions, options.Headers, diagnostics);
        context.Options = options = Settings.Apply(syntax.Config, options, diagnostics);
        var probes = syntax.Clauses.Select(clause => Resolve(clause, target, context.Options.MissingProbes, diagnostics)).ToArray();
        if (options.ProbeFilter is { } filter && !diagnostics.HasErrors)
            ProbeFilter.Apply(filter, probes, syntax.Clauses[0].Span, diagnostics);
        if (!diagnostics.HasErrors && probes.All(p => p.Count == 0))
            diagnostics.ReportMachine(syntax.Clauses[0].Span, "this machine has none of the program's probes", null);
        context.IsIncomplete = diagnostics.HasErrors && probes.Any(p => p.Count == 0);
        ImmutableArray<BoundClause> clauses = [];
        try
        {
            int passes = 0;
            do
            {
                context.StartPass();
                clauses = [.. syntax.Clauses.SelectMany((clause, index) => BindClause(syntax, clause, index, probes[index], context))];
            }
            while (context.NeedsAnotherPass && ++passes < MaxPasses);
        }
        catch (TargetException refused)
        {
            diagnostics.ReportMachine(syntax.Clauses[0].Span, refused.Message, refused.Hint);
            return null;
        }

        diagnostics.AddRange(context.Diagnostics);
        foreach (var map in context.Maps.Where(m => m.IsUsed && m.Living is not null && !diagnostics.HasErrors))
            LivingMap.Check(map, diagnostics);
        foreach (var map in context.Maps.Where(m => m.IsUsed && !context.IsIncomplete))
            WarnOfUnused(map, context, diagnostics);
        var maps = context.Maps.Where(m => m.IsUsed && (m.Plain is not null || m.IsAggregate)).ToImmutableArray();
        if (!target.Supports(KernelFeature.LargeKeys))
            foreach (var map in maps.Where(m => m.HasKey && m.KeyLayout.Size > MapSymbol.LargestKeyOfOldKernels))
                diagnostics.ReportLargeKey(map.Span, map.KeyLayout.Size, MapSymbol.LargestKeyOfOldKernels);
        if (diagnostics.HasErrors)
            return null;
        var names = clauses.SelectMany(c => c.Probes).SelectMany(p => p.Names).Distinct().ToImmutableArray();
        return new BoundProgram(clauses, maps, names, Handlers.Of(syntax)) { Variables = [.. context.Variables] };
    }

    /// <summary>What a declaration says of a map. Whether values are kept for each CPU follows from what is stored, as ever.</summary>
    private static void Declare(MapDeclarationSyntax declaration, BindingContext context, DiagnosticBag diagnostics)
    {
        string[] kinds = ["hash", "lruhash", "percpuhash", "percpulruhash", "array", "percpuarray"];
        if (!kinds.Contains(declaration.Kind))
        {
            diagnostics.ReportType(declaration.KindSpan, $"there is no kind of map '{declaration.Kind}'", DiagnosticBag.DidYouMean(declaration.Kind, kinds) ?? $"kinds are {string.Join(", ", kinds)}");
            return;
        }

        if (declaration.Entries is not IntegerSyntax { Value: >= 1 and <= 1 << 30 and var entries })
        {
            diagnostics.ReportType(declaration.Entries.Span, "the number of entries is a constant, 1 or more", $"let {declaration.Name} = {declaration.Kind}(1000);");
            return;
        }

        var map = context.DefineMap(declaration.Name, declaration.Span);
        map.DeclaredEntries = (int)entries;
        map.DropsOldest = declaration.Kind.Contains("lru");
    }

    /// <summary>A map that is only read, or only declared, has a name that was meant for another one.</summary>
    private static void WarnOfUnused(MapSymbol map, BindingContext context, DiagnosticBag diagnostics)
    {
        if (map.IsNeverStored)
            diagnostics.WarnOfEmptyMap(map.Span, map.Name, context.Maps.Where(m => !m.IsNeverStored).Select(m => m.Name));
        else if (map is { Plain: null, IsAggregate: false, DeclaredEntries: not null } && !diagnostics.HasErrors)
            diagnostics.Warn("CT2016", map.Span, $"{map.Name} is not used");
    }

    private static List<ResolvedProbe> Resolve(ClauseSyntax clause, ITarget target, MissingProbes missing, DiagnosticBag diagnostics)
    {
        var resolved = new List<ResolvedProbe>();
        var empty = new DiagnosticBag();
        foreach (var probe in clause.Probes)
        {
            string kind = probe.Parts[0].Text;
            if (CatalogIndex.FindProbe(kind) is not { } definition)
            {
                diagnostics.ReportUnknownProbe(probe.Parts[0].Span, kind, [.. CatalogIndex.Probes.Select(p => p.Names[0])], TracepointCalled(kind, target));
                continue;
            }

            try
            {
                var found = new DiagnosticBag();
                resolved.AddRange(definition.Resolve(probe, target, found));
                // A wildcard may find nothing as long as another of the clause's probes is there.
                if (missing == MissingProbes.Error && Glob.IsPattern(probe.Text))
                    empty.AddRange(found);
                else
                    diagnostics.AddRange(missing == MissingProbes.Error ? found : found.WithoutMissing(missing == MissingProbes.Warn));
            }
            catch (TargetException refused)
            {
                diagnostics.ReportMachine(probe.Span, refused.Message, refused.Hint);
            }
        }

        diagnostics.AddRange(resolved.Count == 0 ? empty : empty.WithoutMissing(warn: false));
        // The same probe by two wildcards is still one probe.
        return [.. resolved.DistinctBy(p => (p.Name, p.Location, p.Syscalls?.Count, p.AllNames?.Count))];
    }

    /// <summary>Many start with the event's name alone: the tracepoint that is called so, or null.</summary>
    private static string? TracepointCalled(string name, ITarget target)
    {
        try
        {
            var (category, found) = target.Tracepoints.FirstOrDefault(t => t.Name == name);
            return found is null ? null : $"tracepoint:{category}:{found}";
        }
        catch (TargetException)
        {
            // Only a hint is lost.
            return null;
        }
    }

    /// <summary>
    /// Binds a clause once for all its probes when nothing in it depends on the probe; otherwise once for each group of probes
    /// whose fields look alike.
    /// </summary>
    private static IEnumerable<BoundClause> BindClause(
        ProgramSyntax program, ClauseSyntax clause, int index, List<ResolvedProbe> probes, BindingContext context)
    {
        var groups = new List<BoundClause>();
        if (TrampolineKind.CanShare(probes, context.Target) && !LooksInside(program, clause, index, probes[0], context))
            probes = TrampolineKind.Share(probes);
        foreach (var group in probes.GroupBy(p => (p.Kind, p.AttachType, p.Syscalls is null && p.Function is null ? null : p)))
        {
            var pending = group.ToList();
            while (pending.Count > 0)
            {
                var (bound, depends, looksAround) = BindFor(program, clause, index, pending[0], context);
                var alike = depends ? pending[..1] : pending;
                var attached = depends || looksAround ? alike : [.. alike.Select(p => TracepointKind.WithoutRecord(p, context.Target))];
                groups.AddRange(attached.GroupBy(p => p.Kind).Select(same => bound with { Probes = [.. same] }));
                pending = pending[alike.Count..];
            }
        }

        return groups;
    }

    /// <summary>Whether a clause asks more of a probe than which one it is.</summary>
    private static bool LooksInside(ProgramSyntax program, ClauseSyntax clause, int index, ResolvedProbe probe, BindingContext context)
    {
        var expressions = new ExpressionBinder(context, probe, index);
        BindFor(program, clause, index, probe, expressions);
        return expressions.LooksInside;
    }

    private static (BoundClause Clause, bool DependsOnProbe, bool LooksAround) BindFor(
        ProgramSyntax program, ClauseSyntax clause, int index, ResolvedProbe probe, BindingContext context)
    {
        var expressions = new ExpressionBinder(context, probe, index);
        var bound = BindFor(program, clause, index, probe, expressions);
        return (bound, expressions.DependsOnProbe, expressions.LooksAround);
    }

    private static BoundClause BindFor(ProgramSyntax program, ClauseSyntax clause, int index, ResolvedProbe probe, ExpressionBinder expressions)
    {
        var context = expressions.Context;
        var statements = new StatementBinder(expressions);
        var predicate = clause.Predicate is null ? null : expressions.BindCondition(clause.Predicate);
        var body = clause.Body switch
        {
            QuerySyntax query => new QueryBinder(expressions, statements, Handlers.IndexOf(program, clause)).Bind(query, DefaultMap(program, query, context.Options.QueryMap)),
            HandlerSyntax handler => new BoundHandler(Handlers.IndexOf(program, clause), handler.Span),
            _ => statements.Bind(((BlockBodySyntax)clause.Body).Block),
        };
        expressions.WarnOfUnassigned();
        Handlers.Check(clause, probe.Kind, context.Diagnostics);
        var bound = new BoundClause(clause, [probe], predicate, body) { Inner = expressions.Inner, Span = expressions.Span?.Bound };
        if (probe.Plan is IteratorPlan { Pin: not null })
            PinnedBody.Check(bound, context.Diagnostics);
        return bound;
    }

    /// <summary><c>@</c> for a program's only aggregation query, <c>@1</c>, <c>@2</c>, … otherwise.</summary>
    private static string DefaultMap(ProgramSyntax program, QuerySyntax query, string? given)
    {
        var queries = program.Clauses.Select(c => c.Body).OfType<QuerySyntax>().Where(QueryBinder.IsAggregation).ToList();
        int number = queries.FindIndex(q => ReferenceEquals(q, query)) + 1;
        if (given is not null)
            return number <= 1 ? given : $"{given}_{number}";
        return queries.Count == 1 ? "@" : $"@{number}";
    }
}
