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
            if (NamesOf(process) is { } names && IsMeant(process, names, pattern))
                found.Add((process, names[0]));
        return found;
    }

    /// <summary>The number that is meant; null for a name or a pattern.</summary>
    public static int? Number(string pattern) => int.TryParse(pattern, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;

    /// <summary>The names of a .NET program, the best first: that of its assembly, and those of its process; null for another program.</summary>
    public static string[]? NamesOf(int process)
    {
        try
        {
            string[] names = Names(process);
            return DiagnosticsSocket.Find(process) is not null ? names : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It has ended, or is not ours to look at.
            return null;
        }
    }

    /// <summary>Whether a number, a name or a pattern means a process of these names.</summary>
    public static bool IsMeant(int process, string[] names, string pattern) => Number(pattern) == process || names.Any(n => Glob.Matches(pattern, n));

    /// <summary>What a process is called, the best name first: <c>dotnet shop.dll</c> is "shop".</summary>
    private static string[] Names(int process)
    {
        string[] words = File.ReadAllText($"/proc/{process}/cmdline").Split('\0', StringSplitOptions.RemoveEmptyEntries);
        string comm = File.ReadAllText($"/proc/{process}/comm").TrimEnd('\n'), program = words.Length > 0 ? Path.GetFileName(words[0]) : comm;
        string? assembly = words.Skip(1).FirstOrDefault(w => w.EndsWith(Extension, StringComparison.OrdinalIgnoreCase));
        return [.. new[] { assembly is null ? program : Path.GetFileNameWithoutExtension(assembly), program, comm }.Distinct()];
    }
}
