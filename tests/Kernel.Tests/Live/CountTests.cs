using Ctrace.Compiler;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>Counts are exact: over processes, CPUs, kinds of programs, many keys, and too many.</summary>
public class CountTests
{
    [KernelFact]
    public void Programs_that_a_script_starts()
    {
        using var shell = new Shell();
        string name = Shell.NewName();
        string script = shell.Script("for i in $(/usr/bin/seq 60); do /bin/true; done; for i in $(/usr/bin/seq 40); do /usr/bin/env true; done; exit 7", name);
        // The shell forks and the child asks for the program under the script's name; env asks under its own.
        var t = Traced.Run("tracepoint:syscalls:sys_enter_execve < count() by comm >", () => Assert.Equal(7, Shell.Run(script)));
        Assert.Equal(60 + 40 + 2, t.Numbers()[name]); // and seq, twice
    }

    [KernelFact("dd")]
    public void Reads_of_dd()
    {
        using var shell = new Shell();
        string name = Shell.NewName(), dd = shell.Rename("dd", name);
        var t = Traced.Run("tracepoint:syscalls:sys_enter_read /args.count == 1/ { @[comm] = count(); @n = count(); }",
            () => Shell.Run(dd, "if=/dev/zero", "of=/dev/null", "bs=1", "count=400000"));
        Assert.Equal(400_000, t.Numbers()[name]);
        Assert.InRange(t.Number("@n"), 400_000, long.MaxValue);
    }

    [KernelFact]
    public void A_map_with_100000_keys()
    {
        const int keys = 100_000;
        // Each key as often as its last digit, plus one.
        var t = Traced.Run("tracepoint:syscalls:sys_enter_read /tid == $1 && (int32)args.fd == -1/ { @c[args.count] = count(); @l[args.count] = args.count * 3; }",
            _ =>
            {
                for (int key = 1; key <= keys; key++)
                    Native.Read(-1, key, key % 10 + 1);
            }, new CompilationOptions { MaxMapKeys = 200_000 });
        foreach (var (map, expected) in new (string, Func<long, long>)[] { ("@c", k => k % 10 + 1), ("@l", k => k * 3) })
        {
            var numbers = t.Numbers(map);
            Assert.Equal(keys, numbers.Count);
            for (int key = 1; key <= keys; key++)
                Assert.Equal((key, expected(key)), (key, numbers[$"{key}"]));
        }

        // All of it is printed, in ascending order.
        var printed = t.Lines.Where(l => l.StartsWith("@l[", StringComparison.Ordinal)).ToArray();
        Assert.Equal(Enumerable.Range(1, keys).Select(k => $"@l[{k}]: {k * 3}"), printed);
    }

    [KernelFact]
    public void Two_cpus()
    {
        if (Environment.ProcessorCount < 2)
            return;
        const int first = 70_000, second = 90_001;
        const string program = """
            tracepoint:syscalls:sys_enter_read /pid == $2 && (int32)args.fd == -1 && args.count > 1000000/ {
                @all = count(); @sum = sum(args.count); @st = stats(args.count); @min = min(args.count); @max = max(args.count);
                @cpu[cpu] = count(); @key["k"] = count(); @ksum[args.count % 3] = sum(args.count); @plain++; @kplain[args.count % 2]++;
                @h = hist(args.count); @l[1] = lhist(args.count, 1000000, 1000010, 1);
            }
            """;
        var t = Traced.Run(program, () =>
        {
            Thread[] threads = [On(0, first, 1_000_001), On(1, second, 1_000_005)];
            foreach (var thread in threads)
                thread.Start();
            foreach (var thread in threads)
                thread.Join();
        });
        long sum = first * 1_000_001L + second * 1_000_005L;
        Assert.Equal(first + second, t.Number("@all"));
        Assert.Equal(new() { ["0"] = first, ["1"] = second }, t.Numbers("@cpu"));
        Assert.Equal((sum, 1_000_001, 1_000_005), (t.Number("@sum"), t.Number("@min"), t.Number("@max")));
        Assert.Equal($"{first + second} {sum / (first + second)} {sum}", Traced.Show(t.Value("@st")));
        Assert.Equal(first + second, t.Numbers("@key")["k"]);
        Assert.Equal(sum, t.Numbers("@ksum").Values.Sum());
        Assert.Equal(first + second, t.Number("@plain"));
        Assert.Equal(first + second, t.Numbers("@kplain").Values.Sum());
        Assert.Equal($"[512K, 1M)={first + second}", Traced.Show(t.Value("@h")));
        Assert.Equal($"[1000001]={first} [1000002]=0 [1000003]=0 [1000004]=0 [1000005]={second}",
            Traced.Show(t.Values("@l")["1"]));

        static Thread On(int cpu, int times, long size) => new(() =>
        {
            Native.Pin(cpu);
            Native.Read(-1, size, times);
        });
    }

