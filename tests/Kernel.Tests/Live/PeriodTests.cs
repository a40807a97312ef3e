using Ctrace.Compiler.Values;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>Queries with <c>every</c>: all periods together are exactly what happened, however often one ends in the middle of it.</summary>
public class PeriodTests
{
    private const int Each = 150_000;

    [KernelTheory]
    [InlineData("")]
    [InlineData("by cpu")]
    [InlineData("by tid, cpu")]
    public void Periods_add_up(string by)
    {
        var t = Traced.Run($"tracepoint:syscalls:sys_enter_lseek /args.whence == 77/ < count(), sum(args.offset) as total {by} every 10ms into @q > "
            + "tracepoint:syscalls:sys_enter_lseek /args.whence == 77/ { @all = count(); }", () =>
        {
            var threads = Enumerable.Range(0, 2).Select(_ => new Thread(() =>
            {
                for (int i = 0; i < Each; i++)
                    Native.Lseek(3, 77);
            })).ToList();
            threads.ForEach(thread => thread.Start());
            threads.ForEach(thread => thread.Join());
        });
        var periods = t.Printed.Where(m => m.Spec.Name == "@q").Concat(t.Snapshot("@q") is { } last ? [last] : []).Select(Traced.Columns).ToList();
        Assert.True(periods.Count(p => p.Count > 0) >= 3, $"{periods.Count} periods");
        // A kernel may skip one of the two programs while another runs on the CPU (7.2 does, for threads that are preempted); it counts that.
        long all = t.Number("@all") + Misses(1) - Misses(0);
        Assert.Equal((all, 3 * all), (periods.Sum(p => p.Sum(r => Traced.Number(r[0]))), periods.Sum(p => p.Sum(r => Traced.Number(r[1])))));

        long Misses(int program) => (long)t.Statistics[program].RecursionMisses;
    }
}
