using System.Runtime.InteropServices;

namespace Ctrace.Runtime.Sys;

/// <summary>Numbers of the system calls that the C library has no function for.</summary>
internal static class SyscallNumbers
{
    private static readonly bool IsArm = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    /// <summary>bpf(2).</summary>
    public static int Bpf => IsArm ? 280 : 321;

    /// <summary>perf_event_open(2).</summary>
    public static int PerfEventOpen => IsArm ? 241 : 298;

    /// <summary>membarrier(2).</summary>
    public static int Membarrier => IsArm ? 283 : 324;

    /// <summary>pidfd_open(2): the same everywhere, as all that came after 5.1.</summary>
    public static int PidfdOpen => 434;
}
