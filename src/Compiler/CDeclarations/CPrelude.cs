namespace Ctrace.Compiler.CDeclarations;

/// <summary>Finds the C definitions that a program begins with.</summary>
internal static class CPrelude
{
    private static readonly string[] Starts = ["struct", "union", "enum", "typedef"];

    /// <summary>Number of characters that they take, a shebang line before them included; 0 where there are none.</summary>
    public static int Measure(ReadOnlySpan<char> text)
    {
        int position = text.StartsWith("#!") ? EndOfLine(text, 0) : 0, end = 0;
        while (position < text.Length)
        {
            if (text[position] == '\n' || CTokenizer.Skip(text[position..]) > 0)
            {
                position += Math.Max(1, CTokenizer.Skip(text[position..]));
                continue;
            }

            if (text[position] == '#')
                position = EndOfLine(text, position);
            else if (StartsDefinition(text[position..]))
                position = EndOfDefinition(text, position);
            else
                break;
            end = position;
        }

        return Math.Min(end, text.Length);
    }

    private static bool StartsDefinition(ReadOnlySpan<char> text)
    {
        foreach (string word in Starts)
            if (text.StartsWith(word) && text.Length > word.Length && !char.IsAsciiLetterOrDigit(text[word.Length]) && text[word.Length] is not ('_' or ':'))
                return true;
        return false;
    }

    private static int EndOfLine(ReadOnlySpan<char> text, int start)
    {
        int i = start;
        while (i < text.Length && text[i] != '\n')
            i += text[i] == '\\' ? 2 : text[i..].StartsWith("/*") ? CTokenizer.Skip(text[i..]) : 1;
        return Math.Min(i, text.Length);
    }

    /// <summary>Behind the semicolon; one may be missing behind the brace of a definition that is no typedef.</summary>
    private static int EndOfDefinition(ReadOnlySpan<char> text, int start)
    {
        bool isTypedef = text[start..].StartsWith("typedef");
        int depth = 0;
        for (int i = start; i < text.Length;)
        {
            if (CTokenizer.Skip(text[i..]) is > 0 and var skipped)
            {
                i += skipped;
                continue;
            }

            char c = text[i++];
            depth += c == '{' ? 1 : c == '}' ? -1 : 0;
            if (c == ';' && depth == 0)
                return i;
            if (c != '}' || depth > 0 || isTypedef)
                continue;
            int next = i;
            while (next < text.Length && (text[next] == '\n' || CTokenizer.Skip(text[next..]) > 0))
                next += Math.Max(1, CTokenizer.Skip(text[next..]));
            if (next >= text.Length || text[next] is not ('_' or ';'))
                return i;
        }

        return text.Length;
    }
}
