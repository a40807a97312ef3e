using System.Globalization;
using System.Text.RegularExpressions;
using System.Diagnostics;
using Ctrace.Compiler;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>Loops, block expressions and macros, against what C# computes.</summary>
public class LoopTests
{
    private const string Mine = "tracepoint:syscalls:sys_enter_lseek /tid == $1/ ";

    [KernelFact]
    public void Ranges_and_whiles_run_as_often_as_they_say()
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
            """, () => Native.Lseek(27));
        long steps = 0;
        for (long x = 27; x > 0; x /= 2)
            steps++;
        Assert.Equal((45, Enumerable.Range(3, 24).Sum(), 0), (t.Number("@ten"), t.Number("@n"), t.Number("@none")));
        Assert.Equal((steps, 10, 0 + 1 + 2 + 3 + 3, 4, 38), (t.Number("@steps"), t.Number("@threes"), t.Number("@pairs"), t.Number("@u"), t.Number("@j")));
        Assert.Equal(24, t.Numbers("@rounds").Count);
        Assert.Equal(0, t.Lost(LossCause.LoopCut));
    }

    [KernelFact]
    public void A_loop_that_is_too_long_is_cut_and_counted()
    {
        var t = Traced.Run(Mine + "{ $i = 0; while (args.whence == 0) { $i++; } @i = $i; @n = count(); }", () =>
        {
            Native.Lseek(1);
            Native.Lseek(1, 1);
            Native.Lseek(1);
        });
        Assert.Equal((3, 2), (t.Number("@n"), t.Lost(LossCause.LoopCut)));
        // Said once a second, and a slow machine takes longer for two.
        Assert.Equal(2, t.Messages.Select(m => Regex.Match(m, @"(\d+) loops? ended early")).Where(m => m.Success).Sum(m => int.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture)));
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
