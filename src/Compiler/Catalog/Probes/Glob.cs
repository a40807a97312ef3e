namespace Ctrace.Compiler.Catalog.Probes;

/// <summary>Wildcards: <c>*</c> for any characters, <c>?</c> for one, <c>[ab]</c> for one of some.</summary>
public static class Glob
{
    /// <summary>Whether a text holds a wildcard.</summary>
    public static bool IsPattern(string text) => text.AsSpan().IndexOfAny("*?[") >= 0;

    /// <summary>Whether a pattern matches all of a text. Takes time in proportion to both lengths, however many stars there are.</summary>
    public static bool Matches(string pattern, string text)
    {
        int p = 0, t = 0, star = -1, mark = 0;
        while (t < text.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                star = p++;
                mark = t;
            }
            else if (p < pattern.Length && MatchesOne(pattern, p, text[t], out int next))
            {
                p = next;
                t++;
            }
            else if (star >= 0)
            {
                p = star + 1;
                t = ++mark;
            }
            else
            {
                return false;
            }
        }

        while (p < pattern.Length && pattern[p] == '*')
            p++;
        return p == pattern.Length;
    }

    private static bool MatchesOne(string pattern, int p, char c, out int next)
    {
        next = p + 1;
        if (pattern[p] == '?')
            return true;
        int close = pattern[p] == '[' ? pattern.IndexOf(']', p + 1) : -1;
        if (close < 0)
            return pattern[p] == c;
        next = close + 1;
        return pattern.AsSpan(p + 1, close - p - 1).Contains(c);
    }
}
