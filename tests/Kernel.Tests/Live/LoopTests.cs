using System.Globalization;
using System.Text.RegularExpressions;
using System.Diagnostics;
using Ctrace.Compiler;
using Ctrace.Compiler.Targets;
using Ctrace.Runtime.Kernel;
using Xunit.Abstractions;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>Loops, block expressions and macros, against what C# computes.</summary>
public class LoopTests(ITestOutputHelper output)
{
    private const string Mine = "tracepoint:syscalls:sys_enter_lseek /tid == $1/ ";

    [KernelTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void Ranges_and_whiles_run_as_often_as_they_say(bool byCallbacks)
    {
        var t = Traced.Run(Mine + """
            {
                $n = args.offset;
                for ($i : 0..10) { @ten += $i; }
                for ($i : 3..$n) { @n += $i; @rounds[$i] = count(); }
                for $k : 5..5 { @none = 1; }
                $x = $n; while ($x > 0) { $x /= 2; @steps++; }
                $j = 0; while (1) { $j++; if ($j % 3 != 0) { continue; } @threes++; if ($j >= 30) { break; } }
                for ($a : 0..5) { for ($b : 0..$a) { if ($b == 3) { break; } @pairs++; } }
                unroll(4) { @u++; $j += 2; }
                @j = $j;
            }
            """, _ => Native.Lseek(27), new CompilationOptions(), Target(byCallbacks));
        long steps = 0;
        for (long x = 27; x > 0; x /= 2)
            steps++;
        Assert.Equal((45, Enumerable.Range(3, 24).Sum(), 0), (t.Number("@ten"), t.Number("@n"), t.Number("@none")));
        Assert.Equal((steps, 10, 0 + 1 + 2 + 3 + 3, 4, 38), (t.Number("@steps"), t.Number("@threes"), t.Number("@pairs"), t.Number("@u"), t.Number("@j")));
        Assert.Equal(24, t.Numbers("@rounds").Count);
        Assert.Equal(0, t.Lost(LossCause.LoopCut));
    }

    /// <summary>This kernel, or one that can only call a loop's body as a function (5.17 to 6.8).</summary>
    private static ITarget Target(bool byCallbacks) => byCallbacks ? LimitedTarget.Without(KernelFeature.MayGoto) : new KernelTarget();

    [KernelTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_loop_that_is_too_long_is_cut_and_counted(bool byCallbacks)
    {
        var t = Traced.Run(Mine + "{ $i = 0; while (args.whence == 0) { $i++; } @i = $i; @n = count(); }", _ =>
        {
            Native.Lseek(1);
            Native.Lseek(1, 1);
            Native.Lseek(1);
        }, new CompilationOptions(), Target(byCallbacks));
        Assert.Equal((3, 2), (t.Number("@n"), t.Lost(LossCause.LoopCut)));
        // Said once a second, and a slow machine takes longer for two.
        Assert.Equal(2, t.Messages.Select(m => Regex.Match(m, @"(\d+) loops? ended early")).Where(m => m.Success).Sum(m => int.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture)));
    }

    /// <summary>
    /// The verifier follows loops round by round, and gives up at a million instructions or 8192 branches: what is more than that is left to
    /// the kernel to bound, or to call (5.17). An older kernel can't, and cuts some of them short, which is told.
    /// </summary>
    [KernelTheory]
    [InlineData("for ($i : 0..100) { if (strcontains($s, \"ctrace\")) { @n++; } if (strcontains($s, \"absent\")) { @n += 1000; } }", 100, true)]
    [InlineData("for ($i : 0..100) { if (strcontains($s, $t)) { @n++; } }", 100, false)]
    [InlineData("for ($i : 0..300) { if ($s == $t) { @n++; } }", 300, true)]
    [InlineData("for ($i : 0..300) { if ((1, $s, $i) == (1, $t, 7)) { @n++; } }", 1, true)]
    [InlineData("for ($i : 0..200) { if ($i == 150) { break; } if (strstr($s, \"ctrace\") != 8) { continue; } @n++; }", 150, true)]
    [InlineData("for ($i : 0..400) { for ($j : 0..400) { @n++; } }", 160_000, true)]
    [InlineData("for ($i : 0..12) { for ($j : 0..12) { for ($k : 0..12) { if (strncmp($s, $t, 900) == 0) { @n++; } } } }", 1728, true)]
    [InlineData("for ($i : 0..512) { if ($i % 2 == 0) { @a++; } else if ($i % 3 == 0) { @b[$s] = count(); } else if ($s == $t) { @n++; @c = hist($i); } else { print($i); } }", 171, true)]
    [InlineData("unroll(100) { if ($s == $t) { @n++; } }", 100, true)]
    [InlineData("unroll(100) { if (strcontains($s, \"such\")) { @n++; } }", 100, false)]
    public void Loops_of_many_rounds_are_accepted_whatever_is_in_them(string loop, long expected, bool fitsAll)
    {
        var machine = new KernelTarget();
        foreach (var target in (ITarget[])[machine, LimitedTarget.Without(KernelFeature.MayGoto), LimitedTarget.Older(machine)])
        {
            bool mayGoto = target.Supports(KernelFeature.MayGoto), calls = target.Supports(KernelFeature.CallbackLoop);
            if (!mayGoto && !fitsAll)
                continue;
            var t = Traced.Run("tracepoint:syscalls:sys_enter_openat /pid == $2 && str(args.filename, 16) == \"/nosuch-ctrace/\"/ { @n = 0; $s = str(args.filename); $t = str(args.filename); " + loop + " }",
                _ => Native.TryOpen("/nosuch-ctrace/x"), new CompilationOptions(), target);
            long cut = t.Lost(LossCause.LoopCut);
            Assert.True(cut == 0 || !mayGoto && !calls, $"{cut} were cut");
            output.WriteLine($"{(mayGoto ? "bounded by the kernel" : calls ? "called by the kernel" : "older kernel")}: {t.Number("@n")} of {expected}, {cut} cut");
            Assert.InRange(t.Number("@n"), cut > 0 ? 1 : expected, expected);
        }
    }

    /// <summary>What is looked for may be as long as what it is looked for in.</summary>
    [KernelTheory]
    [InlineData("aaab", "aab")]
    [InlineData("abcabcabd", "abcabd")]
    [InlineData("abc", "")]
    [InlineData("", "")]
    [InlineData("", "x")]
    [InlineData("abc", "abcd")]
    [InlineData("abc", "c")]
    [InlineData("a text of more bytes than that, and the end of it", "end of it")]
    [InlineData("a text of more bytes than that, and the end of it", "end of that")]
    public void A_text_is_looked_for_in_another(string text, string sought)
    {
        var target = new KernelTarget();
        if (!target.Supports(KernelFeature.MayGoto))
            throw Skip.Because("the kernel has no may_goto: only texts of up to 64 bytes are looked for");
        string room = new('x', 100);
        var t = Traced.Run($"begin {{ @s = \"{room[..60]}\"; @t = \"{room}\"; @s = str($3); @t = str($4); @at = strstr(@s, @t); @has = strcontains(@s, @t); exit(); }}", null, text, sought);
        int place = text.IndexOf(sought, StringComparison.Ordinal);
        Assert.Equal((place < 0 ? -2 : place, place < 0 ? 0 : 1, 0), (t.Number("@at"), t.Number("@has"), t.Lost(LossCause.LoopCut)));
    }

    [KernelFact]
    public void A_process_s_arguments_are_walked()
    {
        string[] words = ["first", "second word", "third"];
        var t = Traced.Run("tracepoint:syscalls:sys_enter_execve /curtask->real_parent->tgid == $2/ { $i = 0; while ($i < 20) { $p = args.argv[$i]; if (!$p) { break; } printf(\"[%s]\", str($p)); $i++; } printf(\"\\n\"); }",
            () => Process.Start("/bin/echo", words).WaitForExit());
        Assert.Equal("[/bin/echo]" + string.Concat(words.Select(w => $"[{w}]")), Assert.Single(t.Lines));
    }

    [KernelFact]
    public void Macros_are_hygienic()
    {
        var t = Traced.Run("""
            macro twice(x) { $tmp = x; $tmp + $tmp }
            macro swap($a, $b) { $t = $a; $a = $b; $b = $t; }
            macro note(@m, key) { @m[key] = count(); }
            macro limit { }
            """.Replace("macro limit { }", "macro seven() { 7 }") + Mine + """
            {
                $tmp = 5; $t = 100; $y = 20;
                swap($t, $y); note(@n, $t); note(@n, twice($tmp)); note(@n, twice(twice(seven)));
                @t = $t; @y = $y; @tmp = $tmp; @block = { let $tmp = 9; $tmp * $tmp }; _ = twice(1);
            }
            """, () => Native.Lseek(1));
        Assert.Equal((20, 100, 5, 81), (t.Number("@t"), t.Number("@y"), t.Number("@tmp"), t.Number("@block")));
        Assert.Equal(["10", "20", "28"], t.Numbers("@n").Keys.Order());
    }

    [KernelFact]
    public void Keys_are_asked_for_and_maps_are_declared()
    {
        var t = Traced.Run("let @lru = lruhash(10); let @small = hash(3); " + Mine + """
            {
                if (has_key(@seen, args.offset)) { @again = count(); } else { @seen[args.offset] = 1; }
                if (!has_key(@c, args.offset)) { @c[args.offset] = count(); @new = count(); }
                @lru[args.offset] = args.whence; @small[args.offset] = 1;
                $key = (args.offset, comm); @tuple[$key] = 1; @tuple[args.offset, comm] = 2;
            }
            """, () =>
        {
            for (int i = 0; i < 30; i++)
                Native.Lseek(i % 20);
        });
        Assert.Equal((10, 20), (t.Number("@again"), t.Number("@new")));
        Assert.Equal((20, 3), (t.Numbers("@seen").Count, t.Numbers("@small").Count));
        Assert.InRange(t.Numbers("@lru").Count, 1, 10);
        Assert.All(t.Numbers("@tuple").Values, v => Assert.Equal(2, v));
    }

    [KernelFact]
    public void Parameters_have_names()
    {
        var t = Traced.Run(Mine + "{ @n = getopt(\"depth\", 3, \"How deep\"); @t = getopt(\"word\", \"none\"); @b = getopt(\"flag\", false); @d = getopt(\"missing\", 5); @p = $3; }",
            () => Native.Lseek(1), "--depth=17", "--word=some text", "--flag", "33");
        Assert.Equal((17, 1, 5, 33), (t.Number("@n"), t.Number("@b"), t.Number("@d"), t.Number("@p")));
        Assert.Equal("some text", Traced.Show(t.Value("@t")));
    }
}
