using System.Text.RegularExpressions;
using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Text;
using Pidgin;

namespace Ctrace.Compiler.Syntax;

/// <summary>Turns the parser's view of a mistake into the user's.</summary>
internal static partial class SyntaxErrors
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

        if (error.Message == Parser.BadNumber)
        {
            int end = text.AsSpan(0, position).TrimEnd().Length, start = text.AsSpan(0, end).LastIndexOfAnyExcept(NumberCharacters) + 1;
            diagnostics.ReportBadNumber(TextSpan.FromBounds(start, end), text[start..end]);
            return;
        }

        string[] expected = Summarise([.. error.Expected
            .Select(e => e.Label ?? (e.IsEof ? "the end" : $"'{string.Concat(e.Tokens)}'"))
            .Where(label => label != "an operator")
            .Distinct()]);
        // What was expected right after a complete statement or item reads best on that item, not lines below.
        int shown = position;
        if (position < text.Length && expected.Contains("';'"))
            shown = Math.Max(0, text.AsSpan(0, position).TrimEnd().Length - 1);
        int length = Math.Min(WordLength(text, shown), text.Length - shown);
        diagnostics.ReportSyntax(new TextSpan(shown, length), Found(text, position),
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

    /// <summary>What starts an expression or a statement is a long list: the words for the whole are short.</summary>
    private static string[] Summarise(string[] expected)
    {
        if (!expected.Contains("a number") || !expected.Contains("a map"))
            return expected;
        bool statement = expected.Contains("'let'");
        return [.. expected.Where(e => !ExpressionStarts.Contains(e)), statement ? "a statement" : "an expression"];
    }

    private static readonly string[] ExpressionStarts =
        ["a number", "a string", "a map", "a variable", "a name", "'('", "'sizeof'", "'offsetof'", "'container_of'", "an expression", "'let'", "'return'", "'if'", "'{'"];

    private static readonly string[] LaterWords = ["struct", "union", "enum", "fn"];

    private static string? Hint(string text, int position, string[] expected)
    {
        string word = position < text.Length ? text.Substring(position, WordLength(text, position)) : "";
        if (LaterWords.Contains(word) || LaterWords.Contains(WordBeforeParenthesis(text, position)) || word.StartsWith('#'))
            return "this part of the language is not in this version";
        if (expected.Contains("';'"))
            return "statements are separated by ';'";
        return expected is ["'{' or '<'"] or ["'{'", "'<'"] ? "say what to do: { … } or < … >" : null;
    }

    /// <summary><c>while</c> of <c>while (…) {</c> when the position is at the brace.</summary>
    private static string WordBeforeParenthesis(string text, int position)
    {
        int end = text.AsSpan(0, position).TrimEnd().Length - 1, depth = 0;
        for (; end >= 0; end--)
        {
            depth += text[end] == ')' ? 1 : text[end] == '(' ? -1 : 0;
            if (depth == 0)
                break;
        }

        string before = text[..Math.Max(0, end)].TrimEnd();
        return before[(before.AsSpan().LastIndexOfAnyExcept(Letters) + 1)..];
    }

    private static readonly System.Buffers.SearchValues<char> NumberCharacters =
        System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

    private static readonly System.Buffers.SearchValues<char> Letters = System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyz");

    /// <summary>
    /// A bare <c>&lt;</c> or <c>&gt;</c> inside a query ends or starts it. The parser fails at a <c>&lt;</c>, or somewhere after
    /// the <c>&gt;</c> that ended the query too soon and before the one that was meant to.
    /// </summary>
    private static bool ReportBareComparison(string text, int position, DiagnosticBag diagnostics)
    {
        int open = QueryStart(text, position);
        if (open < 0)
            return false;
        int at = position < text.Length && text[position] == '<' ? position : NextBracket(text, open + 1, position);
        if (at < 0 || text[at] == '>' && (NextBracket(text, position, text.Length) < 0 || text.AsSpan(at, position - at).Contains('{')))
            return false;
        int itemStart = Math.Max(text.LastIndexOf(',', at), open) + 1;
        itemStart = Math.Max(itemStart, text.LastIndexOf(" by ", at, at - itemStart + 1, StringComparison.Ordinal) is >= 0 and var by ? by + 4 : 0);
        int itemEnd = text.AsSpan(at + 1).IndexOfAny(",>\n") is var found and >= 0 ? at + 1 + found : text.Length;
        diagnostics.ReportBareComparison(new TextSpan(at, 1), text[at], text[itemStart..itemEnd].Trim());
        return true;
    }

    /// <summary>The first <c>&gt;</c> outside parentheses that is no part of <c>-&gt;</c>, <c>&gt;=</c>, <c>&gt;&gt;</c> or <c>=&gt;</c>; or -1.</summary>
    private static int NextBracket(string text, int from, int end)
    {
        int depth = 0;
        for (int i = from; i < end; i++)
        {
            depth += text[i] is '(' or '[' ? 1 : text[i] is ')' or ']' ? -1 : 0;
            bool partOfOther = i > 0 && text[i - 1] is '-' or '=' or '>' || i + 1 < text.Length && text[i + 1] is '=' or '>';
            if (text[i] == '>' && depth == 0 && !partOfOther)
                return i;
        }

        return -1;
    }

    /// <summary>The bracket that starts the query before a position, on the same line: after a probe or a predicate; or -1.</summary>
    private static int QueryStart(string text, int position)
    {
        int depth = 0, start = -1;
        for (int i = 0; i < position; i++)
        {
            depth += text[i] is '{' or '(' ? 1 : text[i] is '}' or ')' ? -1 : 0;
            if (text[i] == '<' && depth == 0 && (start < 0 || NextBracket(text, start + 1, i) >= 0))
                start = i;
        }

        return start;
    }
}
