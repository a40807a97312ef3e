using Ctrace.Compiler;
using Ctrace.Compiler.Catalog;
using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Targets;
using Ctrace.Repl.Rendering;

namespace Ctrace.Repl;

/// <summary><c>-l</c>: the probes of this machine.</summary>
internal static class Lister
{
    internal static int Run(Request request)
    {
        if (request.Program is not null || request.File is not null)
            return ListProgram(request);
        var target = RequestedTarget.Open(request);
        var output = new OutputStream(1);
        var listed = new HashSet<string>();
        var patterns = Patterns(request.Pattern);
        foreach (string? pattern in patterns)
        {
            bool any = false;
            foreach (string line in IsType(pattern) ? target.ListTypes(pattern!, request.Verbose) : ProbeListing.List(target, pattern))
            {
                any = true;
                if (patterns.Count > 1 && !listed.Add(line))
                    continue;
                if (IsType(pattern))
                    WriteLine(output, line);
                else
                    WriteProbe(output, target, line, request.Verbose);
                if (output.IsBroken)
                    break;
            }

            // As in bpftrace, a list may be empty; but it is said.
            if (!any && !request.Quiet)
                StandardError.Write("ctrace: " + (pattern is null ? "this machine has no probes" : IsType(pattern) ? $"the kernel has no type {pattern}" : $"no probe matches {pattern}") + "\n");
        }

        output.Flush();
        return 0;
    }

    /// <summary>What stands between commas, those in names of functions (<c>cpp:"f(int, int)"</c>) left out.</summary>
    private static List<string?> Patterns(string? text)
    {
        if (text is null)
            return [null];
        var patterns = new List<string?>();
        int start = 0, open = 0;
        bool isQuoted = false;
        for (int i = 0; i <= text.Length; i++)
        {
            if (i == text.Length || text[i] == ',' && !isQuoted && open == 0)
            {
                if (text[start..i].Trim() is { Length: > 0 } pattern)
                    patterns.Add(pattern);
                start = i + 1;
                continue;
            }

            isQuoted ^= text[i] == '"';
            open += text[i] switch { '(' or '<' => 1, ')' or '>' => -1, _ => 0 };
        }

        return patterns.Count > 0 ? patterns : [text];
    }

    /// <summary>Whether types are asked for: <c>struct task_struct</c>.</summary>
    private static bool IsType(string? pattern) => pattern?.Split(' ', 2) is ["struct" or "union" or "enum", _];

    /// <summary>The probes that a program would attach, as they are called when it runs.</summary>
    private static int ListProgram(Request request)
    {
        var source = BatchRunner.ExpandImports(SourceReader.Read(request));
        if (source is null)
            return 1;
        var target = RequestedTarget.Open(request);
        var options = CompilationChoices.Of(request, Limits.Read(Environment.GetEnvironmentVariable)) with { Unsafe = true };
        var result = Compilation.Compile(source, target, options);
        foreach (var error in result.Diagnostics.Where(d => d.Severity == Severity.Error))
            StandardError.Write(DiagnosticPrinter.Format(source, error));
        if (result.Program is not { } program)
            return 1;
        var output = new OutputStream(1);
        foreach (string probe in program.Attachments.SelectMany(a => a.ProbeNames).Distinct())
            WriteProbe(output, target, probe, request.Verbose);

        output.Flush();
        return 0;
    }

    private static void WriteProbe(OutputStream output, ITarget target, string probe, bool withFields)
    {
        WriteLine(output, probe);
        if (withFields)
            foreach (string field in ProbeListing.Describe(target, probe))
                WriteLine(output, field.StartsWith(' ') ? field : "    " + field);
    }

    private static void WriteLine(OutputStream output, string line)
    {
        output.Write(line);
        output.Write((byte)'\n');
    }
}
