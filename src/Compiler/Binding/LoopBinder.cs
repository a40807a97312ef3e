using System.Collections.Immutable;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Syntax;
using Ctrace.Compiler.Targets;
using Ctrace.Compiler.Text;

namespace Ctrace.Compiler.Binding;

/// <summary>Gives loops their meaning.</summary>
internal sealed class LoopBinder(ExpressionBinder expressions, StatementBinder statements)
{
    /// <summary>More copies than this are no use.</summary>
    private const int MostCopies = 100;

    /// <summary>So many rounds the verifier follows one by one.</summary>
    private const long MostCounted = 512;

    private int _depth;

    public BoundStatement Bind(WhileSyntax syntax)
    {
        expressions.Context.Diagnostics.WarnOfDeprecated(new TextSpan(syntax.Span.Start, "while".Length), "while", "for ($i : 0..n) { … }, with break and continue");
        return new BoundLoop(expressions.BindCondition(syntax.Condition), Body(syntax.Body), null, 0, syntax.Span);
    }

    /// <summary>$i = first; while ($i &lt; end) { … $i++ }</summary>
    public BoundStatement Bind(ForRangeSyntax syntax)
    {
        var (first, end) = (expressions.Bind(syntax.First), expressions.Bind(syntax.End));
        foreach (var bound in (ReadOnlySpan<BoundExpression>)[first, end])
            if (bound.Type is not (IntegerType or EnumType or BoolType or ErrorType))
                expressions.Context.Diagnostics.ReportType(bound.Span, $"a range has integers as its ends, not {bound.Type.WithArticle}");
        expressions.EnterScope();
        var variable = expressions.DeclareVariable(syntax.Variable.Name, TraceType.Int64, syntax.Variable.Span);
        var limit = expressions.DeclareVariable(syntax.Variable.Name + " end", TraceType.Int64, syntax.End.Span);
        var body = Body(syntax.Body);
        expressions.LeaveScope();
        if (first.Type is not (IntegerType or EnumType or BoolType) || end.Type is not (IntegerType or EnumType or BoolType))
            return new BoundBlock([], syntax.Span);
        // A range that is known to be empty needs no loop.
        if (first is BoundConstant { Value: var from } && end is BoundConstant { Value: var to } && from >= to)
            return new BoundBlock([], syntax.Span);
        // The range stays what it was, whatever a round makes of its number: for ($i : a..b) { $i++ } → for ($n : a..b) { $i = $n; $i++ }
        var number = variable.IsChanged ? new VariableSymbol("the number of the round", TraceType.Int64, syntax.Variable.Span) { IsRead = true } : variable;
        if (variable.IsChanged)
            body = new BoundBlock([new BoundAssignVariable(variable, new BoundVariable(number, syntax.Variable.Span), syntax.Variable.Span), body], syntax.Span);
        var counter = new BoundVariable(number, syntax.Variable.Span);
        // A known end is compared with as such; another is computed once.
        BoundExpression until = end is BoundConstant ? end : new BoundVariable(limit, syntax.End.Span);
        var condition = new BoundBinary(counter, Operators.Binary["<"], until, TraceType.Bool, syntax.Span);
        var step = new BoundExpressionStatement(new BoundIncrement(counter, false, true, TraceType.Int64, syntax.Span));
        int rounds = first is BoundConstant low && end is BoundConstant high && high.Value - low.Value is > 0 and <= MostCounted and var count ? (int)count : 0;
        ImmutableArray<BoundStatement> all =
        [
            .. end is BoundConstant ? [] : (BoundStatement[])[new BoundAssignVariable(limit, end, syntax.End.Span)],
            new BoundAssignVariable(number, first, syntax.First.Span),
            new BoundLoop(condition, body, step, rounds, syntax.Span),
        ];
        return new BoundBlock(all, syntax.Span);
    }

    /// <summary>For each entry of a map.</summary>
    public BoundStatement Bind(ForMapSyntax syntax)
    {
        var map = Iterated(syntax.Map, readsValues: true);
        expressions.EnterScope();
        var variable = expressions.DeclareVariable(syntax.Variable.Name, map is null ? TraceType.Error : EntryType(map), syntax.Variable.Span);
        if (map is not null)
        {
            variable.Assigned.SetElement(0, map.Keys is [_] ? map.AssignedKeys.Element(0) : map.AssignedKeys);
            variable.Assigned.SetElement(1, map.Assigned);
        }

        var body = Body(syntax.Body);
        expressions.LeaveScope();
        return map is null ? new BoundBlock([], syntax.Span) : new BoundMapLoop(map, variable, body, syntax.Span);
    }

