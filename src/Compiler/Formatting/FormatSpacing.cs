using System.Collections.Immutable;

namespace Ctrace.Compiler.Formatting;

/// <summary>Where a blank stands between two pieces of one line.</summary>
internal sealed class FormatSpacing(FormatMarks marks)
{
    /// <summary>Words that a parenthesis behind them does not make a call.</summary>
    private static readonly ImmutableHashSet<string> Statements = ["if", "else", "while", "for", "unroll", "return", "let"];

    /// <summary>Words between the parts of a query.</summary>
    internal static ImmutableHashSet<string> QueryWords { get; } = ["as", "by", "top", "every", "into"];

    /// <summary>Whether the operator stands before its only value.</summary>
    internal bool IsPrefix(FormatToken token) => token.Kind == FormatKind.Mark
        && (token.Text is "++" or "--" ? marks.PrefixIncrements.Contains(token.Start) : token.Text is "-" or "+" or "!" or "~" or "*" or "&" && !marks.BinaryOperators.Contains(token.Start));

    /// <summary>Whether a blank stands between two pieces.</summary>
    /// <param name="before">The first.</param>
    /// <param name="token">The second.</param>
    /// <param name="inList">Whether the innermost bracket is a round or a square one: there an equals sign belongs to a record.</param>
    internal bool HasSpace(FormatToken before, FormatToken token, bool inList)
    {
        if (marks.BinaryOperators.Contains(before.Start) || marks.BinaryOperators.Contains(token.Start))
            return true;
        if (inList && (before.Is("=") || token.Is("=")))
            return false;
        if (before.Text is "(" or "[" or "." or "->" or ".." || token.Text is "," or ";" or ")" or "]" or "." or "->" or "..")
            return false;
        if (before.Is("?") && token.Is(":"))
            return false;
        // A pointer's stars stick together; one before a value sticks to it. Two signs must not become another operator.
        if (IsPrefix(before))
            return token.Kind == FormatKind.Mark && before.Text == token.Text && before.Text is "-" or "+" or "&" || before.Text is "-" or "+" && token.Text is "++" or "--" && token.Text[0] == before.Text[0];
        if (token.Text is "++" or "--" && !IsPrefix(token))
            return false;
        return token.Text switch
        {
            "[" => !before.EndsValue,
            "(" => before.Kind != FormatKind.Word ? !before.EndsValue : Statements.Contains(before.Text),
            _ when before.Is(")") => !StartsValue(token),
            _ => true,
        };
    }

    /// <summary>Behind a parenthesis that is a cast.</summary>
    private bool StartsValue(FormatToken token) =>
        token.Kind == FormatKind.Word ? !QueryWords.Contains(token.Text) && !Statements.Contains(token.Text) : token.Is("(") || IsPrefix(token);
}
