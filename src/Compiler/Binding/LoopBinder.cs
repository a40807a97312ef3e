using System.Collections.Immutable;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Syntax;

namespace Ctrace.Compiler.Binding;

/// <summary>Gives loops their meaning.</summary>
internal sealed class LoopBinder(ExpressionBinder expressions, StatementBinder statements)
{
    /// <summary>More copies than this are no use.</summary>
    private const int MostCopies = 100;

    /// <summary>So many rounds the verifier follows one by one.</summary>
    private const long MostCounted = 512;

    private int _depth;

    public BoundStatement Bind(WhileSyntax syntax) =>
        new BoundLoop(expressions.BindCondition(syntax.Condition), Body(syntax.Body), null, 0, syntax.Span);

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
        var counter = new BoundVariable(variable, syntax.Variable.Span);
        // A known end is compared with as such; another is computed once.
        BoundExpression until = end is BoundConstant ? end : new BoundVariable(limit, syntax.End.Span);
        var condition = new BoundBinary(counter, Operators.Binary["<"], until, TraceType.Bool, syntax.Span);
        var step = new BoundExpressionStatement(new BoundIncrement(counter, false, true, TraceType.Int64, syntax.Span));
        int rounds = first is BoundConstant low && end is BoundConstant high && high.Value - low.Value is > 0 and <= MostCounted and var count ? (int)count : 0;
        ImmutableArray<BoundStatement> all =
        [
            .. end is BoundConstant ? [] : (BoundStatement[])[new BoundAssignVariable(limit, end, syntax.End.Span)],
            new BoundAssignVariable(variable, first, syntax.First.Span),
            new BoundLoop(condition, body, step, rounds, syntax.Span),
        ];
        return new BoundBlock(all, syntax.Span);
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
