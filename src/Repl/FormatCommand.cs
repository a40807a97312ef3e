using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Formatting;

namespace Ctrace.Repl;

/// <summary><c>--fmt</c>: the program laid out in the usual way.</summary>
internal static class FormatCommand
{
    /// <summary>Prints it; 1 where the program has an error.</summary>
    internal static int Run(Request request)
    {
        var source = SourceReader.Read(request);
        var diagnostics = new DiagnosticBag();
        string? text = Formatter.Format(source, diagnostics);
        foreach (var diagnostic in diagnostics)
            StandardError.Write(DiagnosticPrinter.Format(source, diagnostic));
        if (text is null)
            return 1;
        using var results = new ResultsFile(request);
        results.Output.Write(text);
        results.Output.Flush();
        return results.Check(0);
    }
}
