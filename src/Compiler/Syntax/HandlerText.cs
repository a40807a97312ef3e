using System.Collections.Immutable;
using System.Text;
using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Text;

namespace Ctrace.Compiler.Syntax;

/// <summary>
/// C# in a program, <c>=&gt; { … }</c>, is taken out before the program is parsed: blanks in its place keep all positions.
/// </summary>
internal static class HandlerText
{
    /// <summary>Takes C# out of a text.</summary>
    /// <param name="source">The program.</param>
    /// <param name="diagnostics">Gets what is wrong.</param>
    /// <returns>The rest of the text; null after an error.</returns>
    public static string? Remove(SourceText source, DiagnosticBag diagnostics)
    {
        string text = source.Text;
        StringBuilder? result = null;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '"' || text.AsSpan(i).StartsWith("//") || text.AsSpan(i).StartsWith("/*") && !BracketChecker.IsGlob(text, i))
            {
                i = Math.Max(i, CSharpScanner.Skip(text, i) - 1);
                continue;
            }

            if (text[i] != '=' || i + 1 >= text.Length || text[i + 1] != '>')
                continue;
            int open = i + 2;
            while (open < text.Length && char.IsWhiteSpace(text[open]))
                open++;
            if (open >= text.Length || text[open] != '{')
                continue;
            int close = CSharpScanner.FindClose(text, open);
            if (close < 0)
            {
                diagnostics.ReportUnclosed(new TextSpan(open, 1), '{', '}');
                return null;
            }

            result ??= new StringBuilder(text);
            for (int at = open + 1; at < close; at++)
                if (text[at] != '\n')
                    result[at] = ' ';
            i = close;
        }

        return result?.ToString() ?? text;
    }
}
