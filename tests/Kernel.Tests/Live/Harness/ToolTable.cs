namespace Ctrace.Kernel.Tests.Live;

/// <summary>
/// What becomes of bpftrace's tools on this machine: with <c>CTRACE_TOOL_TABLE=FILE</c> each verdict is appended to a file, and docs/tools.md is made
/// of them.
/// </summary>
internal static class ToolTable
{
    /// <summary>Whether a kernel takes the tool's programs.</summary>
    public const string Loads = "loads";

    /// <summary>Whether its output is bpftrace's.</summary>
    public const string Prints = "prints";

    /// <summary>What of its output nobody compares.</summary>
    public const string Except = "except";

    /// <summary>Adds a line: the tool, what is decided, and how.</summary>
    public static void Note(string tool, string what, string verdict)
    {
        if (Environment.GetEnvironmentVariable("CTRACE_TOOL_TABLE") is { Length: > 0 } file)
            File.AppendAllText(file, $"{tool}\t{what}\t{verdict.ReplaceLineEndings(" ").Replace('\t', ' ').Replace('|', '/')}\n");
    }
}
