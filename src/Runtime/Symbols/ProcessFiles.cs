using Ctrace.Compiler.Catalog.Probes;
using Ctrace.Runtime.Sys;

namespace Ctrace.Runtime.Symbols;

/// <summary>The programs and libraries that a process runs, by paths that we can open: its files may be in another mount namespace.</summary>
internal static class ProcessFiles
{
    /// <summary>What is before a path of the process's to make it one of ours; empty where the two see the same files.</summary>
    public static string Root(int process)
    {
        if (process == 0)
            return "";
        try
        {
            string own = File.ResolveLinkTarget("/proc/self/ns/mnt", false)?.Name ?? "", other = File.ResolveLinkTarget($"/proc/{process}/ns/mnt", false)?.Name ?? own;
            bool rooted = new FileInfo($"/proc/{process}/root").LinkTarget is { } root && root != "/";
            return own != other || rooted ? $"/proc/{process}/root" : "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    /// <summary>Those of the files whose code the process has mapped that a pattern means, by our paths.</summary>
    /// <param name="process">The process.</param>
    /// <param name="pattern">For the path as the process sees it, or for the file's name; an empty one is for all.</param>
    public static IEnumerable<string> Mapped(int process, string pattern)
    {
        int start = Root(process).Length;
        return Mapped(process).Where(path => pattern.Length == 0 || Glob.Matches(pattern, path[start..]) || Glob.Matches(pattern, Path.GetFileName(path)));
    }

    /// <summary>Those of the files whose code any process has mapped that a pattern means, each once: the same one may have several paths.</summary>
    /// <param name="pattern">For the path as its process sees it, or for the file's name; an empty one is for none.</param>
    public static IEnumerable<string> MappedByAll(string pattern) => pattern.Length == 0 ? []
        : Processes.Others().SelectMany(process => Mapped(process, pattern)).Distinct().DistinctBy(path => FileNumbers.Find(path)).OrderBy(path => path, StringComparer.Ordinal);

    /// <summary>The files whose code the process has mapped, each once, by our paths.</summary>
    public static IEnumerable<string> Mapped(int process)
    {
        string[] lines;
        try
        {
            lines = process == 0 ? [] : File.ReadAllLines($"/proc/{process}/maps");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }

        string root = Root(process);
        // address perms offset device inode path
        return lines.Select(line => line.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries)).Where(parts => parts.Length == 6 && parts[1].Contains('x') && parts[5].StartsWith('/'))
            .Select(parts => parts[5].EndsWith(" (deleted)", StringComparison.Ordinal) ? "" : root + parts[5]).Where(path => path.Length > 0).Distinct();
    }

    /// <summary>A binary of the process's, by its path or by the name of what it has mapped (<c>libc</c>); null where there is none.</summary>
    public static string? Find(string name, int process)
    {
        if (process == 0)
            return null;
        if (name.Contains('/'))
            return Root(process) is { Length: > 0 } root && File.Exists(root + name) ? root + name : null;
        return Mapped(process).FirstOrDefault(path => Path.GetFileName(path) is var file
            && (file == name || file.StartsWith(name + ".so", StringComparison.Ordinal) || file.StartsWith($"lib{name}.so", StringComparison.Ordinal)));
    }
}
