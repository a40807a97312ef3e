using System.Globalization;
using Ctrace.Compiler.Catalog.Probes;
using Ctrace.Runtime.Symbols;

namespace Ctrace.Runtime.Dotnet;

/// <summary>The .NET programs that run, and can be asked.</summary>
internal static class DotnetProcesses
{
    private const string Extension = ".dll";

    /// <summary>Those that a number, a name or a pattern means; a program's name is that of its assembly, or of its process.</summary>
    public static List<(int Id, string Name)> Find(string pattern)
    {
        var found = new List<(int, string)>();
        // Processes that see the same files have their sockets in the same folder.
        var sockets = new Dictionary<string, HashSet<int>>();
        IEnumerable<int> processes = int.TryParse(pattern, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? [number] : Directory.EnumerateDirectories("/proc").Select(d => int.TryParse(Path.GetFileName(d), CultureInfo.InvariantCulture, out int id) ? id : 0).Where(id => id > 0 && id != Environment.ProcessId);
        foreach (int process in processes)
        {
            try
            {
                string place = (File.ResolveLinkTarget($"/proc/{process}/ns/mnt", false)?.Name ?? "") + new FileInfo($"/proc/{process}/root").LinkTarget;
                if (!sockets.TryGetValue(place, out var ids))
                    sockets[place] = ids = [.. Listening($"/proc/{process}/root/tmp")];
                if (ids.Count == 0 || ProcessStatus.Read(process) is not { } status || !ids.Contains(status.InnermostId))
                    continue;
                string[] names = Names(process);
                if (number == process || names.Any(n => Glob.Matches(pattern, n)))
                    found.Add((process, names[0]));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It has ended, or is not ours to look at.
            }
        }

        return found;
    }

    private static IEnumerable<int> Listening(string folder) =>
        Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "dotnet-diagnostic-*-socket").Select(f => int.TryParse(Path.GetFileName(f).Split('-')[2], CultureInfo.InvariantCulture, out int id) ? id : 0) : [];

    /// <summary>What a process is called, the best name first: <c>dotnet shop.dll</c> is "shop".</summary>
    private static string[] Names(int process)
    {
        string[] words = File.ReadAllText($"/proc/{process}/cmdline").Split('\0', StringSplitOptions.RemoveEmptyEntries);
        string comm = File.ReadAllText($"/proc/{process}/comm").TrimEnd('\n'), program = words.Length > 0 ? Path.GetFileName(words[0]) : comm;
        string? assembly = words.Skip(1).FirstOrDefault(w => w.EndsWith(Extension, StringComparison.OrdinalIgnoreCase));
        return [.. new[] { assembly is null ? program : Path.GetFileNameWithoutExtension(assembly), program, comm }.Distinct()];
    }
}
