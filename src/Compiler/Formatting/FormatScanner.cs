using Ctrace.Compiler.Syntax;

namespace Ctrace.Compiler.Formatting;

/// <summary>Takes a program that is known to be right to pieces, comments included.</summary>
/// <param name="text">The program.</param>
/// <param name="copied">Where a piece that is copied as it is begins, and what it is: probes and C#.</param>
internal sealed class FormatScanner(string text, IReadOnlyDictionary<int, (int End, FormatKind Kind)> copied)
{
    /// <summary>The pieces from a place on.</summary>
    internal List<FormatToken> Run(int start)
    {
        var tokens = new List<FormatToken>();
        int lines = 0;
        for (int at = start; at < text.Length;)
        {
            if (char.IsWhiteSpace(text[at]))
            {
                lines += text[at++] == '\n' ? 1 : 0;
                continue;
            }

            var (end, kind) = Measure(at);
            tokens.Add(new FormatToken(text[at..end].TrimEnd(), at, kind, lines));
            (at, lines) = (end, 0);
        }

        return tokens;
    }

    private (int End, FormatKind Kind) Measure(int at)
    {
        if (copied.TryGetValue(at, out var whole))
            return whole;
        var rest = text.AsSpan(at);
        if (rest.StartsWith("//"))
            return (rest.IndexOf('\n') is >= 0 and var line ? at + line : text.Length, FormatKind.LineComment);
        if (rest.StartsWith("/*"))
            return (text.IndexOf("*/", at + 2, StringComparison.Ordinal) + 2, FormatKind.BlockComment);
        if (text[at] == '"')
            return (EndOfString(at), FormatKind.Word);
        if (IsWord(text[at]) || text[at] is '@' or '$')
            return (EndOfWord(at + 1), FormatKind.Word);
        // A range's dots are no operator of the table, and "=>" begins C#.
        if (rest.StartsWith("..") || rest.StartsWith("=>"))
            return (at + 2, FormatKind.Mark);
        return (at + (OperatorTable.Longest(rest[..Math.Min(3, rest.Length)])?.Length ?? 1), FormatKind.Mark);
    }

    private int EndOfString(int at)
    {
        for (at++; at < text.Length && text[at] != '"'; at++)
            if (text[at] == '\\')
                at++;
        return Math.Min(text.Length, at + 1);
    }

    private int EndOfWord(int at)
    {
        if (at < text.Length && text[at] == '#' && text[at - 1] == '$')
            return at + 1;
        while (at < text.Length && IsWord(text[at]))
            at++;
        return at;
    }

    private static bool IsWord(char c) => char.IsAsciiLetterOrDigit(c) || c == '_';
}
