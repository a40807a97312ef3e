using Ctrace.Compiler;
using Ctrace.Compiler.Targets;
using Ctrace.Runtime.Kernel;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>Every kind of probe fires, alone and by the hundred.</summary>
public class ProbeTests
{
    private const string Events = "/sys/kernel/tracing/events";

    [KernelFact]
    public void Begin_comes_first_and_end_last()
    {
        var t = Traced.Run("end { printf(\"4\\n\"); @n = count(); } begin { printf(\"1\\n\"); } BEGIN { printf(\"2\\n\"); } " +
            "tracepoint:syscalls:sys_enter_lseek /tid == $1/ { printf(\"3\\n\"); } END { printf(\"5 %d\\n\", @x); } begin { @x = 9; }", () => Native.Lseek(1));
        Assert.Equal(["1", "2", "3", "4", "5 9", "@n: 1", "@x: 9"], t.Lines);
        Assert.Equal(6, t.Probes);
    }

    [KernelFact]
    public void Intervals_lose_no_tick()
    {
        var t = Traced.Run("interval:ms:10 { @a++; @last = elapsed; } interval:hz:100 { @b = count(); } i:us:500 { @c++; } interval:s:1 { exit(); }");
        // A late tick is made up for, so that the number follows from the time that passed.
        long due = t.Number("@last") / 10_000_000;
        Assert.InRange(t.Number("@a"), due - 2, due + 1);
        Assert.InRange(t.Number("@b"), 95, long.MaxValue);
        Assert.InRange(t.Number("@c"), 1900, long.MaxValue);
    }

    [KernelFact]
    public void Profile_samples_busy_cpus()
    {
        var t = Traced.Run("profile:hz:199 /pid == $2/ { @[cpu] = count(); @tid[tid] = count(); } p:ms:5 { @all = count(); }", () =>
        {
            var threads = Enumerable.Range(0, Environment.ProcessorCount).Select(cpu => new Thread(() =>
            {
                Native.Pin(cpu);
                for (long end = Environment.TickCount64 + 1000; Environment.TickCount64 < end;)
                    Thread.SpinWait(100);
            })).ToArray();
            foreach (var thread in threads)
                thread.Start();
            foreach (var thread in threads)
                thread.Join();
        });
        Assert.Equal(Environment.ProcessorCount, t.Numbers().Count);
        Assert.InRange(t.Numbers().Values.Sum(), 20, 1000 * Environment.ProcessorCount);
        Assert.True(t.Number("@all") > 0);
    }

    [KernelFact]
    public void Fifty_tracepoints_of_all_kinds()
    {
        string[] probes =
        [
            .. new[] { "syscalls:sys_enter_lseek", "sched:sched_switch" },
            .. Tracepoints().Where(p => p is not ("syscalls:sys_enter_lseek" or "sched:sched_switch") && !p.StartsWith("syscalls:sys_exit", StringComparison.Ordinal))
                .Where((_, i) => i % 9 == 0).Take(48),
        ];
        Assert.Equal(50, probes.Length);
        var t = Traced.Run(string.Join(",\n", probes.Select(p => "tracepoint:" + p)) + " /tid == $1/ { @[probe] = count(); }", () =>
        {
            for (int i = 0; i < 777; i++)
                Native.Lseek(i);
        });
        Assert.Equal(50, t.Probes);
        Assert.Equal(777, t.Numbers()["tracepoint:syscalls:sys_enter_lseek"]);
    }

    [KernelFact]
    public void Fifty_clauses_on_one_tracepoint_run_in_order()
    {
        string clauses = string.Concat(Enumerable.Range(0, 50).Select(i =>
            $"tracepoint:syscalls:sys_enter_lseek /tid == $1/ {{ @n++; if (@n % 50 != {(i + 1) % 50}) {{ @wrong++; }} @c[{i}] = count(); }}\n"));
        var t = Traced.Run(clauses, () =>
        {
            for (int i = 0; i < 100; i++)
                Native.Lseek(i);
        });
        Assert.Equal(Enumerable.Range(0, 50).ToDictionary(i => $"{i}", _ => 100L), t.Numbers("@c"));
        Assert.Equal((5000, 0), (t.Number("@n"), t.Number("@wrong")));
    }

