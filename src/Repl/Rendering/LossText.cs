using System.Globalization;
using Ctrace.Compiler;
using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Text;
using Ctrace.Runtime.Symbols;

namespace Ctrace.Repl.Rendering;

/// <summary>Says what was lost, why, and what helps.</summary>
public static class LossText
{
    /// <summary>One line, without its line break.</summary>
    /// <param name="counter">Where it happened.</param>
    /// <param name="count">How many.</param>
    public static string Format(LossCounter counter, long count)
    {
        string number = count.ToString("N0", CultureInfo.InvariantCulture);
        return counter.Cause switch
        {
            LossCause.EventBufferFull =>
                $"warning: {number} {Plural(count, "event")} lost: the event buffer was full ({counter.Probe}); " +
                $"raise {Limits.EventBufferName} (now {Limits.FormatSize(counter.Capacity)}) or print less per event",
            LossCause.OrderBufferFull =>
                $"warning: {number} {Plural(count, "order")} lost (print, clear, zero, exit): they came faster than they " +
                $"could be followed ({counter.Probe}); give them less often",
            LossCause.MapFull =>
                $"warning: {counter.Subject} is full ({counter.Capacity} entries){(counter.TakesMemory ? ", or the kernel had no memory at hand for as many at once" : "")}: {number} {Plural(count, "update")} " +
                $"{(count == 1 ? "was" : "were")} dropped ({counter.Probe}); raise {Limits.MaxMapKeysName}",
            LossCause.LoopCut =>
                $"warning: {number} {Plural(count, "loop")} ended early: the kernel allows only so many rounds ({counter.Probe}); do less in each, or run fewer",
            LossCause.SpanTableFull =>
                $"warning: {number} {Plural(count, "call")} not seen: too many threads were in such calls at once ({counter.Probe}); trace fewer, with a predicate on the process (-p) or fewer functions",
            LossCause.SpanTooDeep =>
                $"warning: {number} {Plural(count, "call")} not seen: {(count == 1 ? "it was" : "they were")} too deep in recursion ({counter.Probe}); spans keep eight levels",
            LossCause.TextCut =>
                $"warning: {number} {Plural(count, "text")} {(count == 1 ? "was" : "were")} cut after {counter.Capacity} bytes ({counter.Probe}); raise {Limits.MaxStringLengthName}",
            LossCause.HelperFailed when counter is { Error: 0, Subject: LossCounter.Lookup } => $"warning: there is no such entry: it reads as 0; {number} {Plural(count, "time")}",
            LossCause.HelperFailed when counter.Error == 0 => $"warning: {counter.Subject}; {number} {Plural(count, "time")}",
            LossCause.HelperFailed =>
                $"warning: {counter.Subject} failed: {NameResolver.ErrorText(counter.Error)} ({counter.Error}); {number} {Plural(count, "time")}",
            _ => $"warning: {number} lost ({counter.Probe})",
        };
    }

    /// <summary>The same with the place in the program, where there is one.</summary>
    public static string Format(LossCounter counter, long count, SourceText? source) => counter.Span is { } span && source is not null
        ? DiagnosticPrinter.Format(source, new Diagnostic("CT5001", Severity.Warning, span, Format(counter, count)["warning: ".Length..], null)).TrimEnd('\n')
        : Format(counter, count);

    /// <summary>One line for the end of a trace that lost things again and again.</summary>
    public static string InAll(LossCounter counter, long total) =>
        $"warning: in all, {total.ToString("N0", CultureInfo.InvariantCulture)} {Plural(total, Things(counter.Cause))} lost, {Cause(counter.Cause).Replace('_', ' ')}{(counter.Subject is null ? "" : " " + counter.Subject)} ({counter.Probe})";

    /// <summary>A cause's name in documents.</summary>
    public static string Cause(LossCause cause) => cause switch
    {
        LossCause.EventBufferFull => "event_buffer_full",
        LossCause.OrderBufferFull => "order_buffer_full",
        LossCause.MapFull => "map_full",
        LossCause.LoopCut => "loop_cut",
        LossCause.SpanTableFull => "span_table_full",
        LossCause.SpanTooDeep => "span_too_deep",
        LossCause.TextCut => "text_cut",
        LossCause.HelperFailed => "helper_failed",
        _ => "other",
    };

    /// <summary>What is lost by a cause, one of it.</summary>
    private static string Things(LossCause cause) => cause switch
    {
        LossCause.EventBufferFull => "event",
        LossCause.OrderBufferFull => "order",
        LossCause.MapFull => "update",
        LossCause.LoopCut => "loop",
        LossCause.TextCut => "text",
        LossCause.HelperFailed => "read",
        _ => "call",
    };

    private static string Plural(long count, string noun) => count == 1 ? noun : noun + "s";
}
