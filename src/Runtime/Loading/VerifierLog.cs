using System.Globalization;
using Ctrace.Compiler;
using Ctrace.Compiler.Diagnostics;
using Ctrace.Runtime.Sys;

namespace Ctrace.Runtime.Loading;

/// <summary>
/// Turns the verifier's log into a message at the place in the source. An instruction's line is <c>12: (85) call …</c>;
/// the last one is where the verifier gave up, and the lines behind it say why.
/// </summary>
internal static class VerifierLog
{
    private const int HintLines = 4;

    /// <summary>Makes the diagnostic.</summary>
    /// <param name="program">The program that was rejected.</param>
    /// <param name="log">The log, or an empty string.</param>
    /// <param name="error">The error number.</param>
    public static Diagnostic Explain(BpfProgram program, string log, int error)
    {
        string[] lines = [.. log.Split('\n').Select(l => l.TrimEnd()).Where(l => l.Length > 0 && !IsStatistics(l))];
        int last = Array.FindLastIndex(lines, l => SlotOf(l) >= 0);
        var span = last >= 0 && program.InstructionAtSlot(SlotOf(lines[last])) is { } instruction && instruction.Span.Length > 0
            ? instruction.Span
            : program.Span;
        if (lines.Length == 0)
        {
            return new Diagnostic("CT5003", Severity.Error, span,
                $"the kernel does not take the program made of this: {Errno.Text(error)}");
        }

        string reason = last == lines.Length - 1 ? Errno.Text(error) : lines[^1];
        string context = string.Join('\n', lines.TakeLast(HintLines));
        return new Diagnostic("CT5002", Severity.Error, span,
            $"the kernel's verifier rejects the program made of this: {reason}", $"the verifier's last lines:\n{context}");
    }

    /// <summary>The slot number that a line is about, or -1 where it is not an instruction's.</summary>
    internal static int SlotOf(string line)
    {
        int colon = line.IndexOf(": (", StringComparison.Ordinal);
        return colon > 0 && int.TryParse(line.AsSpan(0, colon), NumberStyles.None, CultureInfo.InvariantCulture, out int slot) ? slot : -1;
    }

    private static bool IsStatistics(string line) =>
        line.StartsWith("processed ", StringComparison.Ordinal)
        || line.StartsWith("verification time ", StringComparison.Ordinal)
        || line.StartsWith("stack depth ", StringComparison.Ordinal)
        || line.StartsWith("mark_precise: ", StringComparison.Ordinal);
}
