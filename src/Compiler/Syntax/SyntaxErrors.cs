using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Text;
using Pidgin;

namespace Ctrace.Compiler.Syntax;

/// <summary>Turns the parser's view of a mistake into the user's.</summary>
internal static class SyntaxErrors
{
    /// <summary>Longer lists of what was expected help nobody.</summary>
    private const int MaxExpected = 4;

    /// <summary>Reports one error.</summary>
    public static void Report(SourceText source, ParseError<char> error, DiagnosticBag diagnostics)
    {
        string text = source.Text;
        int position = Math.Min(error.ErrorOffset, text.Length);
        if (ReportBareComparison(text, position, diagnostics))
            return;

        var expected = error.Expected
            .Select(e => e.Label ?? (e.IsEof ? "the end" : $"'{string.Concat(e.Tokens)}'"))
            .Where(label => label != "an operator")
            .Distinct().Take(MaxExpected + 1).ToArray();
        // What was expected right after a complete statement or item reads best on that item, not lines below.
        int shown = position;
        if (position < text.Length && expected.Contains("';'"))
            shown = Math.Max(0, text.AsSpan(0, position).TrimEnd().Length - 1);
        diagnostics.ReportSyntax(new TextSpan(Math.Min(shown, text.Length), WordLength(text, shown)), Found(text, position),
            expected.Length > MaxExpected ? [] : expected, Hint(text, position, expected));
    }

    private static string Found(string text, int position) =>
        position >= text.Length ? "the program ends here" : $"unexpected '{text.Substring(position, WordLength(text, position))}'";

    private static int WordLength(string text, int position)
    {
        int end = position;
        while (end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] == '_'))
            end++;
        return Math.Clamp(end - position, 1, 40);
    }

    private static string? Hint(string text, int position, string[] expected)
    {
        string word = position < text.Length ? text.Substring(position, WordLength(text, position)) : "";
        if (word is "while" or "for" or "unroll" or "macro" or "import" or "struct" or "union" or "enum" or "fn" or "#")
            return "this part of the language is not in this version";
        if (expected.Contains("';'"))
            return "statements are separated by ';'";
        return null;
    }

    /// <summary>
    /// A bare <c>&lt;</c> or <c>&gt;</c> inside a query ends or starts it. The parser fails at the bracket (<c>&lt;</c>), or after a
    /// <c>&gt;</c> that ended the query too soon.
    /// </summary>
    private static bool ReportBareComparison(string text, int position, DiagnosticBag diagnostics)
    {
        int open = QueryStart(text, position);
        if (open < 0)
            return false;
        int at = position < text.Length && text[position] == '<' ? position : -1;
        int before = text.AsSpan(0, position).TrimEnd().Length - 1;
        if (at < 0 && before > open && text[before] == '>' && text.IndexOf('>', position) >= 0)
            at = before;
        if (at < 0)
            return false;
        int itemStart = Math.Max(text.LastIndexOf(',', at), open) + 1;
        int itemEnd = text.AsSpan(at + 1).IndexOfAny(",>\n") is var found and >= 0 ? at + 1 + found : text.Length;
        string comparison = text[itemStart..itemEnd].Trim();
        diagnostics.ReportBareComparison(new TextSpan(at, 1), text[at], comparison);
        return true;
    }

    /// <summary>The last bracket before a position that starts a query: after a probe or a predicate, outside braces.</summary>
    private static int QueryStart(string text, int position)
    {
        int depth = 0, start = -1;
        for (int i = 0; i < position; i++)
        {
            if (text[i] is '{' or '(')
                depth++;
            else if (text[i] is '}' or ')')
                depth--;
            else if (text[i] == '<' && depth == 0 && start < 0)
                start = i;
            else if (text[i] == '\n' && i + 1 < position && text.AsSpan(i + 1, position - i - 1).Contains('<'))
                start = -1;
        }

        return start;
    }
}
