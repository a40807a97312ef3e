using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Ctrace.Runtime.Sys;

/// <summary>A regular file that is open for reading, and what fstat says of it.</summary>
/// <param name="Handle">The file.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Inode">Its inode.</param>
/// <param name="Owner">Its user.</param>
/// <param name="Modified">Seconds since 1970 at the last change.</param>
internal sealed unsafe partial record OpenFile(SafeFileHandle Handle, long Size, ulong Inode, uint Owner, long Modified)
{
    private const int NoTerminal = 0x100, EmptyPath = 0x1000, BasicStatistics = 0x7ff;
    private const int FormatMask = 0xf000, Regular = 0x8000;

    /// <summary>
    /// Opens a file whose name came from another process. What is no regular file is refused, and opening it must not wait: a pipe in its
    /// place would stop us for ever.
    /// </summary>
    public static OpenFile? TryOpen(string path)
    {
        int fd = open(path, OpenFlags.CloseOnExec | OpenFlags.NonBlocking | NoTerminal, 0);
        if (fd < 0)
            return null;
        var handle = new SafeFileHandle(fd, true);
        // struct statx: stx_uid at 20, stx_mode at 28, stx_ino at 32, stx_size at 40, stx_mtime at 112
        byte* buffer = stackalloc byte[256];
        var bytes = new ReadOnlySpan<byte>(buffer, 256);
        if (statx(fd, "", EmptyPath, BasicStatistics, buffer) != 0 || (BinaryPrimitives.ReadUInt16LittleEndian(bytes[28..]) & FormatMask) != Regular)
        {
            handle.Dispose();
            return null;
        }

        return new OpenFile(handle, BinaryPrimitives.ReadInt64LittleEndian(bytes[40..]), BinaryPrimitives.ReadUInt64LittleEndian(bytes[32..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[20..]), BinaryPrimitives.ReadInt64LittleEndian(bytes[112..]));
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags, int mode);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(int folder, string path, int flags, uint mask, byte* buffer);
}
