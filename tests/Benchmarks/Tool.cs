namespace Ctrace.Benchmarks;

/// <summary>A tracer to measure.</summary>
/// <param name="Name">For the tables.</param>
/// <param name="Command">The command and its first arguments; it must become the tracer by exec, as chroot does.</param>
internal sealed record Tool(string Name, string[] Command)
{
    /// <summary>The tool, or null when it does not run here.</summary>
    public static Tool? Find(string name, string command)
    {
        var tool = new Tool(name, command.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        return tool.Version() is null ? null : tool;
    }

    /// <summary>What <c>--version</c> prints; null when the tool can't be run.</summary>
    public string? Version()
    {
        try
        {
            using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(
                Command[0], [.. Command[1..], "--version"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            string text = process.StandardOutput.ReadToEnd().Trim();
            process.WaitForExit();
            return process.ExitCode == 0 ? text : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
