namespace Ctrace.Runtime.Symbols;

/// <summary>What a piece of memory was mapped from. Few files are mapped, again and again: those who keep many mappings keep each file once.</summary>
/// <param name="Path">The file's path as the process sees it, or a name in brackets, or nothing.</param>
/// <param name="Device">The file system's number (major, then 20 bits of minor).</param>
/// <param name="Inode">The file's inode; 0 for memory without a file.</param>
/// <param name="IsDeleted">Whether the path no longer leads to it.</param>
internal sealed record MappedFile(string Path, ulong Device, ulong Inode, bool IsDeleted)
{
    private const string DeletedMark = " (deleted)";

    /// <summary>One of a name as the kernel gives it.</summary>
    public static MappedFile Of(string name, ulong device, ulong inode) => name.EndsWith(DeletedMark, StringComparison.Ordinal)
        ? new MappedFile(name[..^DeletedMark.Length], device, inode, true)
        : new MappedFile(name, device, inode, false);

    /// <summary>Whether it has bytes that can be looked at; otherwise a program made the code at run time.</summary>
    public bool IsFile => Path.StartsWith('/') && !Path.StartsWith("/memfd:", StringComparison.Ordinal) && Path != "/dev/zero" && !Path.StartsWith("/SYSV", StringComparison.Ordinal);
}
