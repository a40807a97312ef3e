using Ctrace.Compiler;
using Ctrace.Compiler.Catalog;
using Ctrace.Compiler.Diagnostics;
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
        bool any = false;
        foreach (string type in IsType(request.Pattern) ? target.ListTypes(request.Pattern!, request.Verbose) : [])
        {
            any = true;
            WriteLine(output, type);
        }

        foreach (string probe in IsType(request.Pattern) ? [] : ProbeListing.List(target, request.Pattern))
        {
            any = true;
            WriteLine(output, probe);
            if (request.Verbose)
                foreach (string field in ProbeListing.Describe(target, probe))
                    WriteLine(output, field.StartsWith(' ') ? field : "    " + field);
            if (output.IsBroken)
                break;
        }

        output.Flush();
        // As in bpftrace, a list may be empty; but it is said.
        if (!any && !request.Quiet)
            StandardError.Write("ctrace: " + (request.Pattern is null ? "this machine has no probes" : IsType(request.Pattern) ? $"the kernel has no type {request.Pattern}" : $"no probe matches {request.Pattern}") + "\n");
        return 0;
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
        {
            WriteLine(output, probe);
            if (request.Verbose)
                foreach (string field in ProbeListing.Describe(target, probe))
                    WriteLine(output, field.StartsWith(' ') ? field : "    " + field);
        }

        output.Flush();
        return 0;
    }

    private static void WriteLine(OutputStream output, string line)
    {
        output.Write(line);
        output.Write((byte)'\n');
    }
}
