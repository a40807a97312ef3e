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

        if (source.Parts.Length == 1)
            return ParsePart(source, diagnostics);
        // Blanks before a file's text give all that is in it its place in the whole.
        var parts = source.Parts.Select((part, i) => ParsePart(new SourceText(new string(' ', part.Start) + source.Text[part.Start..source.EndOf(i)], part.Name), diagnostics)).ToList();
        return parts.Contains(null) ? null : parts.Skip(1).Append(parts[0]).Aggregate(Merge!);
    }

    /// <summary>What is imported comes first: what the program says itself counts more.</summary>
    private static ProgramSyntax Merge(ProgramSyntax first, ProgramSyntax second)
    {
        var (shorter, longer) = first.Definitions.Length < second.Definitions.Length ? (first.Definitions, second.Definitions) : (second.Definitions, first.Definitions);
        return second with
        {
            Config = [.. first.Config, .. second.Config],
            Clauses = [.. first.Clauses, .. second.Clauses],
            Macros = [.. first.Macros, .. second.Macros],
            MapDeclarations = [.. first.MapDeclarations, .. second.MapDeclarations],
            Definitions = shorter + longer[shorter.Length..],
        };
    }

    private static ProgramSyntax? ParsePart(SourceText source, DiagnosticBag diagnostics)
    {
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
