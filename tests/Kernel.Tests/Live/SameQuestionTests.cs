namespace Ctrace.Kernel.Tests.Live;

/// <summary>The same question asked with a query and as bpftrace has it gives the same numbers.</summary>
public class SameQuestionTests
{
    private const string Enter = "tracepoint:syscalls:sys_enter_lseek /tid == $1/ ", Exit = "tracepoint:syscalls:sys_exit_lseek /@t[tid]/ ";

    [KernelFact]
    public void A_query_and_blocks_have_the_same_numbers()
    {
        var t = Traced.Run(
            Enter + "< count(), sum(args.offset), avg(args.offset), max(args.offset), min(args.offset) by args.whence into @query > "
            + Enter + "{ @n[args.whence] = count(); @sum[args.whence] = sum(args.offset); @avg[args.whence] = avg(args.offset); @max[args.whence] = max(args.offset); @min[args.whence] = min(args.offset); }",
            () =>
            {
                for (int i = 0; i < 500; i++)
                    Native.Lseek(i * i % 97, 50 + i % 3);
            });
        string[] maps = ["@n", "@sum", "@avg", "@max", "@min"];
        var rows = t.Table("@query");
        Assert.Equal(3, rows.Count);
        foreach (var (key, columns) in rows)
            Assert.Equal([.. maps.Select(map => Traced.Show(t.Values(map)[key]))], columns.Select(Traced.Show).ToArray());
    }

    [KernelFact]
    public void A_span_has_the_calls_that_a_pair_of_probes_has()
    {
        var t = Traced.Run(
            "span:syscall:lseek /tid == $1/ < count(), sum(args.offset), sum(duration), max(duration) by retval into @span > "
            + Enter + "{ @t[tid] = nsecs; @offset[tid] = args.offset; } "
            + Exit + "{ $took = nsecs - @t[tid]; @n[args.ret] = count(); @sum[args.ret] = sum(@offset[tid]); @took[args.ret] = sum($took); delete(@t, tid); }",
            () =>
            {
                int file = Native.Open("/etc/passwd");
                for (int i = 0; i < 400; i++)
                {
                    Native.Lseek(i);
                    if (i % 4 == 0)
                        Native.Seek(file, i % 16);
                }

                Native.Close(file);
            });
        var rows = t.Table("@span");
        Assert.Equal(t.Numbers("@n").Keys.Order(), rows.Keys.Order());
        foreach (var (key, columns) in rows)
        {
            Assert.Equal((t.Numbers("@n")[key], t.Numbers("@sum")[key]), (Traced.Number(columns[0]), Traced.Number(columns[1])));
            // Both read the clock; one does it a little later.
            Assert.InRange(Traced.Number(columns[2]), 1, 20 * t.Numbers("@took")[key]);
            Assert.InRange(Traced.Number(columns[3]), 1, Traced.Number(columns[2]));
        }

        Assert.Equal(400, t.Numbers("@n")["-9"]);
        Assert.Equal(["-9", "0", "12", "4", "8"], rows.Keys.Order(StringComparer.Ordinal));
    }
}
