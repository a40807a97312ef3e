using System.Text;

namespace Ctrace.Repl;

/// <summary>Reads the files that programs import.</summary>
internal static class ImportReader
{
    private const long LargestFile = 1 << 20;

    /// <summary>A file, or all programs of a folder. A path is relative to the file that names it.</summary>
    /// <exception cref="IOException">It can't be read; the message is for the user.</exception>
    public static IEnumerable<(string Name, string Text)> Read(string importing, string path)
    {
        // bpftrace's own library: what it defines is built in.
        if (path == "stdlib" || path.StartsWith("stdlib/", StringComparison.Ordinal))
            return [];
        string folder = File.Exists(importing) ? Path.GetDirectoryName(importing)! : "";
        string found = Path.Combine(folder, path);
        if (Directory.Exists(found))
            return Directory.EnumerateFiles(found).Where(IsProgram).Order(StringComparer.Ordinal).Select(ReadFile).ToList();
        if (!File.Exists(found))
            throw new IOException($"there is no file '{found}' to import");
        if (!IsProgram(found))
            throw new IOException($"'{found}' is no program: files that end in .ct or .bt can be imported, and C headers included (#include)");
        return [ReadFile(found)];
    }

    private static bool IsProgram(string file) => Path.GetExtension(file) is ".ct" or ".bt";

    private static (string Name, string Text) ReadFile(string file)
    {
        try
        {
            if (new FileInfo(file).Length > LargestFile)
                throw new IOException($"'{file}' is too large to be imported (more than 1 MiB)");
            return (file, File.ReadAllText(file, new UTF8Encoding(false, throwOnInvalidBytes: true)).TrimStart('\uFEFF'));
        }
        catch (UnauthorizedAccessException)
        {
            throw new IOException($"'{file}' can't be read: permission denied");
        }
        catch (DecoderFallbackException)
        {
            throw new IOException($"'{file}' is no program text (it is not UTF-8)");
        }
    }
}
