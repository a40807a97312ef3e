using System.Collections.Immutable;
using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Layouts;
using Ctrace.Compiler.Symbols;

namespace Ctrace.Compiler.Binding;

/// <summary>What the kernel can print by itself (bpf_seq_printf, bpf_trace_printk): less than ctrace.</summary>
internal static class KernelFormat
{
    /// <summary>Reports what it can't.</summary>
    /// <param name="call">The call with its format.</param>
    /// <param name="most">The most values.</param>
    /// <param name="diagnostics">Gets the errors.</param>
    /// <returns>Whether it can all of it.</returns>
    public static bool Check(BoundCall call, int most, DiagnosticBag diagnostics)
    {
        bool good = call.Arguments.Length <= most;
        if (!good)
            diagnostics.ReportType(call.Span, $"the kernel prints {most} values at a time", $"write two calls of {call.Definition.Name}()");
        foreach (var piece in (ImmutableArray<FormatPiece>)call.Data!)
        {
            if (piece is FormatText text && text.Bytes.Any(b => b is > 126 or < 9))
                diagnostics.ReportType(call.Span, "the kernel prints ASCII only");
            else if (piece is FormatArgument argument && !Prints(argument, call.Arguments[argument.Field].Type))
                diagnostics.ReportType(call.Arguments[argument.Field].Span, "the kernel does not print this by itself", "it knows %d, %u, %x, %p and %s, with a width");
            else
                continue;
            good = false;
        }

        return good;
    }

    private static bool Prints(FormatArgument argument, TraceType type) => argument is { Precision: < 0, Bits: 0 or 32 or 64 } && (argument.Flags & FormatFlags.Alternate) == 0
        && (argument.Conversion == 's' ? IsText(type) : argument.Conversion is 'd' or 'u' or 'x' or 'X' or 'p' && type.IsScalar && type is not LookupType);

    private static bool IsText(TraceType type) => type is StringType or ArrayType { Element.Size: 1 };
}
