using System.Globalization;
using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Syntax;
using Ctrace.Compiler.Targets;

namespace Ctrace.Compiler.Catalog.Probes;

/// <summary>A line of a program's source as the place of a probe: <c>uprobe:BINARY@FILE:LINE[:COLUMN]</c>, or with a colon for the <c>@</c>.</summary>
/// <param name="Binary">The program or library.</param>
/// <param name="File">The source file's name, or the end of its path.</param>
/// <param name="Line">The line.</param>
/// <param name="Column">The column; 0 for any.</param>
internal sealed record SourceLine(string Binary, string File, int Line, int Column)
{
    /// <summary>What a probe's parts say; null where they name no line.</summary>
    public static SourceLine? Of(ProbeSyntax probe)
    {
        string[] parts = [.. probe.Parts.Skip(1).Select(p => p.Text)];
        if (parts is [var binary, ..] && binary.LastIndexOf('@') is > 0 and var at && parts.Length is 2 or 3)
            parts = [binary[..at], binary[(at + 1)..], .. parts[1..]];
        else if (parts.Length is not (3 or 4) || parts[1] == UserFunctionKind.Language)
            return null;
        return parts.Length is 3 or 4 && parts[1].Length > 0 && Number(parts[2]) is { } line && (parts.Length == 3 ? 0 : Number(parts[3])) is { } column
            ? new SourceLine(parts[0], parts[1], line, column) : null;
    }

    /// <summary>Where the line's code begins, once for each function that has some; null after a diagnostic.</summary>
    public IReadOnlyList<SourceStatement>? Resolve(ProbeSyntax probe, IUserBinary binary, DiagnosticBag diagnostics)
    {
        var span = probe.Parts[^1].Span;
        if (!binary.HasLines)
        {
            diagnostics.ReportType(probe.Parts[1].Span, $"{binary.Path} does not say which lines of its source its code was made of", "compile it with -g, or install its debug symbols");
            return null;
        }

        var statements = binary.FindStatements(File);
        if (statements.Count == 0)
        {
            diagnostics.ReportType(probe.Parts[probe.Parts.Length > 3 && probe.Parts[1].Text == Binary ? 2 : 1].Span, $"no code of {binary.Path} was made of a file '{File}'");
            return null;
        }

        string[] files = [.. statements.Select(s => s.File).Distinct().Order(StringComparer.Ordinal)];
        var found = statements.Where(s => s.Line == Line && (Column == 0 || s.Column == Column)).ToList();
        if (found.Count > 0)
            return FirstOfEach(found, binary);
        string[] columns = [.. statements.Where(s => s.Line == Line && s.Column > 0).Select(s => s.Column).Distinct().Order().Select(c => c.ToString(CultureInfo.InvariantCulture))];
        if (columns.Length > 0)
        {
            diagnostics.ReportType(span, $"no statement begins at column {Column} of {File}:{Line}", $"statements begin at {string.Join(", ", columns)}");
            return null;
        }

        int below = statements.Select(s => s.Line).Where(l => l < Line).DefaultIfEmpty().Max(), above = statements.Select(s => s.Line).Where(l => l > Line).DefaultIfEmpty().Min();
        string[] near = [.. new[] { below, above }.Where(l => l > 0).Select(l => l.ToString(CultureInfo.InvariantCulture))];
        diagnostics.ReportType(span, $"there is no code at line {Line} of {string.Join(", ", files)}", $"the nearest lines with code are {string.Join(" and ", near)}");
        return null;
    }

    /// <summary>A loop's line has code before and behind the loop's body: of each function, what comes first is the line's begin.</summary>
    private static List<SourceStatement> FirstOfEach(List<SourceStatement> statements, IUserBinary binary)
    {
        var functions = binary.Functions.Select(f => f.FileOffset).Distinct().Order().ToArray();
        int Function(long place) => Array.BinarySearch(functions, place) is var index and >= 0 ? index : ~Array.BinarySearch(functions, place) - 1;
        return [.. statements.GroupBy(s => Function(s.Place)).Select(g => g.MinBy(s => s.Place)!).OrderBy(s => s.Place)];
    }

    private static int? Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0 ? number : null;
}
