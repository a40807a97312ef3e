namespace Ctrace.Compiler.Syntax;

/// <summary>The operators as written: the one place that knows their spelling and precedence.</summary>
public static class OperatorTable
{
    /// <summary>Binary operators; a higher number binds tighter. The order is C's.</summary>
    public static IReadOnlyDictionary<string, int> Precedence { get; } = new Dictionary<string, int>
    {
        ["||"] = 1, ["&&"] = 2, ["|"] = 3, ["^"] = 4, ["&"] = 5,
        ["=="] = 6, ["!="] = 6,
        ["<"] = 7, [">"] = 7, ["<="] = 7, [">="] = 7,
        ["<<"] = 8, [">>"] = 8,
        ["+"] = 9, ["-"] = 9,
        ["*"] = 10, ["/"] = 10, ["%"] = 10,
    };

    /// <summary>Operators that have a compound assignment.</summary>
    public static IReadOnlyList<string> Compound { get; } = ["<<", ">>", "+", "-", "*", "/", "%", "&", "|", "^"];

    /// <summary>All spellings made of punctuation: the longest that matches is meant.</summary>
    private static readonly string[] Punctuation =
    [
        "<<=", ">>=",
        "||", "&&", "==", "!=", "<=", ">=", "<<", ">>", "++", "--", "->", "=>",
        "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=",
        "|", "^", "&", "<", ">", "+", "-", "*", "/", "%", "=", "!", "~",
    ];

    /// <summary>The operator that a text starts with, or null.</summary>
    public static string? Longest(ReadOnlySpan<char> text)
    {
        foreach (string candidate in Punctuation)
            if (text.StartsWith(candidate))
                return candidate;
        return null;
    }
}
