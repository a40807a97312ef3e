using System.Globalization;
using Ctrace.Runtime.Sys;

namespace Ctrace.Runtime.Symbols;

/// <summary>A piece of a process's memory that holds code.</summary>
/// <param name="Start">Its first address.</param>
/// <param name="End">The address after its last.</param>
/// <param name="Offset">Where in the file it begins.</param>
/// <param name="Mapped">The file.</param>
internal sealed record Mapping(ulong Start, ulong End, ulong Offset, MappedFile Mapped)
{
    /// <summary>The file's path as the process sees it, or a name in brackets, or nothing.</summary>
    public string File => Mapped.Path;

    /// <summary>The file system's number.</summary>
    public ulong Device => Mapped.Device;

    /// <summary>The file's inode; 0 for memory without a file.</summary>
    public ulong Inode => Mapped.Inode;

    /// <summary>Whether the path no longer leads to the file.</summary>
    public bool IsDeleted => Mapped.IsDeleted;

    /// <summary>Whether it has bytes of a file that can be looked at.</summary>
    public bool IsFile => Mapped.IsFile;

    /// <summary>The mappings of a process that runs, from /proc/PID/maps; null where it has ended, or is not ours to look at.</summary>
    public static List<Mapping>? ReadAll(int process)
    {
        var maps = new List<Mapping>();
        try
        {
            foreach (string line in System.IO.File.ReadLines($"/proc/{process}/maps"))
                if (Parse(line) is { } mapping)
                    maps.Add(mapping);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }

        return maps.Count > 0 ? maps : null;
    }

    /// <summary>A mapping of code, of a line such as <c>7f12-7f34 r-xp 00026000 08:01 123 /usr/lib/libc.so.6</c>; null for others.</summary>
    internal static Mapping? Parse(string line)
    {
        string[] parts = line.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length < 5 || parts[1].Length < 3 || parts[1][2] != 'x' || parts[0].Split('-') is not [var start, var end] || parts[3].Split(':') is not [var major, var minor])
            return null;
        string file = parts.Length == 6 ? parts[5].Replace("\\012", "\n", StringComparison.Ordinal) : "";
        _ = ulong.TryParse(parts[4], CultureInfo.InvariantCulture, out ulong inode);
        return new Mapping(Hex(start), Hex(end), Hex(parts[2]), MappedFile.Of(file, (Hex(major) << 20) | Hex(minor), inode));
    }

    /// <summary>Opens the file; null where another file has taken its place, or none is there any more.</summary>
    public OpenFile? Open(int process)
    {
        // The kernel's own link leads to exactly this file, deleted or not. It needs more rights than the others.
        var file = OpenFile.TryOpen($"/proc/{process}/map_files/{Start:x}-{End:x}");
        if (file is not null)
            return file;
        if (IsDeleted)
            return null;
        // By way of the process's own root: it may be in a container.
        foreach (string path in (string[])[$"/proc/{process}/root{File}", File])
        {
            file = OpenFile.TryOpen(path);
            if (file?.Inode == Inode)
                return file;
            file?.Handle.Dispose();
        }

        return null;
    }

    private static ulong Hex(string text) => ulong.TryParse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong value) ? value : 0;
}
