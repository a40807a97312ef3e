using System.Runtime.CompilerServices;

namespace Ctrace.Runtime.Sys;

/// <summary>perf_event_open(2) and its ioctls, from include/uapi/linux/perf_event.h.</summary>
internal static unsafe class PerfEvents
{
    /// <summary>enum perf_type_id.</summary>
    public const uint Software = 1, Tracepoint = 2, Breakpoint = 5;

    /// <summary>enum perf_sw_ids.</summary>
    public const ulong CpuClock = 0, Dummy = 9, BpfOutput = 10;

    private const int AttributeSize = 112;
    private const ulong SampleTime = 1 << 2, SampleRaw = 1 << 10;
    private const ulong FlagDisabled = 1, FlagMappings = 1 << 8, FlagNames = 1 << 9, FlagFrequency = 1 << 10, FlagTasks = 1 << 13, FlagWatermark = 1 << 14;
    private const ulong FlagAllTimes = 1 << 18, FlagMappings2 = 1 << 23, FlagExecs = 1 << 24, FlagClock = 1 << 25;
    private const int ClockOffset = 92, MonotonicClock = 1;
    private const int CloseOnExec = 8;
    private const nuint IocEnable = 0x2400, IocDisable = 0x2401, IocSetBpf = 0x40042408, IocQueryBpf = 0xc008240a;
    private const int MaxPrograms = 64;

    /// <summary>
    /// Opens a tracepoint for all processes. The event's own CPU does not matter: a BPF program runs on all. It takes no samples: events that perf
    /// itself causes may not be sampled (TRACE_EVENT_PERF_PERM in arch/x86/include/asm/trace/irq_vectors.h), and the program needs none.
    /// </summary>
    /// <param name="id">The tracepoint's number.</param>
    /// <returns>The descriptor, or minus the error number.</returns>
    public static int OpenTracepoint(ulong id) => Open(Tracepoint, id, 0, FlagDisabled, 0, -1, 0);

    /// <summary>Opens a clock that fires on one CPU.</summary>
    /// <param name="cpu">The CPU.</param>
    /// <param name="value">The period in nanoseconds, or the frequency in hertz.</param>
    /// <param name="isFrequency">Which of the two.</param>
    public static int OpenCpuClock(int cpu, ulong value, bool isFrequency) =>
        Open(Software, CpuClock, value, FlagDisabled | (isFrequency ? FlagFrequency : 0), 0, -1, cpu);

    /// <summary>Opens a counter on one CPU.</summary>
    /// <param name="type">enum perf_type_id.</param>
    /// <param name="config">The event's number.</param>
    /// <param name="every">How many of them make a sample.</param>
    /// <param name="cpu">The CPU.</param>
    public static int OpenCounter(uint type, ulong config, ulong every, int cpu) => Open(type, config, every, FlagDisabled, 0, -1, cpu);

    /// <summary>Opens a debug register on one CPU.</summary>
    /// <param name="address">What to watch.</param>
    /// <param name="length">Bytes of it.</param>
    /// <param name="access">HW_BREAKPOINT_ flags.</param>
    /// <param name="cpu">The CPU.</param>
    public static int OpenBreakpoint(ulong address, int length, int access, int cpu) =>
        Open(Breakpoint, 0, 1, FlagDisabled, 0, -1, cpu, 1, address, (ulong)length, (uint)access);

    /// <summary>The same for the calling thread alone, on any CPU.</summary>
    public static int OpenOwnBreakpoint(ulong address, int length, int access) =>
        Open(Breakpoint, 0, 1, FlagDisabled, 0, 0, -1, 1, address, (ulong)length, (uint)access);

    /// <summary>Opens a probe on a function, for all processes.</summary>
    /// <param name="type">The number of the kernel's kprobe or uprobe unit.</param>
    /// <param name="config">Whether it is a return, and where a semaphore is.</param>
    /// <param name="target">Address of a symbol's name or of a path; 0 for none.</param>
    /// <param name="offset">Bytes from there; an address where there is no symbol.</param>
    public static int OpenProbe(uint type, ulong config, ulong target, ulong offset) => Open(type, config, 1, FlagDisabled, 0, -1, 0, 1, target, offset);

