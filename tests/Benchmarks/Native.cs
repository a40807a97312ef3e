using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Ctrace.Runtime.Sys;

namespace Ctrace.Benchmarks;

/// <summary>What the kernel counted for one program.</summary>
internal readonly record struct ProgramCounts(long Nanoseconds, long Runs, int Instructions);

/// <summary>The system calls that only the benchmarks need.</summary>
internal static unsafe partial class Native
{
    public const int SigInt = 2, SigKill = 9, SigContinue = 18, SigStop = 19;

    private const int GetProgramById = 13, EnableStatistics = 32;
    private const int PidfdOpen = 434;

    /// <summary>The kernel counts each program's runs and time until the result is disposed of, whatever the sysctl says.</summary>
    public static IDisposable CountRuns()
    {
        ulong attribute = 0;
        nint fd = LibC.syscall(SyscallNumbers.Bpf, EnableStatistics, (nint)(&attribute), 4, 0, 0);
        return fd >= 0 ? new FileDescriptor((int)fd) : throw new InvalidOperationException(
            $"the kernel does not count the programs' time (BPF_ENABLE_STATS, Linux 5.8): error {Errno.Last}");
    }

    /// <summary>The counts of a program of any process; null when it is gone.</summary>
    public static ProgramCounts? Read(int programId)
    {
        ulong attribute = (uint)programId, more = 0;
        ulong* words = stackalloc ulong[2] { attribute, more };
        nint fd = LibC.syscall(SyscallNumbers.Bpf, GetProgramById, (nint)words, 12, 0, 0);
        if (fd < 0)
            return null;
        using var program = new FileDescriptor((int)fd);
        // struct bpf_prog_info
        Span<byte> info = stackalloc byte[224];
        info.Clear();
        Bpf.ProgramInfo(program.Number, info);
        return new ProgramCounts(
            BinaryPrimitives.ReadInt64LittleEndian(info[192..]),
            BinaryPrimitives.ReadInt64LittleEndian(info[200..]),
            BinaryPrimitives.ReadInt32LittleEndian(info[20..]) / 8);
    }

    /// <summary>CPU time a process has used, threads that ended included.</summary>
    public static long CpuNanoseconds(int pid)
    {
        // CPUCLOCK_SCHED of the process, see MAKE_PROCESS_CPUCLOCK in the kernel.
        long* time = stackalloc long[2];
        return LibC.clock_gettime((~pid << 3) | 2, time) == 0 ? (time[0] * 1_000_000_000) + time[1] : 0;
    }

    /// <summary>Binds the calling thread, and what it starts from now on, to one CPU; -1: to all.</summary>
    public static void Pin(int cpu)
    {
        byte* mask = stackalloc byte[128];
        new Span<byte>(mask, 128).Fill(cpu < 0 ? byte.MaxValue : (byte)0);
        if (cpu >= 0)
            mask[cpu / 8] = (byte)(1 << (cpu % 8));
        LibC.sched_setaffinity(0, 128, mask);
    }

    /// <summary>Waits until a process has ended.</summary>
    /// <returns>Whether it did, in that time.</returns>
    public static bool AwaitEnd(int pid, int milliseconds)
    {
        using var pidfd = new FileDescriptor((int)LibC.syscall(PidfdOpen, pid, 0, 0, 0, 0));
        if (pidfd.IsInvalid)
            return true;
        var entry = new PollEntry { Descriptor = pidfd.Number, Events = 1 };
        long end = Environment.TickCount64 + milliseconds;
        int result;
        // Another child that ends interrupts it.
        while ((result = poll(&entry, 1, (int)Math.Max(0, end - Environment.TickCount64))) < 0 && Errno.Last == Errno.EINTR)
        {
        }

        return result > 0;
    }

    /// <summary>Calls newfstatat many times; the comm is that of the calling thread.</summary>
    public static void Stat(string path, int times)
    {
        nint number = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 79 : 262;
        nint name = Marshal.StringToCoTaskMemUTF8(path);
        byte* result = stackalloc byte[256];
        const int CurrentFolder = -100;
        for (int i = 0; i < times; i++)
            LibC.syscall(number, CurrentFolder, name, (nint)result, 0, 0);
        Marshal.FreeCoTaskMem(name);
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int poll(PollEntry* entries, nuint count, int milliseconds);

    private struct PollEntry
    {
        public int Descriptor;
        public short Events, Returned;
    }
}
