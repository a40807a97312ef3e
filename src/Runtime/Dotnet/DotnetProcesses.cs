using System.Globalization;
using Ctrace.Compiler.Catalog.Probes;
using Ctrace.Runtime.Symbols;
using Ctrace.Runtime.Sys;

namespace Ctrace.Runtime.Dotnet;

/// <summary>The .NET programs that run, and can be asked.</summary>
internal static class DotnetProcesses
{
    private const string Extension = ".dll";

    /// <summary>Those that a number, a name or a pattern means.</summary>
    public static List<(int Id, string Name)> Find(string pattern)
    {
        var found = new List<(int, string)>();
        foreach (int process in Number(pattern) is { } number ? [number] : Processes.Others())
            if (NameOf(process, pattern) is { } name)
                found.Add((process, name));
        return found;
    }

    /// <summary>The number that is meant; null for a name or a pattern.</summary>
    public static int? Number(string pattern) => int.TryParse(pattern, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;

    /// <summary>The name of a .NET program, that of its assembly or of its process; null for another program, or where it does not fit the pattern.</summary>
    public static string? NameOf(int process, string pattern)
    {
        try
        {
            string[] names = Names(process);
            return (Number(pattern) == process || names.Any(n => Glob.Matches(pattern, n))) && DiagnosticsSocket.Find(process) is not null ? names[0] : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It has ended, or is not ours to look at.
            return null;
        }
    }

    /// <summary>What a process is called, the best name first: <c>dotnet shop.dll</c> is "shop".</summary>
    private static string[] Names(int process)
    {
        string[] words = File.ReadAllText($"/proc/{process}/cmdline").Split('\0', StringSplitOptions.RemoveEmptyEntries);
        string comm = File.ReadAllText($"/proc/{process}/comm").TrimEnd('\n'), program = words.Length > 0 ? Path.GetFileName(words[0]) : comm;
        string? assembly = words.Skip(1).FirstOrDefault(w => w.EndsWith(Extension, StringComparison.OrdinalIgnoreCase));
        return [.. new[] { assembly is null ? program : Path.GetFileNameWithoutExtension(assembly), program, comm }.Distinct()];
    }
}