    /// <summary>Opens the receiving end of bpf_perf_event_output for one CPU.</summary>
    /// <param name="cpu">The CPU.</param>
    /// <param name="watermark">Bytes that must wait before a poll wakes up.</param>
    public static int OpenOutput(int cpu, uint watermark) =>
        Open(Software, BpfOutput, 1, FlagWatermark, SampleRaw, -1, cpu, watermark);

    /// <summary>Opens the record of what processes on a CPU do: they begin, map code, become other programs, and end. Each record has the time (CLOCK_MONOTONIC).</summary>
    /// <param name="cpu">The CPU.</param>
    /// <param name="watermark">Bytes that must wait before a poll wakes up.</param>
    public static int OpenProcesses(int cpu, uint watermark) => Open(Software, Dummy, 0,
        FlagDisabled | FlagMappings | FlagMappings2 | FlagNames | FlagExecs | FlagTasks | FlagWatermark | FlagAllTimes | FlagClock, SampleTime, -1, cpu, watermark, clock: MonotonicClock);

    /// <summary>Starts an event.</summary>
    public static int Enable(int fd) => Control(fd, IocEnable, 0);

    /// <summary>Stops an event.</summary>
    public static int Disable(int fd) => Control(fd, IocDisable, 0);

    /// <summary>How often an event happened; -1 where that can't be read.</summary>
    public static long ReadCount(int fd)
    {
        long count = 0;
        return LibC.read(fd, &count, sizeof(long)) == sizeof(long) ? count : -1;
    }

    /// <summary>Attaches a program. It stays until the event is closed.</summary>
    public static int SetProgram(int fd, int program) => Control(fd, IocSetBpf, program);

    /// <summary>Whether a program is attached to the tracepoint that an event stands for.</summary>
    public static bool HasProgram(int fd, int programId)
    {
        uint* query = stackalloc uint[2 + MaxPrograms];
        query[0] = MaxPrograms;
        query[1] = 0;
        return Control(fd, IocQueryBpf, (nint)query) == 0
            && new ReadOnlySpan<uint>(query + 2, (int)Math.Min(query[1], MaxPrograms)).Contains((uint)programId);
    }

    private static int Control(int fd, nuint request, nint argument)
    {
        while (true)
        {
            if (LibC.ioctl(fd, request, argument) >= 0)
                return 0;
            int error = Errno.Last;
            if (error != Errno.EINTR)
                return -error;
        }
    }

    private static int Open(
        uint type, ulong config, ulong period, ulong flags, ulong sampleType, int pid, int cpu, uint wakeUp = 1, ulong config1 = 0, ulong config2 = 0, uint breakpoint = 0, int clock = 0)
    {
        byte* attribute = stackalloc byte[AttributeSize];
        Unsafe.InitBlockUnaligned(attribute, 0, AttributeSize);
        Unsafe.WriteUnaligned(attribute, type);
        Unsafe.WriteUnaligned(attribute + 4, AttributeSize);
        Unsafe.WriteUnaligned(attribute + 8, config);
        Unsafe.WriteUnaligned(attribute + 16, period);
        Unsafe.WriteUnaligned(attribute + 24, sampleType);
        Unsafe.WriteUnaligned(attribute + 40, flags);
        Unsafe.WriteUnaligned(attribute + 48, wakeUp);
        Unsafe.WriteUnaligned(attribute + 52, breakpoint);
        Unsafe.WriteUnaligned(attribute + 56, config1);
        Unsafe.WriteUnaligned(attribute + 64, config2);
        Unsafe.WriteUnaligned(attribute + ClockOffset, clock);
        while (true)
        {
            nint fd = LibC.syscall(SyscallNumbers.PerfEventOpen, (nint)attribute, pid, cpu, -1, CloseOnExec);
            if (fd >= 0)
                return (int)fd;
            int error = Errno.Last;
            if (error != Errno.EINTR)
                return -error;
        }
    }
}
