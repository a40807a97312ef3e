using System.Diagnostics;
using System.Runtime.InteropServices;
using Ctrace.Compiler;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>Calls from entry to return, against what the caller knows of them.</summary>
public unsafe partial class SpanTests
{
    [KernelFact]
    public void Every_call_is_seen_once_with_its_result()
    {
        using var zero = File.OpenHandle("/dev/zero");
        int fd = (int)zero.DangerousGetHandle();
        var t = Traced.Run("span:syscall:readv /tid == $1/ { @n = count(); @bytes = sum(retval); @fd = max(args.fd); @d = min(duration); }", () =>
        {
            for (int i = 1; i <= 500; i++)
                Native.ReadVector(fd, i);
        });
        Assert.Equal((500, Enumerable.Range(1, 500).Sum(), fd), (t.Number("@n"), t.Number("@bytes"), t.Number("@fd")));
        Assert.InRange(t.Number("@d"), 1, 1_000_000);
        Assert.Equal(0, t.Lost(LossCause.SpanTableFull));
    }

    [KernelFact]
    public void Durations_are_those_that_the_caller_measures()
    {
        var measured = new List<double>();
        var t = Traced.Run("span:syscall:clock_nanosleep /tid == $1/ { @[args.flags] = stats(duration); @all = max(duration); @least = min(duration); }", () =>
        {
            foreach (int milliseconds in new[] { 5, 20, 60 })
            {
                long started = Stopwatch.GetTimestamp();
                Sleep(milliseconds);
                measured.Add(Stopwatch.GetElapsedTime(started).TotalNanoseconds);
            }
        });
        // The caller sees the call and some instructions around it.
        Assert.InRange(t.Number("@all"), 60_000_000, measured.Max());
        Assert.InRange(t.Number("@least"), 5_000_000, measured.Min());
    }

    [KernelFact]
    public void A_text_is_that_of_the_entry()
    {
        string name = $"/tmp/ctrace-span-{Guid.NewGuid():N}";
        File.WriteAllText(name, "x");
        var t = Traced.Run("span:syscall:openat /tid == $1/ { if (retval >= 0) { @opened[str(args.filename)] = count(); } else { @failed[str(args.filename)] = count(); } }", () =>
        {
            Native.Close(Native.Open(name));
            Native.TryOpen("/no/such/place");
        });
        File.Delete(name);
        Assert.Equal(1, t.Numbers("@opened")[name]);
        Assert.Equal(1, t.Numbers("@failed")["/no/such/place"]);
    }

    [KernelFact]
    public void A_wildcard_keeps_calls_apart_by_their_names()
    {
        using var zero = File.OpenHandle("/dev/zero");
        int fd = (int)zero.DangerousGetHandle();
        var t = Traced.Run("span:syscall:* /tid == $1/ < count(), sum(retval) by probe into @ >", () =>
        {
            for (int i = 0; i < 40; i++)
                Native.ReadVector(fd, 10);
            for (int i = 0; i < 7; i++)
                Native.Lseek(1, 77);
        });
        var rows = t.Table();
        Assert.Equal((40, 400), (Traced.Number(rows["span:syscall:readv"][0]), Traced.Number(rows["span:syscall:readv"][1])));
        Assert.Equal(7, Traced.Number(rows["span:syscall:lseek"][0]));
        Assert.True(t.Probes > 300, $"{t.Probes} probes");
    }

    [KernelFact]
    public void Functions_of_programs_nest()
    {
        var t = Traced.Run("span:user:libc:qsort /tid == $1/ { @n = count(); @[arg1] = count(); @d[arg1] = max(duration); }", () =>
        {
            Recurse(5);
        });
        // qsort calls the comparison, which sorts again: six levels, each with its own number of elements.
        Assert.Equal(Enumerable.Range(2, 6).Select(i => $"{i}").Order(), t.Numbers("@").Keys.Order());
        var durations = Enumerable.Range(2, 6).Select(i => t.Numbers("@d")[$"{i}"]).ToList();
        Assert.Equal(durations.OrderDescending(), durations.AsEnumerable().Reverse());
        Assert.Equal(0, t.Lost(LossCause.SpanTooDeep));
    }

    [KernelFact]
    public void Levels_that_can_t_be_kept_are_counted()
    {
        var t = Traced.Run("span:user:libc:qsort /tid == $1/ { @n = count(); }", () => Recurse(11));
        Assert.Equal(12, t.Number("@n") + t.Lost(LossCause.SpanTooDeep));
        Assert.Equal(8, t.Number("@n"));
        Assert.Contains(t.Messages, m => m.Contains("recursion"));
    }

