using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Text;

namespace Ctrace.Compiler.Syntax;

/// <summary>
/// Looks at brackets, strings and comments before the parser does: a missing brace is best reported where it was opened,
/// and too deep a nesting before it is recursed into.
/// </summary>
internal static class BracketChecker
{
    /// <summary>Deepest nesting of brackets; real programs stay under 20.</summary>
    private const int MaxDepth = 200;

    /// <summary>Reports what is wrong and returns true; false where all is well.</summary>
    public static bool Check(SourceText source, DiagnosticBag diagnostics)
    {
        string text = source.Text;
        var open = new Stack<int>();
        for (int i = 0; i < text.Length; i++)
        {
            switch (text[i])
            {
                case '/' when text.AsSpan(i).StartsWith("//"):
                    i = text.IndexOf('\n', i) is var line and >= 0 ? line : text.Length;
                    break;
                case '/' when text.AsSpan(i).StartsWith("/*") && !IsGlob(text, i):
                    int end = text.IndexOf("*/", i + 2, StringComparison.Ordinal);
                    if (end < 0)
                        return diagnostics.ReportUnterminated(new TextSpan(i, 2), "comment", "*/");
                    i = end + 1;
                    break;
                case '"':
                    int quote = EndOfString(text, i);
                    if (quote < 0)
                        return diagnostics.ReportUnterminated(new TextSpan(i, 1), "string", "\"");
                    i = quote;
                    break;
                case '(' or '[' or '{':
                    open.Push(i);
                    if (open.Count > MaxDepth)
                        return diagnostics.ReportTooDeep(new TextSpan(i, 1));
                    break;
                case ')' or ']' or '}' when !InProbe(text, i):
                    if (!open.TryPop(out int opened))
                        return diagnostics.ReportUnopened(new TextSpan(i, 1), text[i]);
                    if (Closing(text[opened]) != text[i])
                        return diagnostics.ReportMismatched(new TextSpan(i, 1), text[opened], source.Locate(opened).Line + 1, Closing(text[opened]), text[i]);
                    break;
            }
        }

        return open.TryPop(out int last) && diagnostics.ReportUnclosed(new TextSpan(last, 1), text[last], Closing(text[last]));
    }

    private static char Closing(char open) => open switch { '(' => ')', '[' => ']', _ => '}' };

    /// <summary><c>uprobe:/bin/*:f</c>: part of a path, not a comment, when the word it is in has a colon before.</summary>
    internal static bool IsGlob(string text, int slash)
    {
        int start = slash;
        while (start > 0 && !char.IsWhiteSpace(text[start - 1]) && text[start - 1] is not (',' or ';' or '{' or '}'))
            start--;
        return text.AsSpan(start, slash - start).Contains(':');
    }

    private static bool InProbe(string text, int i) => text[i] == ']' && IsGlob(text, i) && text.LastIndexOf('[', i) < 0;

    private static int EndOfString(string text, int start)
    {
        for (int i = start + 1; i < text.Length && text[i] != '\n'; i++)
        {
            if (text[i] == '\\')
                i++;
            else if (text[i] == '"')
                return i;
        }

        return -1;
    }
}
