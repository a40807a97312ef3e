using System.Text;
using Ctrace.Compiler.Syntax;

namespace Ctrace.Repl.Prompting;

/// <summary>What a half-typed program lacks to be a whole one.</summary>
internal static class Closing
{
    /// <summary>The brackets, and the end of the body, that are missing at the end of a text.</summary>
    internal static string Of(string text)
    {
        var scan = Classifier.Classify(text);
        var open = new Stack<char>();
        foreach (var token in scan.Tokens.Where(t => t.Span.Start >= scan.ClauseStart && t.Class == TokenClass.Operator && t.Span.Length == 1))
        {
            char c = text[token.Span.Start];
            if (c is '(' or '[' or '{')
                open.Push(c);
            else if (c is ')' or ']' or '}')
                open.TryPop(out _);
        }

        var closing = new StringBuilder();
        foreach (char c in open)
            closing.Append(c switch { '(' => ')', '[' => ']', _ => '}' });
        if (scan.End == SyntaxPlace.Predicate)
            closing.Append("/ { }");
        else if (scan.End == SyntaxPlace.Query)
            closing.Append(" >");
        return closing.ToString();
    }
}
