using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Ctrace.Runtime.Sys;

/// <summary>What .NET does not tell of a file.</summary>
internal static unsafe partial class FileNumbers
{
    private const int CurrentFolder = -100, BasicStatistics = 0x7ff;

    /// <summary>A file's inode, or null.</summary>
    public static ulong? Inode(string path) => Find(path)?.Inode;

    /// <summary>A file's device, as the kernel's programs know it, and inode; null where there is no file.</summary>
    public static (ulong Device, ulong Inode)? Find(string path)
    {
        // struct statx: stx_ino at 32, stx_dev_major and _minor at 136 and 140
        byte* buffer = stackalloc byte[256];
        if (statx(CurrentFolder, path, 0, BasicStatistics, buffer) != 0)
            return null;
        var bytes = new ReadOnlySpan<byte>(buffer, 256);
        ulong major = BinaryPrimitives.ReadUInt32LittleEndian(bytes[136..]), minor = BinaryPrimitives.ReadUInt32LittleEndian(bytes[140..]);
        return (major << 20 | minor, BinaryPrimitives.ReadUInt64LittleEndian(bytes[32..]));
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(int folder, string path, int flags, uint mask, byte* buffer);
}
