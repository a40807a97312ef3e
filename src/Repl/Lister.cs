using Ctrace.Compiler.Catalog;
using Ctrace.Repl.Rendering;
using Ctrace.Runtime.Kernel;

namespace Ctrace.Repl;

/// <summary><c>-l</c>: the probes of this machine.</summary>
internal static class Lister
{
    internal static int Run(Request request)
    {
        var target = new KernelTarget { ProcessId = request.ProcessId };
        var output = new OutputStream(1);
        bool any = false;
        foreach (string probe in ProbeListing.List(target, request.Pattern))
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
        return any ? 0 : throw new RefusedException(
            request.Pattern is null ? "this machine has no probes" : $"no probe matches {request.Pattern}");
    }

    private static void WriteLine(OutputStream output, string line)
    {
        output.Write(line);
        output.Write((byte)'\n');
    }
}