    [KernelFact]
    public void Threads_do_not_disturb_each_other()
    {
        using var zero = File.OpenHandle("/dev/zero");
        int fd = (int)zero.DangerousGetHandle();
        var t = Traced.Run("span:syscall:readv /pid == $2/ { @n = count(); @bytes[args.vlen] = sum(retval); }", () =>
        {
            var threads = Enumerable.Range(0, 16).Select(_ => new Thread(() =>
            {
                for (int i = 0; i < 2000; i++)
                    Native.ReadVector(fd, 3);
            })).ToList();
            threads.ForEach(thread => thread.Start());
            threads.ForEach(thread => thread.Join());
        });
        // Where system calls can be preempted at their tracepoints (6.13), the kernel leaves events out, and says how many.
        if (t.Missed == 0)
            Assert.Equal(16 * 2000, t.Number("@n") + t.Lost(LossCause.SpanTableFull));
        Assert.InRange(t.Number("@n"), 1, 16 * 2000);
        Assert.Equal(3 * t.Number("@n"), t.Numbers("@bytes").Values.Sum());
    }

    [KernelFact]
    public void A_return_without_entry_is_none()
    {
        // The thread is inside of the call when tracing begins.
        using var pipe = new System.IO.Pipes.AnonymousPipeServerStream(System.IO.Pipes.PipeDirection.Out);
        int fd = (int)pipe.ClientSafePipeHandle.DangerousGetHandle();
        long read = 0;
        var waiting = new Thread(() => read = Native.ReadVector(fd, 1));
        waiting.Start();
        Thread.Sleep(100);
        var t = Traced.Run("span:syscall:readv /pid == $2/ { @n = count(); }", () =>
        {
            pipe.WriteByte(1);
            waiting.Join();
        });
        Assert.Equal((1, 0), (read, t.Number("@n")));
    }

    private static void Sleep(int milliseconds)
    {
        long* time = stackalloc long[] { 0, milliseconds * 1_000_000L };
        _ = ClockNanosleep(1, 0, time, null);
    }

    private static int left;

    private static void Recurse(int levels)
    {
        left = levels;
        Sort(levels + 2);
    }

    private static void Sort(int elements)
    {
        long* numbers = stackalloc long[elements];
        for (int i = 0; i < elements; i++)
            numbers[i] = i;
        QuickSort(numbers, (nuint)elements, 8, &Compare);
    }

    [UnmanagedCallersOnly]
    private static int Compare(nint a, nint b)
    {
        if (left > 0)
        {
            left--;
            Sort(left + 2);
        }

        return 0;
    }

    [KernelFact(Needs = Compiler.Targets.KernelFeature.LargeKeys)]
    public void Threads_that_die_in_a_call_leave_nothing_behind()
    {
        // Four texts of 4096 bytes for each of eight levels: there is room for few threads, and many die.
        const int Rounds = 30, Each = 10;
        var t = Traced.Run("""
            config = { max_strlen = 4096 }
            span:user:libc:clock_nanosleep { @[str(arg0), str(arg1), str(arg2), str(arg3)] = count(); }
            uprobe:libc:clock_nanosleep /ppid == $2/ { @entered = count(); }
            """, () =>
        {
            for (int round = 0; round < Rounds; round++)
            {
                var sleepers = Enumerable.Range(0, Each).Select(_ => System.Diagnostics.Process.Start("sleep", "1000")).ToList();
                // Asleep is: in the call.
                Assert.True(SpinWait.SpinUntil(() => sleepers.TrueForAll(s => Processes.Read($"/proc/{s.Id}/syscall").StartsWith("230 ", StringComparison.Ordinal)
                    || Processes.Read($"/proc/{s.Id}/syscall").StartsWith("115 ", StringComparison.Ordinal)), 20_000));
                foreach (var sleeper in sleepers)
                {
                    sleeper.Kill();
                    sleeper.WaitForExit();
                    sleeper.Dispose();
                }
            }
        });
        Assert.Equal((Rounds * Each, 0), (t.Number("@entered"), t.Lost(Compiler.LossCause.SpanTableFull)));
    }

    [LibraryImport("libc", EntryPoint = "clock_nanosleep")]
    private static partial int ClockNanosleep(int clock, int flags, long* time, long* left);

    [LibraryImport("libc", EntryPoint = "qsort")]
    private static partial void QuickSort(void* start, nuint count, nuint size, delegate* unmanaged<nint, nint, int> compare);
}
