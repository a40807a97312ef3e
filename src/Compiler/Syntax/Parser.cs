using Ctrace.Compiler.CDeclarations;
using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Text;
using Pidgin;

namespace Ctrace.Compiler.Syntax;

/// <summary>Text to syntax tree. A mistake becomes a diagnostic in the words of the language.</summary>
public static class Parser
{
    /// <summary>Longest program, in characters: far above any real one, far below what would exhaust memory.</summary>
    public const int MaxLength = 1 << 20;

    /// <summary>What the grammar fails with; <see cref="SyntaxErrors"/> says it better.</summary>
    internal const string BadNumber = "bad number";

    /// <summary>Parses a program.</summary>
    /// <returns>The tree, or null where there is an error in <paramref name="diagnostics"/>.</returns>
    public static ProgramSyntax? Parse(SourceText source, DiagnosticBag diagnostics)
    {
        if (source.Text.Length > MaxLength)
        {
            diagnostics.ReportTooLong(source.Text.Length, MaxLength);
            return null;
        }

        if (string.IsNullOrWhiteSpace(source.Text))
        {
            diagnostics.ReportEmpty();
            return null;
        }

        if (HandlerText.Remove(source, diagnostics) is not { } text)
            return null;
        if (!ReferenceEquals(text, source.Text))
            source = new SourceText(text, source.Name);
        // C definitions are read for themselves; blanks in their place keep all positions.
        int definitions = CPrelude.Measure(source.Text);
        string definition = source.Text[..definitions];
        if (definitions == source.Text.Length && BracketChecker.Check(source, diagnostics))
            return null;
        if (definitions > 0)
            source = new SourceText(string.Concat(definition.Select(c => c == '\n' ? c : ' ')) + source.Text[definitions..], source.Name);
        if (BracketChecker.Check(source, diagnostics))
            return null;
        try
        {
            var result = Grammar.Program.Parse(source.Text.AsSpan());
            if (result.Success)
                return result.Value with { Definitions = definition };
            SyntaxErrors.Report(source, result.Error!, diagnostics);
        }
        catch (NestingException deep)
        {
            diagnostics.ReportTooDeep(new TextSpan(deep.Position, 1));
        }

        return null;
    }
}
