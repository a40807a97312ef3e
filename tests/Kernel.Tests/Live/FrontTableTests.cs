using Ctrace.Compiler;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>Maps whose frequent keys are kept in a table in front of them: the user sees one map.</summary>
public class FrontTableTests
{
    private const string Seeks = "tracepoint:syscalls:sys_enter_lseek /pid == $2 && (int32)args.fd == -1/ ";

    /// <summary>Many more keys than slots: some are in the table, the rest in the map.</summary>
    [KernelTheory]
    [InlineData("args.offset")]
    [InlineData("args.offset, args.whence")]
    [InlineData("(uint32)args.offset, args.whence")]
    [InlineData("args.offset, args.whence, pid")]
    public void Every_key_has_its_own_value(string key)
    {
        const int keys = 6000;
        var t = Traced.Run(Seeks + $"{{ @[{key}] = count(); @s[{key}] = sum(args.offset); @m[{key}] = max(args.offset); @a[{key}] = avg(args.offset); @st[{key}] = stats(args.offset); }}",
            _ => Seek(keys), new CompilationOptions { MaxMapKeys = 10_000 });
        var (counts, sums, largest, averages, stats) = (t.Numbers(), t.Numbers("@s"), t.Numbers("@m"), t.Numbers("@a"), t.Values("@st"));
        Assert.Equal(keys, counts.Count);
        foreach (string name in counts.Keys)
        {
            long k = long.Parse(name.Split(',')[0]), times = 1 + k % 3;
            Assert.Equal(times, counts[name]);
            Assert.Equal((times * k, k, k), (sums[name], largest[name], averages[name]));
            Assert.Equal(new Compiler.Values.StatsValue((ulong)times, k, times * k, false), stats[name]);
        }
    }

    /// <summary>
    /// Each CPU has slots of its own: what they counted for a key is added. One thread on each CPU: where tracepoints of system calls can be
    /// preempted (7.2), two that take turns on one make the kernel leave out most events of one of them.
    /// </summary>
    [KernelFact]
    public void Values_of_all_CPUs_are_merged()
    {
        const int keys = 3000, rounds = 2;
        int threads = Environment.ProcessorCount, all = threads * rounds;
        var t = Traced.Run(Seeks + "{ @[args.offset] = count(); @min[args.offset] = min(args.whence); @max[args.offset] = max(args.whence); }", _ =>
        {
            var running = Enumerable.Range(0, threads).Select(i => new Thread(() =>
            {
                Native.Pin(i);
                for (int round = 0; round < rounds; round++)
                    for (int k = 0; k < keys; k++)
                        Native.Lseek(k, 10 + i);
            })).ToList();
            running.ForEach(thread => thread.Start());
            running.ForEach(thread => thread.Join());
        }, new CompilationOptions());
        var (counts, least, largest) = (t.Numbers(), t.Numbers("@min"), t.Numbers("@max"));
        Assert.Equal(keys, counts.Count);
        Assert.All(counts.Values, n => Assert.InRange(n, 1, all));
        Assert.InRange(counts.Values.Sum(), keys * all - t.Missed, keys * all);
        Assert.All(counts.Where(c => c.Value == all), c => Assert.Equal((10, 10 + threads - 1), (least[c.Key], largest[c.Key])));
    }

    [KernelFact]
    public void One_entry_is_printed_whole()
    {
        var t = Traced.Run(Seeks + "{ @[args.offset] = count(); } tracepoint:syscalls:sys_enter_readv /pid == $2/ { print(@[7]); print(@[2999]); print(@[5000]); }", () =>
        {
            Seek(3000);
            Native.ReadVector(-1, 1);
        });
        Assert.Equal(["2", "3", "0"], t.Lines.Take(3).Select(line => line.Split(": ")[^1]));
    }

    private static void Seek(int keys)
    {
        for (int k = 0; k < keys; k++)
            for (int i = 0; i < 1 + k % 3; i++)
                Native.Lseek(k);
    }
}