    /// <summary>How many entries a map has: they are counted. Null after a diagnostic.</summary>
    public BoundExpression? Count(MapSyntax syntax, TextSpan span)
    {
        if (Iterated(syntax, readsValues: false) is not { } map)
            return null;
        var count = new VariableSymbol("count of entries", TraceType.Int64, span);
        var entry = new VariableSymbol("entry", TupleType.Of([]), span);
        var round = new BoundExpressionStatement(new BoundIncrement(new BoundVariable(count, span), false, true, TraceType.Int64, span));
        ImmutableArray<BoundStatement> statements = [new BoundAssignVariable(count, new BoundConstant(0, TraceType.Int64, span), span), new BoundMapLoop(map, entry, round, span)];
        return new BoundBlockExpression(statements, new BoundVariable(count, span), TraceType.Int64, span);
    }

    /// <summary>The map that a loop goes over; null after a diagnostic.</summary>
    private MapSymbol? Iterated(ExpressionSyntax syntax, bool readsValues)
    {
        var context = expressions.Context;
        if (syntax is not MapSyntax written || expressions.Given(written) is not { Keys: [] } used)
        {
            if (syntax is MapSyntax || expressions.Bind(syntax).Type is not ErrorType)
                context.Diagnostics.ReportType(syntax.Span, "a loop goes over a range or a whole map", "for ($i : 0..10) { … }, or for ($entry : @map) { … }");
            return null;
        }

        if (context.FindMap(used.Name) is not { } map)
        {
            context.ReportUndefinedMap(used);
            return null;
        }

        string? missing = !map.HasKey ? null
            : !context.Target.Supports(KernelFeature.MapIteration) ? "Linux 5.13 can (bpf_for_each_map_elem)"
            : readsValues && map.IsAggregate && !context.Target.Supports(KernelFeature.PerCpuLookup) ? "Linux 5.19 can (bpf_map_lookup_percpu_elem)" : null;
        if (!map.HasKey)
            context.Diagnostics.ReportType(used.Span, $"{map.Name} has no keys: there is nothing to go over", null);
        else if (missing is not null)
            context.Diagnostics.ReportType(used.Span, $"this kernel can't go over {(map.IsAggregate ? $"the {map.ValueName} in " : "")}{map.Name} while tracing", missing);
        else if (readsValues && map.IsAggregate && (map.Aggregates is not [var column] || column.Definition.Reader(column.Signed) is null))
            context.Diagnostics.ReportUnsupported(used.Span, $"going over the {map.ValueName} in {map.Name} while tracing");
        else if (map.TakesTurns)
            context.Diagnostics.ReportUnsupported(used.Span, $"going over {map.Name}, which is shown period by period,");
        else if (map.Living?.ShortKeys >= 0)
            context.Diagnostics.ReportUnsupported(used.Span, $"going over {map.Name}, which another program made, with texts as keys");
        else
        {
            map.IsRead = map.IsIterated = true;
            return map;
        }

        return null;
    }

    /// <summary>An entry: its key (a tuple where it has several parts) and its value.</summary>
    private static TupleType EntryType(MapSymbol map)
    {
        var key = map.Keys is [var only] ? only : TupleType.Of(map.Keys!.Value);
        return TupleType.Of([key, map.IsAggregate ? ExpressionBinder.ReadType(map.Aggregates[0]) : map.Plain!]);
    }

    /// <summary>As many copies as the count says.</summary>
    public BoundStatement Bind(UnrollSyntax syntax)
    {
        var bound = expressions.Bind(syntax.Count);
        if (bound is BoundConstant { Type: IntegerType, Value: >= 0 and <= MostCopies } count)
            return new BoundBlock([.. Enumerable.Range(0, (int)count.Value).Select(_ => statements.Bind(syntax.Body))], syntax.Span);
        if (bound.Type is not ErrorType)
            expressions.Context.Diagnostics.ReportType(syntax.Count.Span, $"unroll takes a constant from 0 to {MostCopies}", "for ($i : 0..n) runs a number of times that only the event knows");
        return new BoundBlock([], syntax.Span);
    }

    public BoundStatement Bind(LoopJumpSyntax syntax)
    {
        if (_depth == 0)
            expressions.Context.Diagnostics.ReportType(syntax.Span, $"'{syntax.Label}' is only for loops", "to end the clause, use return");
        return new BoundLoopJump(syntax.IsBreak, syntax.Span);
    }

    private BoundStatement Body(BlockSyntax block)
    {
        _depth++;
        var body = statements.Bind(block);
        _depth--;
        return body;
    }
}
