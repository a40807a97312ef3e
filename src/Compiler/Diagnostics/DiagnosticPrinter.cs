using System.Text;
using Ctrace.Compiler.Text;

namespace Ctrace.Compiler.Diagnostics;

/// <summary>Writes diagnostics as people read them: location, message, source line, caret, hint.</summary>
public static class DiagnosticPrinter
{
    /// <summary>The longest stretch of a source line that is shown, in characters.</summary>
    private const int MaxShown = 160;

    /// <summary>One diagnostic as lines of text, each ended by a line feed.</summary>
    public static string Format(SourceText source, Diagnostic diagnostic)
    {
        var text = new StringBuilder();
        int start = Math.Min(diagnostic.Span.Start, source.Text.Length);
        var (line, column) = source.Locate(start);
        string severity = diagnostic.Severity == Severity.Error ? "error" : "warning";
        text.Append($"{source.NameAt(start)}:{line + 1}:{column + 1}: {severity}: {diagnostic.Message}\n");

        WriteLine(text, source, start, column, diagnostic.Span.Length);
        foreach (var use in diagnostic.ExpandedFrom)
        {
            (line, column) = source.Locate(use.Start);
            text.Append($"{source.NameAt(use.Start)}:{line + 1}:{column + 1}: in what this stands for:\n");
            WriteLine(text, source, use.Start, column, use.Length);
        }

        if (diagnostic.Hint is { } hint)
            text.Append("  hint: ").Append(hint).Append('\n');
        return text.ToString();
    }

    /// <summary>The line of a place, and a mark under it.</summary>
    private static void WriteLine(StringBuilder text, SourceText source, int start, int column, int width)
    {
        string shown = source.LineOf(start);
        int from = Math.Max(0, Math.Min(column - MaxShown / 2, shown.Length - MaxShown));
        int length = Math.Min(shown.Length - from, MaxShown);
        shown = shown.Substring(from, length);
        int caret = column - from;
        int marks = Math.Clamp(width, 1, Math.Max(1, shown.Length - caret));
        text.Append("  ").Append(Printable(shown)).Append('\n');
        // Tabs stay tabs, so that the caret stands under the right character.
        text.Append("  ");
        foreach (char c in shown.AsSpan(0, Math.Min(caret, shown.Length)))
            text.Append(c == '\t' ? '\t' : ' ');
        text.Append('^').Append('~', marks - 1).Append('\n');
    }

    /// <summary>Control characters would move the terminal's cursor: show them as a question mark.</summary>
    private static string Printable(string line) =>
        string.Create(line.Length, line, (span, source) =>
        {
            for (int i = 0; i < span.Length; i++)
                span[i] = source[i] != '\t' && char.IsControl(source[i]) ? '?' : source[i];
        });
}
