namespace Ctrace.Runtime.Sys;

/// <summary>The clock that BPF programs read.</summary>
internal static unsafe class Clock
{
    private const int RealTime = 0, Monotonic = 1, BootTime = 7, AtomicTime = 11;

    /// <summary>Nanoseconds since boot, time asleep included (CLOCK_BOOTTIME).</summary>
    public static long BootNanoseconds() => Read(BootTime);

    /// <summary>Nanoseconds since boot, time asleep not included (CLOCK_MONOTONIC).</summary>
    public static long MonotonicNanoseconds() => Read(Monotonic);

    /// <summary>Nanoseconds since 1970 as the wall clock counts them (CLOCK_REALTIME).</summary>
    public static long WallNanoseconds() => Read(RealTime);

    /// <summary>Nanoseconds of international atomic time since 1970 (CLOCK_TAI).</summary>
    public static long TaiNanoseconds() => Read(AtomicTime);

    private static long Read(int clock)
    {
        long* time = stackalloc long[2];
        LibC.clock_gettime(clock, time);
        return (time[0] * 1_000_000_000) + time[1];
    }
}
