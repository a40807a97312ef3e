namespace Ctrace.Compiler.Syntax;

/// <summary>
/// Just enough of C#'s lexical grammar (ECMA-334, 6.4) to tell code from strings, characters and comments: for where a handler ends, and
/// for what in it is ours.
/// </summary>
public static class CSharpScanner
{
    /// <summary>The brace that closes a block of C#; -1 where there is none.</summary>
    /// <param name="text">The text.</param>
    /// <param name="open">Where its opening brace is.</param>
    public static int FindClose(string text, int open)
    {
        int depth = 0;
        for (int i = open; i < text.Length;)
        {
            if (Skip(text, i) is var end && end > i)
            {
                i = end;
                continue;
            }

            if (text[i] == '{')
                depth++;
            else if (text[i] == '}' && --depth == 0)
                return i;
            i++;
        }

        return -1;
    }

    /// <summary>The end of the comment, string or character that begins at a place; the place itself where code is.</summary>
    /// <param name="text">The text.</param>
    /// <param name="at">The place.</param>
    /// <param name="holes">Gets the places in a string where code is again, or null.</param>
    public static int Skip(string text, int at, List<(int Start, int End)>? holes = null)
    {
        var rest = text.AsSpan(at);
        if (rest.StartsWith("//"))
            return text.IndexOf('\n', at) is >= 0 and var line ? line : text.Length;
        if (rest.StartsWith("/*"))
            return text.IndexOf("*/", at + 2, StringComparison.Ordinal) is >= 0 and var close ? close + 2 : text.Length;
        if (rest[0] == '\'')
            return EndOfQuoted(text, at + 1, '\'');
        int dollars = 0, verbatim = 0, i = at;
        for (; i < text.Length && text[i] is '$' or '@'; i++)
        {
            dollars += text[i] == '$' ? 1 : 0;
            verbatim += text[i] == '@' ? 1 : 0;
        }

        if (i >= text.Length || text[i] != '"')
            return at;
        int quotes = 0;
        while (i + quotes < text.Length && text[i + quotes] == '"')
            quotes++;
        if (verbatim > 0)
            return EndOfText(text, i + 1, 1, dollars, isVerbatim: true, holes);
        if (quotes >= 3)
            return EndOfText(text, i + quotes, quotes, dollars, isVerbatim: false, holes);
        return dollars == 0 ? EndOfQuoted(text, i + 1, '"') : EndOfText(text, i + 1, 1, dollars, isVerbatim: false, holes);
    }

    private static int EndOfQuoted(string text, int i, char quote)
    {
        while (i < text.Length && text[i] != quote && text[i] != '\n')
            i += text[i] == '\\' ? 2 : 1;
        return Math.Min(text.Length, i + 1);
    }

    /// <summary>A string that may go over lines, or have holes with code.</summary>
    private static int EndOfText(string text, int i, int quotes, int dollars, bool isVerbatim, List<(int Start, int End)>? holes)
    {
        while (i < text.Length)
        {
            if (text[i] == '"')
            {
                int run = Run(text, i, '"');
                if (isVerbatim && run >= 2)
                {
                    i += 2;
                    continue;
                }

                if (run >= quotes)
                    return i + (quotes == 1 ? 1 : run);
                i += run;
            }
            else if (text[i] == '\\' && quotes == 1 && !isVerbatim)
                i += 2;
            else if (text[i] == '{' && dollars > 0)
            {
                int run = Run(text, i, '{'), needed = quotes >= 3 ? dollars : 1;
                // Two braces are one in the text, unless more dollars ask for more.
                bool isHole = quotes >= 3 ? run >= needed : run % 2 == 1;
                i += isHole ? run - 1 : run;
                if (!isHole)
                    continue;
                int close = FindClose(text, i);
                if (close < 0)
                    return text.Length;
                holes?.Add((i + 1, close));
                i = close + 1;
            }
            else
                i++;
        }

        return text.Length;
    }

    private static int Run(string text, int i, char c)
    {
        int start = i;
        while (i < text.Length && text[i] == c)
            i++;
        return i - start;
    }
}
