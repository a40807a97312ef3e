using Ctrace.Compiler;

namespace Ctrace.Repl;

/// <summary>What the command line and the environment say of how a program is compiled.</summary>
internal static class CompilationChoices
{
    /// <summary>The choices for a request.</summary>
    /// <exception cref="UsageException">The environment holds something that makes no sense.</exception>
    internal static CompilationOptions Of(Request request, Limits limits) => EnvironmentSettings.Apply(
        new CompilationOptions
        {
            Headers = new HeaderFinder(request.File is "-" ? null : request.File, request.HeaderFolders),
            IncludedHeaders = request.IncludedHeaders,
            ProbeFilter = request.ProbeFilter is { } filter ? new PosixPattern("--probe-filter", filter).IsMatch : null,
            TellsFailures = request.TellsFailures,
            Unsafe = request.Unsafe,
            UnwindsOthers = !request.UnwoundProcesses.IsEmpty || request.Command is not null || request.Kind == RequestKind.Check,
            Parameters = request.Parameters,
            MaxMapKeys = limits.MaxMapKeys,
            MaxStringLength = limits.MaxStringLength,
            EventBufferSize = limits.EventBuffer,
        },
        Environment.GetEnvironmentVariable);
}
