using Ctrace.Runtime.Sys;

namespace Ctrace.Runtime.Symbols;

/// <summary>Cgroups by number. A cgroup's number is the inode of its folder.</summary>
internal static class Cgroups
{
    private static readonly string[] Roots = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"];

    /// <summary>The number of the cgroup at a path, or null.</summary>
    public static ulong? Find(string path) => Directory.Exists(path) ? FileNumbers.Inode(path) : null;

    /// <summary>All paths of the unified hierarchy, from its root, by number.</summary>
    public static Dictionary<ulong, string> Paths()
    {
        var paths = new Dictionary<ulong, string>();
        string? root = Roots.LastOrDefault(r => File.Exists(r + "/cgroup.controllers"));
        if (root is null)
            return paths;
        var options = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint };
        foreach (string folder in Directory.EnumerateDirectories(root, "*", options).Prepend(root))
            if (FileNumbers.Inode(folder) is { } inode)
                paths.TryAdd(inode, folder.Length == root.Length ? "/" : folder[root.Length..]);
        return paths;
    }
}
