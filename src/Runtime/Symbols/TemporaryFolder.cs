using System.Text;

namespace Ctrace.Runtime.Symbols;

/// <summary>A folder in which a process keeps temporary files: one that its environment named when it began, otherwise /tmp.</summary>
/// <param name="Name">What the process calls it.</param>
/// <param name="Path">The same as we see it: by way of the process's root, or of its working folder where the name is relative.</param>
internal sealed record TemporaryFolder(string Name, string Path)
{
    private const string Usual = "/tmp";

    /// <summary>Where the .NET runtime has its diagnostics socket (dotnet/diagnostics, documentation/design-docs/ipc-protocol.md).</summary>
    public static TemporaryFolder OfSockets(int process) => Of(process, "TMPDIR"u8);

    /// <summary>Where runtimes write their perf maps: TMPDIR does not move them, and .NET has a variable of its own for it.</summary>
    public static TemporaryFolder OfPerfMaps(int process) => Of(process, "DOTNET_PerfMapJitDumpPath"u8);

    private static TemporaryFolder Of(int process, ReadOnlySpan<byte> variable)
    {
        string name = Read(process, variable) ?? Usual;
        return new TemporaryFolder(name, name[0] == '/' ? $"/proc/{process}/root{name}" : $"/proc/{process}/cwd/{name}");
    }

    private static string? Read(int process, ReadOnlySpan<byte> variable)
    {
        try
        {
            ReadOnlySpan<byte> environment = File.ReadAllBytes($"/proc/{process}/environ");
            foreach (var range in environment.Split((byte)0))
            {
                var entry = environment[range];
                if (entry.Length > variable.Length + 1 && entry.StartsWith(variable) && entry[variable.Length] == '=')
                    return Encoding.UTF8.GetString(entry[(variable.Length + 1)..]);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It has ended, or is not ours to look at.
        }

        return null;
    }
}
