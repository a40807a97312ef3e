namespace Ctrace.Repl.Prompting;

/// <summary>Files and folders that continue a path.</summary>
internal static class PathCompletion
{
    private const int Most = 200;

    /// <summary>What continues a path; a folder ends with a slash.</summary>
    internal static IEnumerable<Completion> Find(string typed)
    {
        int slash = typed.LastIndexOf('/');
        string folder = typed[..(slash + 1)], name = typed[(slash + 1)..];
        try
        {
            var entries = new DirectoryInfo(folder.Length == 0 ? "." : folder).EnumerateFileSystemInfos(name + "*")
                .Where(e => name.StartsWith('.') || !e.Name.StartsWith('.'));
            return [.. entries.OrderBy(e => e.Name, StringComparer.Ordinal).Take(Most).Select(e => IsFolder(e)
                ? new Completion($"{folder}{e.Name}/", "folder", e.FullName, "") : new Completion(folder + e.Name, "file", e.FullName, ""))];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return [];
        }
    }

    private static bool IsFolder(FileSystemInfo entry) => (entry.Attributes & FileAttributes.Directory) != 0
        || entry.LinkTarget is not null && Directory.Exists(entry.FullName);
}
