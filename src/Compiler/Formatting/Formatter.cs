using Ctrace.Compiler.CDeclarations;
using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Syntax;
using Ctrace.Compiler.Text;

namespace Ctrace.Compiler.Formatting;

/// <summary>
/// Lays a program out in the usual way. Only white space changes, and semicolons before a closing brace: the pieces of the text are
/// printed one after the other, and the syntax tree says what they are. So comments, numbers and parentheses stay as somebody wrote them.
/// </summary>
public static class Formatter
{
    /// <summary>Formats a program.</summary>
    /// <returns>Its new text, or null where there is an error in <paramref name="diagnostics"/>.</returns>
    public static string? Format(SourceText source, DiagnosticBag diagnostics)
    {
        // Imports stay what they are: only the text that was given is read.
        if (Parser.Parse(source, diagnostics) is not { } program)
            return null;
        string text = source.Text;
        int start = CPrelude.Measure(text);
        if (start == 0 && text.StartsWith("#!"))
            start = text.IndexOf('\n') is >= 0 and var line ? line : text.Length;
        var marks = new FormatMarks(text, program);
        var writer = new FormatWriter(marks, new FormatScanner(text, marks.Copied).Run(start));
        return writer.Write(string.Concat(text[..start].Split('\n').Select(line => line.TrimEnd() + "\n")).TrimEnd('\n'));
    }
}
