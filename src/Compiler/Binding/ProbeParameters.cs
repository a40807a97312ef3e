using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Syntax;

namespace Ctrace.Compiler.Binding;

/// <summary>
/// Parameters in probes: <c>interval:s:$1</c> → <c>interval:s:5</c>. One may be a piece of a part, or several parts with the colons between them. In quotes
/// it stands for itself.
/// </summary>
internal static partial class ProbeParameters
{
    /// <summary>Puts the parameters in.</summary>
    /// <param name="program">A program.</param>
    /// <param name="given">What <c>$1</c>, <c>$2</c>, … are.</param>
    /// <param name="diagnostics">Receives those that are missing.</param>
    public static ProgramSyntax Fill(ProgramSyntax program, ImmutableArray<string> given, DiagnosticBag diagnostics) =>
        program with { Clauses = [.. program.Clauses.Select(clause => clause with { Probes = [.. clause.Probes.Select(probe => Fill(probe, given, diagnostics))] })] };

    private static ProbeSyntax Fill(ProbeSyntax probe, ImmutableArray<string> given, DiagnosticBag diagnostics) =>
        probe.Parts.Any(Asks) ? probe with { Parts = [.. probe.Parts.SelectMany(part => Asks(part) ? Fill(part, given, diagnostics) : [part])] } : probe;

    private static IEnumerable<ProbePartSyntax> Fill(ProbePartSyntax part, ImmutableArray<string> given, DiagnosticBag diagnostics)
    {
        string filled = Parameter().Replace(part.Text, use =>
        {
            if (int.TryParse(use.Groups[1].Value, out int number) && number > 0 && number <= given.Length)
                return given[number - 1];
            diagnostics.ReportType(part.Span, $"the parameter {use.Value} is not given", "give it on the command line: ctrace FILE VALUE …");
            return use.Value;
        });
        return filled.Split(':').Select(text => part with { Text = text });
    }

    /// <summary>What is in quotes is shorter than its place.</summary>
    private static bool Asks(ProbePartSyntax part) => part.Text.Contains('$') && part.Text.Length == part.Span.Length && Parameter().IsMatch(part.Text);

    [GeneratedRegex(@"\$([0-9]+)")]
    private static partial Regex Parameter();
}
