using System.Globalization;

namespace Ctrace.Runtime.Sys;

/// <summary>Whether another process is there, and when it goes.</summary>
internal static class Processes
{
    /// <summary>A descriptor that becomes readable when the process ends; invalid where the kernel has none (before 5.3).</summary>
    public static FileDescriptor OpenPidfd(int pid) =>
        new((int)LibC.syscall(SyscallNumbers.PidfdOpen, pid, 0, 0, 0, 0));

    /// <summary>All processes but this one.</summary>
    public static IEnumerable<int> Others() =>
        Directory.EnumerateDirectories("/proc").Select(d => int.TryParse(Path.GetFileName(d), NumberStyles.None, CultureInfo.InvariantCulture, out int id) ? id : 0)
            .Where(id => id > 0 && id != Environment.ProcessId);

    /// <summary>Whether there is such a process (it may be somebody else's).</summary>
    public static bool Exists(int pid) => LibC.kill(pid, 0) == 0 || Errno.Last == Errno.EPERM;
}