    /// <summary>Programs of three kinds that may interrupt each other change the same values.</summary>
    [KernelFact]
    public void Programs_of_different_kinds_on_one_map()
    {
        const int times = 300_000;
        const string update = "@ = count(); @k[1] = count(); @s = sum(3); @p++; @kp[1] += 2; @max = max(7); @min = min(7);";
        var t = Traced.Run(
            "tracepoint:syscalls:sys_enter_read /tid == $1 && (int32)args.fd == -1/ { @t = count(); " + update + " } " +
            "rawtracepoint:sys_enter /tid == $1 && arg1 == 0/ { @r = count(); " + update + " } " +
            "profile:hz:999 { @prof = count(); " + update + " } interval:ms:1 { @int = count(); " + update + " }",
            () => Native.Read(-1, 1, times));
        long all = t.Number("@t") + t.Number("@r") + t.Number("@prof") + t.Number("@int");
        Assert.Equal((times, times), (t.Number("@t"), t.Number("@r")));
        Assert.Equal(all, t.Number());
        Assert.Equal(all, t.Numbers("@k")["1"]);
        Assert.Equal(3 * all, t.Number("@s"));
        Assert.Equal(all, t.Number("@p"));
        Assert.Equal(2 * all, t.Numbers("@kp")["1"]);
        Assert.Equal((7, 7), (t.Number("@max"), t.Number("@min")));
    }

    [KernelTheory]
    [InlineData("@[args.count] = count();")]
    [InlineData("@[args.count] = 1;")]
    [InlineData("@[args.count]++;")]
    [InlineData("@[args.count] += 2;")]
    [InlineData("@[args.count] = hist(args.count);")]
    [InlineData("@[args.count] = str(0);")]
    public void A_full_map_says_so(string statement)
    {
        var t = Traced.Run("tracepoint:syscalls:sys_enter_read /tid == $1 && (int32)args.fd == -1/ { " + statement + " }",
            _ =>
            {
                for (int round = 0; round < 4; round++)
                    for (int key = 1; key <= 250; key++)
                        Native.Read(-1, key);
            }, new CompilationOptions { MaxMapKeys = 100 });
        Assert.Equal(Enumerable.Range(1, 100).Select(k => $"{k}").Order(), t.Values().Keys.Order());
        Assert.Equal(150 * 4, t.Lost(LossCause.MapFull));
        Assert.Contains(t.Messages, m => m.Contains("@ is full") && m.Contains("dropped"));
    }

    [KernelFact]
    public void Top_and_order_of_a_query()
    {
        var t = Traced.Run("tracepoint:syscalls:sys_enter_read /tid == $1 && (int32)args.fd == -1/ < count() by args.count as size top 3 >", () =>
        {
            for (int key = 1; key <= 20; key++)
                Native.Read(-1, key, key * 2);
        });
        Assert.Equal(["@[20]: 40", "@[19]: 38", "@[18]: 36", "others (17): 306"], t.Lines);
    }

    [KernelFact]
    public void What_top_leaves_out_is_one_row_that_is_merged_as_its_columns_are()
    {
        var t = Traced.Run("tracepoint:syscalls:sys_enter_read /tid == $1 && (int32)args.fd == -1/ < count(), max(args.count), p50(args.count) as half, avg(args.count) by args.count as size, tid as t top 2 >", () =>
        {
            for (int key = 1; key <= 9; key++)
                Native.Read(-1, key, key * 10);
        });
        Assert.Equal(4, t.Lines.Length);
        // Keys 1 to 7, each ten times as often as it is large: 280 in all, half of them at most 5, 5 on average.
        Assert.Matches(@"^others \(7\) +280 +7 +5 +5$", t.Lines[3]);
    }
}