    [KernelFact]
    public void All_system_calls()
    {
        int entries = Tracepoints().Count(p => p.StartsWith("syscalls:sys_enter_", StringComparison.Ordinal));
        var t = Traced.Run("tracepoint:syscalls:sys_enter_* /tid == $1/ { @[probe] = count(); @all = count(); }", () =>
        {
            for (int i = 0; i < 1234; i++)
                Native.Lseek(i);
            for (int i = 0; i < 321; i++)
                Native.ReadVector(-1, 5);
        });
        Assert.True(entries > 300);
        Assert.Equal(entries, t.Probes);
        var numbers = t.Numbers();
        Assert.Equal((1234, 321), (numbers["tracepoint:syscalls:sys_enter_lseek"], numbers["tracepoint:syscalls:sys_enter_readv"]));
        Assert.Equal(t.Number("@all"), numbers.Values.Sum());
    }

    [KernelFact]
    public void All_of_the_scheduler()
    {
        int events = Tracepoints().Count(p => p.StartsWith("sched:", StringComparison.Ordinal));
        var t = Traced.Run("tracepoint:sched:* { @[probe] = count(); }", () => Shell.Run("/bin/sh", "-c", "/bin/true; /bin/true"));
        Assert.Equal(events, t.Probes);
        var numbers = t.Numbers();
        Assert.True(numbers["tracepoint:sched:sched_process_exec"] >= 3);
        Assert.True(numbers["tracepoint:sched:sched_switch"] > 0);
    }

    [KernelFact]
    public void A_process_filter_covers_all_but_timers()
    {
        var t = Traced.Run("tracepoint:syscalls:sys_enter_* { @other += pid != $2; @n = count(); } rawtracepoint:sys_enter { @rother += pid != $2; } begin { @b = 1; } interval:ms:10 { @i++; } end { @e = 1; }".Replace("+= pid != $2", "+= pid == $2 ? 0 : 1"), _ =>
        {
            Shell.Run("/bin/sh", "-c", "/bin/true; /bin/true");
            Native.Lseek(1);
            Thread.Sleep(100);
        }, new CompilationOptions { ProcessId = Environment.ProcessId });
        Assert.True(t.Number("@n") > 0);
        Assert.Equal((0, 0, 1, 1), (t.Number("@other"), t.Number("@rother"), t.Number("@b"), t.Number("@e")));
        Assert.True(t.Number("@i") > 1);
    }

    /// <summary>The kernel without a ring buffer, as before 5.8: perf buffers do the same.</summary>
    [KernelTheory]
    [InlineData(8 << 20, 100_000)]
    [InlineData(64 << 10, 300_000)]
    public void Without_a_ring_buffer(int buffer, int times)
    {
        var t = Traced.Run(
            "begin { printf(\"first\\n\"); } tracepoint:syscalls:sys_enter_lseek /pid == $2 && args.whence == 77/ { @n = count(); printf(\"%d %d\\n\", tid, args.offset); if (args.offset == 5) { print(@n); } } end { printf(\"last\\n\"); }",
            _ =>
            {
                var threads = Enumerable.Range(0, 2).Select(n => new Thread(() =>
                {
                    Native.Pin(n % Environment.ProcessorCount);
                    for (int i = 0; i < times; i++)
                        Native.Lseek(i, 77);
                })).ToArray();
                foreach (var thread in threads)
                    thread.Start();
                foreach (var thread in threads)
                    thread.Join();
            }, new CompilationOptions { EventBufferSize = buffer }, LimitedTarget.Without(KernelFeature.RingBuffer));
        Assert.InRange(t.Number("@n"), 2 * times - t.Missed, 2 * times);
        Assert.Equal(t.Number("@n") + 2, t.Events + t.Lost(LossCause.EventBufferFull));
        Assert.Equal(2, t.Printed.Count);
        Assert.Equal(("first", "last"), (t.Lines[0], t.Lines[^2]));
        // Each CPU has a buffer of its own: what a thread that stays on one said comes in its order.
        foreach (var own in t.Lines.Select(l => l.Split(' ')).Where(w => w.Length == 2 && int.TryParse(w[0], out int _)).GroupBy(w => w[0]))
        {
            int[] offsets = [.. own.Select(w => int.Parse(w[1]))];
            Assert.Equal(offsets.Order(), offsets);
        }
    }

    [KernelFact]
    public void Without_a_ring_buffer_exit_works_in_begin_and_later()
    {
        Assert.Equal(3, Traced.Run("begin { printf(\"x\\n\"); exit(3); }", null, new CompilationOptions(), LimitedTarget.Without(KernelFeature.RingBuffer)).ExitCode);
        Assert.Equal(4, Traced.Run("interval:ms:50 { exit(4); }", null, new CompilationOptions(), LimitedTarget.Without(KernelFeature.RingBuffer)).ExitCode);
    }

    private static List<string> Tracepoints() => [.. new KernelTarget().Tracepoints.Select(t => $"{t.Category}:{t.Name}").Where(p => Directory.Exists($"{Events}/{p.Replace(':', '/')}"))];
}
