using System.Globalization;
using System.Runtime.InteropServices;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>Builtin values against what this process knows of itself.</summary>
public partial class BuiltinTests
{
    private const string Mine = "tracepoint:syscalls:sys_enter_lseek /tid == $1/ ";

    [KernelFact]
    public void Who_runs()
    {
        var t = Traced.Run(Mine + "{ @pid = pid; @tid = tid; @uid = uid; @gid = gid; @ppid = ppid; @comm = comm; @ncpus = ncpus; @probe = probe; }", () => Native.Lseek(1));
        Assert.Equal(Environment.ProcessId, t.Number("@pid"));
        Assert.Equal(Native.CurrentThread(), t.Number("@tid"));
        Assert.Equal((Native.UserCall(), Native.ParentProcess()), (t.Number("@uid"), t.Number("@ppid")));
        Assert.Equal(0, t.Number("@gid"));
        Assert.Equal(File.ReadAllText($"/proc/self/task/{Native.CurrentThread()}/comm").TrimEnd('\n'), Traced.Show(t.Value("@comm")));
        Assert.Equal(File.ReadAllLines("/proc/cpuinfo").Count(l => l.StartsWith("processor", StringComparison.Ordinal)), t.Number("@ncpus"));
        Assert.Equal("tracepoint:syscalls:sys_enter_lseek", Traced.Show(t.Value("@probe")));
    }

    [KernelFact]
    public void Cpu()
    {
        Dictionary<string, long> seen = [];
        var t = Traced.Run("tracepoint:syscalls:sys_enter_lseek /pid == $2 && args.whence == 99/ { @[args.offset, cpu] = count(); }", () =>
        {
            for (int cpu = 0; cpu < Environment.ProcessorCount; cpu++)
            {
                int own = cpu;
                var thread = new Thread(() =>
                {
                    Native.Pin(own);
                    for (int i = 0; i < 100; i++)
                        Native.Lseek(own, 99);
                });
                thread.Start();
                thread.Join();
                seen[$"{cpu}, {cpu}"] = 100;
            }
        });
        Assert.Equal(seen, t.Numbers());
    }

    [KernelFact]
    public void Time()
    {
        var moments = new List<(long Before, long After)>();
        long start = BootTime();
        var t = Traced.Run(Mine + "{ @n[args.offset] = nsecs; @e[args.offset] = elapsed; @same[args.offset] = nsecs; }", () =>
        {
            for (int i = 0; i < 20; i++)
            {
                long before = BootTime();
                Native.Lseek(i);
                moments.Add((before, BootTime()));
                Thread.Sleep(1);
            }
        });
        var nsecs = t.Numbers("@n");
        var elapsed = t.Numbers("@e");
        for (int i = 0; i < moments.Count; i++)
        {
            Assert.InRange(nsecs[$"{i}"], moments[i].Before, moments[i].After);
            Assert.InRange(elapsed[$"{i}"], 0, moments[i].After - start);
            if (i > 0)
                Assert.InRange(elapsed[$"{i}"] - elapsed[$"{i - 1}"], moments[i].Before - moments[i - 1].After, moments[i].After - moments[i - 1].Before);
        }
    }

    [KernelFact]
    public void Random_numbers_are_spread()
    {
        var t = Traced.Run(Mine + "{ @max = max(rand); @low[rand % 10] = count(); @bits = stats(rand >> 31); }", () =>
        {
            for (int i = 0; i < 20_000; i++)
                Native.Lseek(i);
        });
        Assert.InRange(t.Number("@max"), 1L << 31, (1L << 32) - 1);
        Assert.Equal(10, t.Numbers("@low").Count);
        Assert.All(t.Numbers("@low").Values, n => Assert.InRange(n, 1500, 2500));
    }

    [KernelFact]
    public void Times_as_text()
    {
        const string format = "yyyy-MM-dd HH:mm:ss";
        var before = DateTime.Now;
        var t = Traced.Run("""
            begin { printf("a %s\n", strftime("%Y-%m-%d %H:%M:%S", nsecs)); @s = strftime("%Y-%m-%d %H:%M:%S", nsecs); time("b %Y-%m-%d %H:%M:%S\n"); print(strftime("c %Y-%m-%d %H:%M:%S", nsecs)); exit(); }
            """);
        var after = DateTime.Now;
        foreach (string name in new[] { "a ", "b ", "c ", "@s: " })
        {
            string line = Assert.Single(t.Lines, l => l.StartsWith(name, StringComparison.Ordinal));
            var shown = DateTime.ParseExact(line[name.Length..], format, CultureInfo.InvariantCulture);
            Assert.InRange(shown, before.AddSeconds(-2), after.AddSeconds(1));
        }
    }

    [KernelFact]
    public void Results_and_raw_arguments()
    {
        var t = Traced.Run(
            "tracepoint:syscalls:sys_exit_lseek /tid == $1/ { @r[retval] = count(); @a[args.ret] = count(); } " +
            "rawtracepoint:sys_enter /tid == $1 && arg1 == 8/ { @nr = count(); } rawtracepoint:sys_exit /tid == $1 && (int64)arg1 == -9/ { @exit = count(); }",
            () =>
            {
                for (int i = 0; i < 25; i++)
                    Native.Lseek(i);
            });
        Assert.Equal(new() { ["-9"] = 25 }, t.Numbers("@r"));
        Assert.Equal(new() { ["-9"] = 25 }, t.Numbers("@a"));
        if (RuntimeInformation.ProcessArchitecture == Architecture.X64)
            Assert.Equal(25, t.Number("@nr"));
        Assert.InRange(t.Number("@exit"), 25, 30);
    }

    [KernelFact]
    public void Parameters()
    {
        var t = Traced.Run("begin { @n = $#; @three = $3; @four = $4; @text = str($4); @number = str($3); @none = $9; @empty = str($9); exit(); }", null, 0x10, "word");
        Assert.Equal((4, 16, 0), (t.Number("@n"), t.Number("@three"), t.Number("@none")));
        Assert.Equal(("word", "word", "16", ""), (Traced.Show(t.Value("@four")), Traced.Show(t.Value("@text")), Traced.Show(t.Value("@number")), Traced.Show(t.Value("@empty"))));
    }

    private static long BootTime()
    {
        const int bootTime = 7;
        Assert.Equal(0, GetTime(bootTime, out var time));
        return time.Seconds * 1_000_000_000 + time.Nanoseconds;
    }

    private struct TimeSpec
    {
        public long Seconds, Nanoseconds;
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, out TimeSpec time);
}
