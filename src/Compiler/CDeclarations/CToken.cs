namespace Ctrace.Compiler.CDeclarations;

/// <summary>Kinds of C's tokens.</summary>
internal enum CTokenKind
{
    /// <summary>A name or keyword.</summary>
    Name,

    /// <summary>An integer; a character is one too.</summary>
    Number,

    /// <summary>A string literal, with its quotes.</summary>
    Text,

    /// <summary>Punctuation.</summary>
    Mark,

    /// <summary>A line's end: directives end there.</summary>
    LineEnd,
}

/// <summary>A token of C.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Text">As written.</param>
/// <param name="Start">Characters from the text's start.</param>
internal readonly record struct CToken(CTokenKind Kind, string Text, int Start);

/// <summary>Cuts C text into tokens.</summary>
internal static class CTokenizer
{
    private static readonly string[] Marks = ["...", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||", "##", "->"];

    /// <summary>The tokens of a text, with a <see cref="CTokenKind.LineEnd"/> for each line break outside of comments.</summary>
    public static List<CToken> Cut(ReadOnlySpan<char> text, int start = 0)
    {
        var tokens = new List<CToken>();
        for (int i = 0; i < text.Length;)
        {
            int length = Skip(text[i..]);
            if (length > 0)
            {
                i += length;
                continue;
            }

            var (kind, size) = Next(text[i..]);
            tokens.Add(new CToken(kind, text.Slice(i, size).ToString(), start + i));
            i += size;
        }

        return tokens;
    }

    /// <summary>Length of the white space or comment at the start; 0 where there is none. A line break is a token.</summary>
    public static int Skip(ReadOnlySpan<char> text)
    {
        if (text[0] != '\n' && char.IsWhiteSpace(text[0]))
            return 1;
        if (text.StartsWith("\\\n"))
            return 2;
        if (text.StartsWith("//"))
            return text.IndexOf('\n') is var line and >= 0 ? line : text.Length;
        if (text.StartsWith("/*"))
            return text[2..].IndexOf("*/") is var end and >= 0 ? end + 4 : text.Length;
        return 0;
    }

    private static (CTokenKind Kind, int Size) Next(ReadOnlySpan<char> text)
    {
        char first = text[0];
        if (first == '\n')
            return (CTokenKind.LineEnd, 1);
        if (char.IsAsciiLetter(first) || first == '_')
            return (CTokenKind.Name, Run(text));
        if (char.IsAsciiDigit(first))
            return (CTokenKind.Number, Run(text));
        if (first is '"' or '\'')
            return (first == '"' ? CTokenKind.Text : CTokenKind.Number, Quoted(text));
        foreach (string mark in Marks)
            if (text.StartsWith(mark))
                return (CTokenKind.Mark, mark.Length);
        return (CTokenKind.Mark, 1);
    }

    private static int Run(ReadOnlySpan<char> text)
    {
        int size = 1;
        while (size < text.Length && (char.IsAsciiLetterOrDigit(text[size]) || text[size] == '_'))
            size++;
        return size;
    }

    private static int Quoted(ReadOnlySpan<char> text)
    {
        for (int i = 1; i < text.Length && text[i] != '\n'; i++)
        {
            if (text[i] == '\\')
                i++;
            else if (text[i] == text[0])
                return i + 1;
        }

        return Math.Max(1, text.IndexOf('\n'));
    }
}
