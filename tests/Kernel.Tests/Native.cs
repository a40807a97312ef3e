using System.Runtime.InteropServices;

namespace Ctrace.Kernel.Tests;

/// <summary>System calls with known arguments and results: the workload.</summary>
internal static unsafe partial class Native
{
    /// <summary>The thread for the workload of the test that runs on this thread.</summary>
    [ThreadStatic]
    private static Worker? _worker;

    public const int SigInt = 2, SigKill = 9, SigTerm = 15;

    [LibraryImport("libc", SetLastError = true)]
    public static partial nint read(int fd, void* buffer, nuint count);

    [LibraryImport("libc", SetLastError = true)]
    public static partial nint readv(int fd, IoVector* vectors, int count);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int kill(int pid, int signal);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int sched_setaffinity(int pid, nuint size, ulong* mask);

    [LibraryImport("libc")]
    public static partial uint geteuid();

    [LibraryImport("libc")]
    public static partial uint getppid();

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int open(string path, int flags);

    [LibraryImport("libc")]
    public static partial int gettid();

    /// <summary>Reads that fail with EBADF, and so reach the tracepoint with any count, and take no time.</summary>
    public static void BadReads(IEnumerable<long> counts)
    {
        foreach (long count in counts)
            read(-1, null, (nuint)(ulong)count);
    }

    /// <summary>readv calls that fail with EBADF.</summary>
    public static void BadVectors(int times)
    {
        for (int i = 0; i < times; i++)
            readv(-1, null, 0);
    }

    /// <summary>
    /// Reads zeros, each call its count, by readv: a call that the C library and the runtime never make by themselves (they
    /// read /proc at any time).
    /// </summary>
    public static void ZeroReads(IEnumerable<int> counts)
    {
        using var file = File.OpenHandle("/dev/zero");
        byte[] buffer = new byte[1 << 20];
        fixed (byte* bytes = buffer)
            foreach (int count in counts)
            {
                var vector = new IoVector(bytes, (nuint)count);
                Assert.Equal(count, readv((int)file.DangerousGetHandle(), &vector, 1));
            }
    }

    /// <summary>Runs a workload on a thread of its own, on one CPU; it gets the thread's id.</summary>
    public static void OnCpu(int cpu, Action<int> work)
    {
        WarmUp();
        using var worker = new Worker();
        worker.Run(() =>
        {
            ulong mask = 1UL << cpu;
            Assert.Equal(0, sched_setaffinity(0, 8, &mask));
            work(worker.Id);
        });
    }

    /// <summary>
    /// The first call of a C function makes the runtime look for the C library, and read files on the way: that must not
    /// be part of a workload.
    /// </summary>
    private static void WarmUp()
    {
        ZeroReads([1]);
        BadReads([1]);
        BadVectors(1);
        kill(Environment.ProcessId, 0);
        open("", 0);
        ulong mask = 0;
        sched_setaffinity(0, 0, &mask);
        _ = gettid();
    }

    /// <summary>
    /// Runs a test whose workload has a thread of its own, whose id the test gets. Nothing but the workload runs there: a
    /// collection of garbage, which reads /proc/meminfo on the thread that asked for memory, would be traced as well.
    /// </summary>
    public static void OnThread(Action<int> test)
    {
        WarmUp();
        using var worker = new Worker();
        _worker = worker;
        try
        {
            test(worker.Id);
        }
        finally
        {
            _worker = null;
        }
    }

    /// <summary>Runs a workload, on the thread that the test has for it, if any.</summary>
    public static void Perform(Action workload)
    {
        if (_worker is { } worker)
            worker.Run(workload);
        else
            workload();
    }

    /// <summary>struct iovec.</summary>
    public readonly struct IoVector(void* start, nuint length)
    {
        private readonly void* _start = start;
        private readonly nuint _length = length;
    }

    public static string? Which(string command) => (Environment.GetEnvironmentVariable("PATH") ?? "/usr/bin:/bin")
        .Split(':').Select(folder => Path.Combine(folder, command)).FirstOrDefault(File.Exists);
}
