using Ctrace.Compiler.Text;

namespace Ctrace.Compiler.Diagnostics;

/// <summary>Messages about the text's form (CT10xx).</summary>
public sealed partial class DiagnosticBag
{
    internal void ReportTooLong(int length, int most) =>
        Error("CT1001", default, $"the program has {length:N0} characters; {most:N0} is the most");

    internal void ReportEmpty() =>
        Error("CT1002", default, "the program is empty", "write a probe and what to do: tracepoint:syscalls:sys_enter_execve < count() >");

    internal bool ReportTooDeep(TextSpan span) =>
        Error("CT1003", span, "the program is nested too deeply here", "split the expression with variables");

    internal bool ReportUnterminated(TextSpan span, string what, string end) =>
        Error("CT1004", span, $"this {what} never ends", $"end it with {end}");

    internal bool ReportUnopened(TextSpan span, char close) =>
        Error("CT1005", span, $"'{close}' closes nothing", "remove it, or open the bracket before");

    internal bool ReportMismatched(TextSpan span, char open, int line, char wanted, char found) =>
        Error("CT1006", span, $"'{found}' does not close the '{open}' of line {line}", $"'{wanted}' is missing before it");

    internal bool ReportUnclosed(TextSpan span, char open, char close) =>
        Error("CT1007", span, $"'{open}' is never closed", $"add the missing '{close}'");

    internal void ReportSyntax(TextSpan span, string found, IReadOnlyList<string> expected, string? hint) =>
        Error("CT1008", span, expected.Count == 0 ? $"{found}" : $"{found}: expected {Join(expected)}", hint);

    internal void ReportBareComparison(TextSpan span, char op, string comparison) =>
        Error("CT1009", span, $"inside a query '{op}' is the query's own bracket, not a comparison", $"put it in parentheses: ({comparison})");

    internal void ReportBadNumber(TextSpan span, string number) =>
        Error("CT1010", span, $"{number} is no number that fits 64 bits", "write 10, 0x1f, 1e6, 1_000 or 10ms");

    internal void ReportNoClause(TextSpan span) =>
        Error("CT1011", span, "the program declares things and traces nothing", "add a probe and what to do: begin { … }");

    private static string Join(IReadOnlyList<string> items) =>
        items.Count == 1 ? items[0] : string.Join(", ", items.Take(items.Count - 1)) + " or " + items[^1];
}
