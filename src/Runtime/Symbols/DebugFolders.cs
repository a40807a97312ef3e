namespace Ctrace.Runtime.Symbols;

/// <summary>Folders with debug files that the user names (<c>--debuginfo</c>), for the whole run: symbols are read in many places.</summary>
public static class DebugFolders
{
    private static readonly List<string> Given = [];

    /// <summary>Adds folders; a relative one counts from where a binary is.</summary>
    /// <param name="folders">As written, some with a + before them.</param>
    public static void Add(IEnumerable<string> folders) => Given.AddRange(folders);

    /// <summary>The folders for a binary.</summary>
    internal static IEnumerable<string> For(string path)
    {
        foreach (string folder in Given)
        {
            string mark = folder.StartsWith('+') ? "+" : "", place = folder[mark.Length..];
            yield return mark + (place.StartsWith('/') ? place : Path.Combine(Path.GetDirectoryName(path) ?? "/", place));
        }
    }
}
