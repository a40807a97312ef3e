namespace Ctrace.Kernel.Tests.Live;

/// <summary>What a program shows comes in the order in which it was said.</summary>
public class OrderTests
{
    private const string Mine = "tracepoint:syscalls:sys_enter_lseek /tid == $1/ ";

    [KernelFact]
    public void Printf_print_and_clear_of_one_clause()
    {
        var t = Traced.Run(Mine + "{ printf(\"a%d\\n\", args.whence); @ = count(); print(@); printf(\"b\\n\"); clear(@); print(@); printf(\"c\\n\"); }", () =>
        {
            for (int i = 0; i < 50; i++)
            {
                Native.Lseek(1, i);
                // The map is read when the order is carried out, which may be after the next event: only the first is given time for it.
                Thread.Sleep(i == 0 ? 2000 : 2);
            }
        });
        string[] words = [.. t.Lines.Where(l => !l.StartsWith('@'))];
        Assert.Equal(Enumerable.Range(0, 50).SelectMany(i => new[] { $"a{i}", "b", "c" }), words);
        string[] all = t.Lines;
        for (int i = 0; i < all.Length; i++)
            if (all[i].StartsWith("@: ", StringComparison.Ordinal) && i > 0 && i + 1 < all.Length)
                Assert.True(all[i - 1][0] == 'a' || all[i - 1] == "b", string.Join("|", all[(i - 1)..(i + 2)]));
        Assert.Contains("@: 1", all);
    }

    [KernelFact]
    public void One_clause_of_begin()
    {
        var t = Traced.Run("""
            begin {
                printf("1\n"); @x = 5; print(@x); printf("2\n"); @c[1] = count(); print(@c); printf("3\n"); clear(@c); print(@c);
                print("4"); print((5, "six")); zero(@x); printf("7\n"); exit();
            }
            """);
        Assert.Equal(["1", "@x: 5", "2", "@c[1]: 1", "3", "4", "(5, six)", "7", "@x: 0"], t.Lines.Select(l => l == "5" ? "@x: 5" : l));
    }

    [KernelFact]
    public void Clear_and_zero()
    {
        var t = Traced.Run(Mine + """
            {
                if (args.whence == 1) { clear(@c); clear(@p); zero(@z); zero(@zp); clear(@single); clear(@h); }
                else { @c[args.offset] = count(); @p[args.offset] = 1; @z[args.offset] = sum(5); @zp[args.offset] = 9; @single = count(); @h = hist(args.offset); @once++; }
            }
            """, () =>
        {
            for (int i = 1; i <= 10; i++)
                Native.Lseek(i);
            Thread.Sleep(100);
            Native.Lseek(0, 1);
            Thread.Sleep(500); // orders are carried out in user space
            Native.Lseek(3);
        });
        Assert.Equal(new() { ["3"] = 1 }, t.Numbers("@c"));
        Assert.Equal(new() { ["3"] = 1 }, t.Numbers("@p"));
        Assert.Equal(1, t.Number("@single"));
        Assert.Equal("[2, 4)=1", Traced.Show(t.Value("@h")));
        Assert.Equal(Enumerable.Range(1, 10).ToDictionary(i => $"{i}", i => i == 3 ? 5L : 0), t.Numbers("@z"));
        Assert.Equal(Enumerable.Range(1, 10).ToDictionary(i => $"{i}", i => i == 3 ? 9L : 0), t.Numbers("@zp"));
        Assert.Equal(11, t.Number("@once"));
    }

    [KernelFact]
    public void Delete()
    {
        var t = Traced.Run(Mine + """
            {
                @p[args.offset] = 1; @c[args.offset, "x"] = count();
                if (args.offset % 2 == 0) { if (delete(@p, args.offset)) { @gone++; } delete(@c[args.offset, "x"]); if (delete(@p[args.offset])) { @not++; } }
            }
            """, () =>
        {
            for (int i = 1; i <= 10; i++)
                Native.Lseek(i);
        });
        Assert.Equal(["1", "3", "5", "7", "9"], t.Numbers("@p").Keys.Order());
        Assert.Equal(["1, x", "3, x", "5, x", "7, x", "9, x"], t.Numbers("@c").Keys.Order());
        Assert.Equal((5, 0), (t.Number("@gone"), t.Number("@not")));
    }

    [KernelFact]
    public void Print_with_top_and_divisor()
    {
        var t = Traced.Run("begin { @[\"a\"] = sum(1000); @[\"b\"] = sum(3500); @[\"c\"] = sum(2000); print(@, 2); print(@, 0, 1000); clear(@); exit(); }");
        Assert.Equal(["@[c]: 2000", "@[b]: 3500", "@[a]: 1", "@[c]: 2", "@[b]: 3"], t.Lines);
    }

    [KernelTheory]
    [InlineData("begin { exit(3); }", 3)]
    [InlineData("begin { exit(); }", 0)]
    [InlineData("begin { exit(1 + 1); exit(9); }", 2)]
    [InlineData("interval:ms:20 { exit(7); }", 7)]
    [InlineData("begin { printf(\"x\"); exit(200); } end { printf(\"y\"); exit(4); }", 200)]
    public void Exit_codes(string program, int code)
    {
        Assert.Equal(code, Traced.Run(program).ExitCode);
        Assert.Equal(code, Tracer.Run("-e", program).Code);
    }

    [KernelFact]
    public void Nothing_runs_after_exit()
    {
        var t = Traced.Run("begin { @a = 1; exit(); @b = 1; } end { @c = 1; }");
        Assert.Equal((1, 0, 1), (t.Number("@a"), t.Number("@b"), t.Number("@c")));
    }

    [KernelFact]
    public void A_query_with_every_prints_and_clears()
    {
        var t = Traced.Run("tracepoint:syscalls:sys_enter_lseek /tid == $1/ < count() by args.whence every 100ms >", () =>
        {
            for (int i = 0; i < 30; i++)
            {
                Native.Lseek(1, 2);
                Thread.Sleep(20);
            }
        });
        Assert.InRange(t.Lines.Length, 2, 31);
        Assert.Equal(30, t.Lines.Sum(l => long.Parse(l["@[2]: ".Length..])));
    }
}
