using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Text;

namespace Ctrace.Compiler.Syntax;

/// <summary>Puts what a program imports behind its own text.</summary>
public static class Imports
{
    /// <summary>More files than any program has.</summary>
    private const int MostFiles = 100;

    /// <summary>Reads what is imported, and what that imports, each file once.</summary>
    /// <param name="source">The program.</param>
    /// <param name="read">Gives the files that a path, written in a file, stands for (none: it needs no file); throws <see cref="IOException"/> with the reason where it can't be read.</param>
    /// <param name="diagnostics">Gets what is wrong.</param>
    public static SourceText Expand(SourceText source, Func<string, string, IEnumerable<(string Name, string Text)>> read, DiagnosticBag diagnostics)
    {
        if (!source.Text.Contains("import", StringComparison.Ordinal))
            return source;
        var known = new HashSet<string> { source.Name };
        for (int part = 0; part < source.Parts.Length; part++)
        {
            var (start, name) = source.Parts[part];
            // Mistakes are told when the whole is parsed.
            var syntax = Parser.Parse(new SourceText(source.Text[start..source.EndOf(part)], name), new DiagnosticBag());
            foreach (var import in syntax?.Imports ?? [])
            {
                var span = new TextSpan(start + import.Span.Start, import.Span.Length);
                try
                {
                    foreach (var (file, text) in read(name, import.Path))
                        if (known.Add(file))
                            source = source.With(text, file);
                }
                catch (IOException e)
                {
                    diagnostics.ReportType(span, e.Message);
                    return source;
                }

                if (source.Parts.Length <= MostFiles)
                    continue;
                diagnostics.ReportType(span, $"the program imports more than {MostFiles} files");
                return source;
            }
        }

        return source;
    }
}
