using Ctrace.Compiler.Catalog.Builtins;
using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Text;

namespace Ctrace.Compiler.Binding;

/// <summary>
/// What the clause of an iterator that stays in the file system may do. It runs when somebody reads its file, and ctrace is gone then: the kernel
/// itself writes the text (bpf_seq_printf), and can do only so much.
/// </summary>
internal static class PinnedBody
{
    /// <summary>MAX_BPRINTF_VARARGS of the kernel.</summary>
    private const int MostArguments = 12;

    private const string Hint = "printf(\"%d %s\\n\", ctx.task.pid, ctx.task.comm)";

    /// <summary>Reports what it may not do.</summary>
    public static void Check(BoundClause clause, DiagnosticBag diagnostics)
    {
        foreach (var statement in clause.Statements)
            Check(statement, clause.Syntax.Body.Span, diagnostics);
    }

    private static void Check(BoundStatement statement, TextSpan span, DiagnosticBag diagnostics)
    {
        switch (statement)
        {
            case BoundBlock block:
                foreach (var inner in block.Statements)
                    Check(inner, span, diagnostics);
                break;
            case BoundLoop loop:
                Check(loop.Body, span, diagnostics);
                break;
            case BoundIf choice:
                Check(choice.Then, span, diagnostics);
                if (choice.Else is not null)
                    Check(choice.Else, span, diagnostics);
                break;
            case BoundExpressionStatement { Expression: BoundCall { Definition: PrintfFunction } call }:
                KernelFormat.Check(call, MostArguments, diagnostics);
                break;
            case BoundExpressionStatement { Expression: BoundCall call } when call.Definition.SendsEvents(call):
                Refuse(call.Span, $"{call.Definition.Name}() needs somebody who prints", diagnostics);
                break;
            case BoundRow or BoundHandler or BoundAggregate or BoundAssignMap or BoundAddToMap or BoundMapLoop:
                Refuse(statement.Span.Length > 0 ? statement.Span : span, "maps and tables need somebody who prints them", diagnostics);
                break;
        }
    }

    private static void Refuse(TextSpan span, string reason, DiagnosticBag diagnostics) =>
        diagnostics.ReportType(span, $"an iterator in a file runs without ctrace: {reason}", Hint);
}
