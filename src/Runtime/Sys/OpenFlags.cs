namespace Ctrace.Runtime.Sys;

/// <summary>
/// Flags that new descriptors take, of files, pipes, timers and the rest alike; the same numbers on x86-64 and arm64
/// (include/uapi/asm-generic/fcntl.h).
/// </summary>
internal static class OpenFlags
{
    /// <summary>O_CLOEXEC: programs that are started don't get the descriptor.</summary>
    public const int CloseOnExec = 0x80000;

    /// <summary>O_NONBLOCK: what can't be done at once fails with EAGAIN.</summary>
    public const int NonBlocking = 0x800;
}
