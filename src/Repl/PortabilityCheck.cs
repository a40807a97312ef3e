using System.Text;
using Ctrace.Compiler;
using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Targets;
using Ctrace.Compiler.Text;
using Ctrace.Repl.Prompting;
using Ctrace.Repl.Rendering;
using Ctrace.Runtime.Kernel;

namespace Ctrace.Repl;

/// <summary><c>--check</c>: whether a program fits kernels that are not here. Nothing is loaded, and no rights are needed for what is described.</summary>
internal static class PortabilityCheck
{
    /// <summary>Checks the program; 0 where it fits all of them.</summary>
    internal static int Run(Request request, Limits limits)
    {
        if (BatchRunner.ExpandImports(SourceReader.Read(request)) is not { } source)
            return 1;
        var options = CompilationChoices.Of(request, limits);
        var output = new OutputStream(1);
        bool fits = true;
        foreach (var (name, target) in Targets(request))
        {
            var verdict = Verdict(source, target, options);
            fits &= verdict.Fits;
            output.Write(request.Format == ResultFormat.Json ? Json(name, verdict) : Text(name, source, verdict));
        }

        output.Flush();
        return fits ? 0 : 1;
    }

    /// <summary>Saves this machine's description.</summary>
    internal static int Describe(string folder)
    {
        var description = TargetDescription.Save(folder);
        var output = new OutputStream(1);
        output.Write($"{folder} describes {description.Release} ({description.Machine}): ctrace --check FILE --target {folder}\n");
        output.Flush();
        return 0;
    }

    private static IEnumerable<(string Name, ITarget Target)> Targets(Request request)
    {
        foreach (string file in request.TypeFiles)
            yield return (file, DescribedTarget.OfTypes(file));
        foreach (string folder in request.TargetFolders)
        {
            var target = DescribedTarget.OfFolder(folder);
            yield return ($"{target.Name} ({folder})", target);
        }

        if (request.TypeFiles.IsEmpty && request.TargetFolders.IsEmpty)
            yield return ("this machine", new KernelTarget());
    }

    private static (bool Fits, IReadOnlyList<(Diagnostic Problem, string Place)> Problems) Verdict(SourceText source, ITarget target, CompilationOptions options)
    {
        try
        {
            var result = Compilation.Compile(source, target, options);
            return (result.Program is not null, [.. result.Diagnostics.Select(d => (d, Place(source, d))).DistinctBy(p => (p.Item1.Message, p.Item2))]);
        }
        catch (TargetException e)
        {
            return (false, [(new Diagnostic("", Severity.Error, default, e.Message, e.Hint), "")]);
        }
    }

    private static string Place(SourceText source, Diagnostic problem)
    {
        if (problem.IsAboutMachine)
            return "";
        var (line, column) = source.Locate(problem.Span.Start);
        return $"{source.NameAt(problem.Span.Start)}:{line + 1}:{column + 1}";
    }

    private static string Text(string name, SourceText source, (bool Fits, IReadOnlyList<(Diagnostic Problem, string Place)> Problems) verdict)
    {
        var text = new StringBuilder($"{name}: {(verdict.Fits ? "fits" : "does not fit")}\n");
        foreach (var (problem, place) in verdict.Problems)
        {
            string lines = place.Length > 0 ? DiagnosticPrinter.Format(source, problem) : $"error: {problem.Message}\n{(problem.Hint is { } hint ? $"  hint: {hint}\n" : "")}";
            foreach (string line in lines.TrimEnd('\n').Split('\n'))
                text.Append($"  {line}\n");
        }

        return text.ToString();
    }

    private static string Json(string name, (bool Fits, IReadOnlyList<(Diagnostic Problem, string Place)> Problems) verdict)
    {
        var problems = verdict.Problems.Select(p =>
            $"{{\"severity\": \"{(p.Problem.Severity == Severity.Error ? "error" : "warning")}\", \"place\": {Quote(p.Place)}, \"message\": {Quote(p.Problem.Message)}}}");
        return $"{{\"type\": \"check\", \"data\": {{\"target\": {Quote(name)}, \"fits\": {(verdict.Fits ? "true" : "false")}, \"problems\": [{string.Join(", ", problems)}]}}}}\n";
    }

    private static string Quote(string text) => $"\"{System.Text.Json.JsonEncodedText.Encode(text, System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";
}
