using System.Collections.Immutable;
using Ctrace.Compiler.Catalog.Builtins;
using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Layouts;
using Ctrace.Compiler.Symbols;
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
                CheckFormat(call, diagnostics);
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

    private static void CheckFormat(BoundCall call, DiagnosticBag diagnostics)
    {
        if (call.Arguments.Length > MostArguments)
            diagnostics.ReportType(call.Span, $"the kernel prints {MostArguments} values at a time", "write two calls of printf()");
        foreach (var piece in (ImmutableArray<FormatPiece>)call.Data!)
        {
            if (piece is FormatText text && text.Bytes.Any(b => b is > 126 or < 9))
                diagnostics.ReportType(call.Span, "the kernel prints ASCII only");
            else if (piece is FormatArgument argument && !Prints(argument, call.Arguments[argument.Field].Type))
                diagnostics.ReportType(call.Arguments[argument.Field].Span, "the kernel does not print this by itself, as an iterator in a file must", "it knows %d, %u, %x, %p and %s, with a width");
        }
    }

    private static bool Prints(FormatArgument argument, TraceType type) => argument is { Precision: < 0, Bits: 0 or 32 or 64 } && (argument.Flags & FormatFlags.Alternate) == 0
        && (argument.Conversion == 's' ? IsText(type) : argument.Conversion is 'd' or 'u' or 'x' or 'X' or 'p' && type.IsScalar && type is not LookupType);

    private static bool IsText(TraceType type) => type is StringType or ArrayType { Element.Size: 1 };
}
