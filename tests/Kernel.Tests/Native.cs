using System.Runtime.InteropServices;

namespace Ctrace.Kernel.Tests;

/// <summary>System calls with known arguments and results: the workload.</summary>
internal static unsafe partial class Native
{
    public const int SigInt = 2, SigKill = 9, SigTerm = 15;

    [LibraryImport("libc", SetLastError = true)]
    public static partial nint read(int fd, void* buffer, nuint count);

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

    /// <summary>Reads zeros: each returns its count.</summary>
    public static void ZeroReads(IEnumerable<int> counts)
    {
        using var file = File.OpenHandle("/dev/zero");
        byte[] buffer = new byte[1 << 20];
        fixed (byte* bytes = buffer)
            foreach (int count in counts)
                Assert.Equal(count, read((int)file.DangerousGetHandle(), bytes, (nuint)count));
    }

    /// <summary>Runs something on a thread of its own, on one CPU; it gets the thread's id.</summary>
    public static void OnCpu(int cpu, Action<int> work) => OnThread(tid =>
    {
        ulong mask = 1UL << cpu;
        Assert.Equal(0, sched_setaffinity(0, 8, &mask));
        work(tid);
    });

    /// <summary>
    /// The first call of a C function makes the runtime look for the C library, and read files on the way: that must not
    /// be part of a workload.
    /// </summary>
    private static void WarmUp()
    {
        ZeroReads([1]);
        BadReads([1]);
        kill(Environment.ProcessId, 0);
        open("", 0);
        ulong mask = 0;
        sched_setaffinity(0, 0, &mask);
        _ = gettid();
    }

    /// <summary>Runs something on a thread of its own; it gets the thread's id.</summary>
    public static void OnThread(Action<int> work)
    {
        WarmUp();
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                work(gettid());
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        if (failure is not null)
            throw new InvalidOperationException("the workload failed", failure);
    }

    public static string? Which(string command) => (Environment.GetEnvironmentVariable("PATH") ?? "/usr/bin:/bin")
        .Split(':').Select(folder => Path.Combine(folder, command)).FirstOrDefault(File.Exists);
}
