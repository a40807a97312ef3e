using System.Text;

namespace Ctrace.Compiler.Catalog.Probes;

/// <summary>
/// Functions of C++ and Rust by the names that their programs' sources give them: <c>shop::place</c> for all of <c>shop::place(int)</c>,
/// <c>shop::place(char const*) const</c> and <c>long shop::place&lt;long&gt;(long)</c>.
/// </summary>
public static class SourceNames
{
    private const string Clone = " [clone ", Operator = "operator";

    /// <summary>What stands behind a list of parameters.</summary>
    private static readonly string[] Qualifiers = [" const", " volatile", " &&", " &", "&&", "&", " noexcept"];

    /// <summary>Whether what a user wrote means a function.</summary>
    /// <param name="pattern">A name, perhaps with wildcards; without parameters, template arguments or result it means all functions that differ only in these.</param>
    /// <param name="name">The function's whole name.</param>
    public static bool Matches(string pattern, string name) => Spellings(name).Any(s => IsMatch(Spaceless(pattern), Spaceless(s)));

    /// <summary>
    /// Whether a symbol can be that of a function with such a name, as far as can be seen without taking the symbol apart: a binary may have a
    /// million of them.
    /// </summary>
    public static bool MayMatch(string pattern, string symbol)
    {
        int end = pattern.AsSpan().IndexOfAny("(<[{*? ");
        var name = end < 0 ? pattern.AsSpan() : pattern.AsSpan(0, end);
        // A result stands before, and wildcards may be anywhere: then nothing is known.
        if (end >= 0 && pattern[end] is ' ' or '*' or '?' or '[' or '{')
            return true;
        int start = name.LastIndexOf(':') + 1;
        name = name[start..];
        return name.Length == 0 || name.StartsWith(Operator) || name.IndexOfAnyExcept(Letters) >= 0 || symbol.AsSpan().Contains(name, StringComparison.Ordinal);
    }

    /// <summary>A function's name as people would write it: as it is, and without what can be left out.</summary>
    public static IEnumerable<string> Short(string name) => [name, Spellings(name).Last()];

    private static readonly System.Buffers.SearchValues<char> Letters =
        System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

    private static bool IsMatch(string pattern, string text) => pattern == text || (Glob.IsPattern(pattern) && Glob.Matches(pattern, text));

    /// <summary>What a function may be called: with all, and with one thing after the other left out.</summary>
    private static IEnumerable<string> Spellings(string name)
    {
        yield return name;
        int clone = name.IndexOf(Clone, StringComparison.Ordinal);
        // A part that the compiler moved out of a function is not the function: it would be counted twice.
        if (clone >= 0 && name.AsSpan(clone) is var kind && (kind.Contains(".cold", StringComparison.Ordinal) || kind.Contains(".part", StringComparison.Ordinal)))
            yield break;
        string whole = clone < 0 ? name : name[..clone];
        yield return whole;
        yield return whole[ResultEnd(whole)..];
        string bare = WithoutParameters(whole);
        yield return bare;
        bare = bare[ResultEnd(bare)..];
        yield return bare;
        yield return WithoutArguments(bare);
    }

    private static string WithoutParameters(string name)
    {
        string text = name;
        while (Qualifiers.FirstOrDefault(q => text.EndsWith(q, StringComparison.Ordinal)) is { } qualifier)
            text = text[..^qualifier.Length];
        if (!text.EndsWith(')'))
            return name;
        int open = Opening(text, '(', ')');
        return open <= 0 || text[..open].EndsWith(Operator, StringComparison.Ordinal) ? name : text[..open];
    }

    private static string WithoutArguments(string name)
    {
        if (!name.EndsWith('>') || Opening(name, '<', '>') is not (> 0 and var open) || name[..open].EndsWith(Operator, StringComparison.Ordinal))
            return name;
        // Rust writes name::<arguments>.
        return name[..open].EndsWith("::", StringComparison.Ordinal) ? name[..(open - 2)] : name[..open];
    }

    /// <summary>Where the bracket is that the last one closes.</summary>
    private static int Opening(string text, char open, char close)
    {
        int depth = 0;
        for (int i = text.Length - 1; i >= 0; i--)
        {
            depth += text[i] == close ? 1 : text[i] == open ? -1 : 0;
            if (depth == 0)
                return i;
        }

        return -1;
    }

    /// <summary>Where the name begins: templates have their result before it.</summary>
    private static int ResultEnd(string name)
    {
        int depth = 0, end = 0;
        for (int i = 0; i < name.Length; i++)
        {
            if (depth == 0 && (name.AsSpan(i).StartsWith(Operator) || name.AsSpan(i).StartsWith(" as ")))
                break;
            depth += name[i] is '(' or '<' or '[' or '{' ? 1 : name[i] is ')' or '>' or ']' or '}' ? -1 : 0;
            // Of a list of parameters on, there is no result any more.
            if (name[i] == '(' && depth == 1 && !name.AsSpan(i).StartsWith("(anonymous"))
                break;
            if (name[i] == ' ' && depth == 0)
                end = i + 1;
        }

        return end;
    }

    /// <summary>Spaces are where the one who writes likes them: only those between two words count.</summary>
    private static string Spaceless(string text)
    {
        if (!text.Contains(' '))
            return text;
        var result = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
            if (text[i] != ' ' || (result.Length > 0 && IsWord(result[^1]) && i + 1 < text.Length && IsWord(text[i + 1])))
                result.Append(text[i]);
        return result.ToString();
    }

    private static bool IsWord(char c) => char.IsLetterOrDigit(c) || c == '_';
}
