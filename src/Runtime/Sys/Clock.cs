namespace Ctrace.Runtime.Sys;

/// <summary>The clock that BPF programs read.</summary>
internal static unsafe class Clock
{
    private const int BootTime = 7;

    /// <summary>Nanoseconds since boot, time asleep included (CLOCK_BOOTTIME).</summary>
    public static long BootNanoseconds()
    {
        long* time = stackalloc long[2];
        LibC.clock_gettime(BootTime, time);
        return (time[0] * 1_000_000_000) + time[1];
    }
}
