namespace Ctrace.Runtime.Sys;

/// <summary>
/// Waits until programs that were running when they were detached have ended, so that what they still wrote is read.
/// They can't be preempted: once this thread has run on a CPU, none that was running there before is left. That takes
/// microseconds, an RCU grace period tens of milliseconds.
/// </summary>
internal static unsafe class Quiescence
{
    private const int MaskBytes = 1024;

    /// <summary>MEMBARRIER_CMD_GLOBAL of include/uapi/linux/membarrier.h: it waits for an RCU grace period (kernel/sched/membarrier.c).</summary>
    private const int GlobalBarrier = 1;

    /// <summary>Where the barrier does not wait: on a machine with one CPU, or with some that are free of ticks (nohz_full).</summary>
    private const int GraceMilliseconds = 50;

    /// <summary>
    /// The same for programs of all kinds, those included that can be preempted (uprobes; since 6.19 tracepoints too): all programs run under
    /// RCU's read lock (kernel/trace/bpf_trace.c). Takes tens of milliseconds.
    /// </summary>
    public static void AwaitGracePeriod()
    {
        if (LibC.syscall(SyscallNumbers.Membarrier, GlobalBarrier, 0, 0, 0, 0) < 0 || Cpus.Online().Count() == 1)
            Thread.Sleep(GraceMilliseconds);
    }

    /// <summary>Runs this thread once on each CPU it may run on; the others are left out.</summary>
    public static void Await()
    {
        byte* allowed = stackalloc byte[MaskBytes];
        byte* one = stackalloc byte[MaskBytes];
        int size = LibC.sched_getaffinity(0, MaskBytes, allowed);
        if (size < 0)
            return;
        new Span<byte>(one, MaskBytes).Clear();
        foreach (int cpu in Cpus.Online())
        {
            if (cpu >= MaskBytes * 8)
                break;
            one[cpu / 8] = (byte)(1 << (cpu % 8));
            LibC.sched_setaffinity(0, MaskBytes, one);
            one[cpu / 8] = 0;
        }

        LibC.sched_setaffinity(0, MaskBytes, allowed);
    }
}
