using System.Runtime.InteropServices;
using System.Text;
using Ctrace.Compiler.Catalog.Probes;

namespace Ctrace.Runtime.Symbols;

/// <summary>Finds programs as a shell does, and libraries as the loader does: in its cache, /etc/ld.so.cache, and in the folders that need none (ld.so(8)).</summary>
internal static class BinaryFinder
{
    private const string Cache = "/etc/ld.so.cache", Magic = "glibc-ld.so.cache1.1";
    private static readonly string Triplet = (RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "aarch64" : "x86_64") + "-linux-gnu";

    /// <summary>Debian's for each machine, then those that all systems have. There is no cache where the C library is musl.</summary>
    private static readonly string[] LibraryFolders = [$"/lib/{Triplet}", $"/usr/lib/{Triplet}", "/lib64", "/usr/lib64", "/lib", "/usr/lib", "/usr/local/lib"];

    private const int HeaderSize = 48, EntrySize = 24;

    /// <summary>The path of a binary, or null.</summary>
    /// <param name="name">A path, a program's name, or a library's name with or without <c>lib</c> and <c>.so</c>.</param>
    public static string? Find(string name)
    {
        if (name.Contains('/'))
            return File.Exists(name) ? Path.GetFullPath(name) : null;
        return Cached(name) ?? InFolders(name, LibraryFolders) ?? (Environment.GetEnvironmentVariable("PATH") ?? "/usr/bin:/bin:/usr/sbin:/sbin")
            .Split(':').Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
    }

    /// <summary>The files that a path with wildcards means, in alphabetical order and with links followed, so that each is there once.</summary>
    /// <param name="pattern">A path; a wildcard stands for no slash. Without a slash it means nothing: there is no place to look.</param>
    public static IEnumerable<string> FindAll(string pattern)
    {
        if (!pattern.Contains('/'))
            return [];
        string[] parts = pattern.Split('/', StringSplitOptions.RemoveEmptyEntries);
        IEnumerable<string> found = [pattern.StartsWith('/') ? "/" : Directory.GetCurrentDirectory()];
        foreach (string part in parts)
        {
            found = Glob.IsPattern(part)
                ? [.. found.SelectMany(Entries).Where(path => Glob.Matches(part, Path.GetFileName(path)))]
                : [.. found.Select(folder => Path.Combine(folder, part)).Where(Path.Exists)];
        }

        return found.Where(File.Exists).Select(path => File.ResolveLinkTarget(path, true)?.FullName ?? path).Distinct().Order(StringComparer.Ordinal);
    }

    private static string[] Entries(string folder)
    {
        try
        {
            return Directory.Exists(folder) ? Directory.GetFileSystemEntries(folder) : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>The library of a name in one of some folders, which are asked in their order.</summary>
    internal static string? InFolders(string name, IEnumerable<string> folders) => folders
        .SelectMany(folder => Entries(folder).Where(path => IsLibrary(Path.GetFileName(path), name)).OrderBy(path => path.Length).ThenBy(path => path, StringComparer.Ordinal))
        .FirstOrDefault(path => ElfFile.TryOpen(path) is not null);

    /// <summary>Whether a file is the library of a name: <c>libc</c> and <c>c</c> are <c>libc.so.6</c>.</summary>
    private static bool IsLibrary(string file, string name) =>
        file == name || file.StartsWith(name + ".so", StringComparison.Ordinal) || file.StartsWith($"lib{name}.so", StringComparison.Ordinal);

    /// <summary>The library of a name that the cache has.</summary>
    private static string? Cached(string name)
    {
        byte[] cache;
        try
        {
            cache = File.ReadAllBytes(Cache);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }

        int start = cache.AsSpan().IndexOf(Encoding.ASCII.GetBytes(Magic));
        if (start < 0)
            return null;
        var bytes = cache.AsSpan(start);
        int count = MemoryMarshal.Read<int>(bytes[20..]);
        for (int i = 0; i < count && HeaderSize + ((i + 1) * EntrySize) <= bytes.Length; i++)
        {
            var entry = bytes.Slice(HeaderSize + (i * EntrySize), EntrySize);
            string library = Text(bytes, MemoryMarshal.Read<int>(entry[4..])), path = Text(bytes, MemoryMarshal.Read<int>(entry[8..]));
            // The cache has other machines' libraries too.
            if (IsLibrary(library, name) && ElfFile.TryOpen(path) is not null)
                return path;
        }

        return null;
    }

    private static string Text(ReadOnlySpan<byte> bytes, int offset)
    {
        if (offset < 0 || offset >= bytes.Length)
            return "";
        var text = bytes[offset..];
        return Encoding.UTF8.GetString(text[..Math.Max(0, text.IndexOf((byte)0))]);
    }
}
