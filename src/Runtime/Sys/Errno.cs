using System.Runtime.InteropServices;

namespace Ctrace.Runtime.Sys;

/// <summary>Error numbers, from include/uapi/asm-generic/errno*.h: the same on every CPU we run on.</summary>
internal static class Errno
{
#pragma warning disable CS1591 // The names are the kernel's own.
    public const int EPERM = 1, ENOENT = 2, EINTR = 4, E2BIG = 7, EBADF = 9, EAGAIN = 11, ENOMEM = 12, EACCES = 13, EBUSY = 16, EADDRNOTAVAIL = 99, EILSEQ = 84,
        EEXIST = 17, ENODEV = 19, EINVAL = 22, EMFILE = 24, ENOSPC = 28, ENOSYS = 38, EOPNOTSUPP = 95;

    /// <summary>From include/linux/errno.h: it should never reach user space, and does.</summary>
    public const int ENOTSUPP = 524;

#pragma warning restore CS1591

    /// <summary>What went wrong in the last imported call of this thread.</summary>
    public static int Last => Marshal.GetLastPInvokeError();

    /// <summary>The C library's words for an error: <c>Operation not permitted</c>.</summary>
    public static string Text(int errno) => Marshal.GetPInvokeErrorMessage(errno);
}
