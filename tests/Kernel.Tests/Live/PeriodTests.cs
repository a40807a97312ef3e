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

    /// <summary>What rises with each event is torn nowhere: a period begins behind the last value of the one before.</summary>
    [KernelTheory]
    [InlineData("tracepoint:syscalls:sys_enter_lseek", "args.whence == 78", "args.offset", "")]
    [InlineData("tracepoint:syscalls:sys_enter_lseek", "args.whence == 78", "args.offset", "by tid")]
    [InlineData("uprobe:libc:lseek64", "tid == $1 && arg2 == 78", "arg1", "by comm, str(0, 200)")]
    public void Extremes_are_each_period_s_own(string probe, string predicate, string value, string by)
    {
        var t = Traced.Run($"{probe} /{predicate}/ < count(), min({value}), max({value}), first({value}), last({value}), distinct({value}) {by} every 10ms into @q > ", () =>
        {
            for (int i = 1; i <= Each; i++)
                Native.Lseek(i, 78);
        });
        var periods = t.Printed.Where(m => m.Spec.Name == "@q").Concat(t.Snapshot("@q") is { } last ? [last] : []).SelectMany(Traced.Columns)
            .Select(row => row.Select(Traced.Number).ToArray()).ToList();
        Assert.True(periods.Count >= 3, $"{periods.Count} periods");
        long before = 0;
        foreach (long[] period in periods)
        {
            Assert.Equal([before + 1, before + period[0], before + 1, before + period[0]], period[1..5]);
            Assert.InRange(period[5], period[0] * 0.9, period[0] * 1.1);
            before += period[0];
        }

        Assert.Equal(Each, before);
    }

    [KernelFact]
    public void A_rate_is_that_of_a_paced_load()
    {
        const int PerSecond = 200, Total = 400;
        var t = Traced.Run("tracepoint:syscalls:sys_enter_lseek /tid == $1 && args.whence == 79/ < rate(), rate(args.offset) every 200ms into @q >", () =>
        {
            var clock = System.Diagnostics.Stopwatch.StartNew();
            for (int i = 0; i < Total; i++)
            {
                // By the clock, not by the length of a sleep: what comes late is made up for.
                while (clock.Elapsed.TotalSeconds * PerSecond < i)
                    Thread.Sleep(1);
                Native.Lseek(3, 79);
            }
        });
        var periods = t.Printed.Where(m => m.Spec.Name == "@q" && m.Rows.Count > 0).ToList();
        double[] rates = [.. periods.Select(p => ((RateValue)Traced.Columns(p)[0][0]).Total / p.Seconds).Order()];
        Assert.InRange(rates.Length, 5, 11);
        Assert.InRange(rates[rates.Length / 2], PerSecond * 0.8, PerSecond * 1.2);
        Assert.Equal(Total, periods.Concat(t.Snapshot("@q") is { } last ? [last] : []).SelectMany(Traced.Columns).Sum(r => ((RateValue)r[0]).Total));
    }
}
