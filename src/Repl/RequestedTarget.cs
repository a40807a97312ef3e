using Ctrace.Runtime.Kernel;
using Ctrace.Runtime.Symbols;

namespace Ctrace.Repl;

/// <summary>This machine, seen as the command line asks for it.</summary>
internal static class RequestedTarget
{
    /// <summary>The running kernel, with what the options say of processes, features, functions and debug files.</summary>
    internal static KernelTarget Open(Request request)
    {
        if (request.TraceableFunctions is { } list && !File.Exists(list))
            throw new UsageException($"--traceable-functions: there is no file {list}");
        DebugFolders.Add(request.DebugFolders);
        return new KernelTarget
        {
            ProcessId = request.ProcessId, StartsCommand = request.Command is not null, Unused = request.UnusedFeatures, TraceableFunctions = request.TraceableFunctions,
        };
    }
}
