using Ctrace.Compiler.Targets;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>Loops over maps: what the body sees, changes, and how it ends.</summary>
public class MapLoopTests
{
    private const string Mine = "tracepoint:syscalls:sys_enter_lseek /tid == $1/ ";

    [KernelFact(Needs = KernelFeature.MapIteration)]
    public void Every_entry_is_seen_once_and_variables_outside_can_be_changed()
    {
        var t = Traced.Run("begin { for ($i : 0..50) { @a[$i] = $i * 3; } } " + Mine + """
            {
                $sum = args.offset; $keys = 0; $text = "none"; $n = 0;
                for ($kv : @a) {
                    $sum += $kv.1; $keys += $kv.0;
                    if ($kv.0 % 2 == 0) { continue; }
                    $n++; $text = "some";
                }
                @sum = $sum; @keys = $keys; @odd = $n; @text = $text;
            }
            """, () => Native.Lseek(1000));
        Assert.Equal((1000 + 3 * 1225, 1225, 25, "some"), (t.Number("@sum"), t.Number("@keys"), t.Number("@odd"), Traced.Show(t.Value("@text"))));
    }

    [KernelFact(Needs = KernelFeature.MapIteration)]
    public void A_loop_can_end_early_and_a_return_ends_the_clause()
    {
        var t = Traced.Run("begin { @a[1] = 1; @a[2] = 2; @a[3] = 3; } " + Mine + """
            {
                $n = 0;
                for ($kv : @a) { $n++; if ($n == 2) { break; } }
                @n = $n;
                for ($x : @a) { for ($y : @a) { @pairs[$x.0, $y.0] = $x.1 * $y.1; if ($x.0 == args.offset) { @ended = 1; return; } } }
                @after = count();
            }
            """, () =>
        {
            Native.Lseek(77);
            Native.Lseek(2);
        });
        Assert.Equal((2, 1, 1), (t.Number("@n"), t.Number("@ended"), t.Number("@after")));
        Assert.Equal(9, t.Numbers("@pairs").Count);
        Assert.Equal(6, t.Numbers("@pairs")["2, 3"]);
    }

    [KernelFact(Needs = KernelFeature.MapIteration)]
    public void Keys_of_several_parts_long_texts_and_structures_are_tuples()
    {
        string name = new('x', 90);
        var t = Traced.Run("begin { @s[str($3), 5] = (1, \"one\"); @s[\"short\", 6] = (2, \"two\"); } " + Mine + """
            { for ($kv : @s) { printf("%s %d %d %s\n", $kv.0.0, $kv.0.1, $kv.1.0, $kv.1.1); print($kv); } }
            """, _ => Native.Lseek(1), new Compiler.CompilationOptions(), parameters: name);
        Assert.Equal(
            ["((short, 6), (2, two))", $"(({name}, 5), (1, one))", "short 6 2 two", $"{name} 5 1 one"],
            t.Lines.Where(l => l[0] != '@').Order(StringComparer.Ordinal));
    }

    [KernelFact(Needs = KernelFeature.PerCpuLookup)]
    public void Aggregates_are_gathered_from_all_processors()
    {
        var t = Traced.Run("tracepoint:syscalls:sys_enter_lseek /pid == $2 && args.whence == 0/ { @c[args.offset] = count(); @s[args.offset] = sum(args.offset); @m[args.offset] = max(args.offset); } "
            + Mine + "{ if (args.whence != 1) { return; } for ($kv : @c) { @counts[$kv.0] = $kv.1; } for ($kv : @s) { @sums[$kv.0] = $kv.1; } for ($kv : @m) { @most[$kv.0] = $kv.1; } @n = len(@c); }",
            () =>
        {
            // One after another: kernels that let programs be preempted skip what comes on the same CPU meanwhile.
            for (int i = 0; i < 400; i++)
            {
                Native.Pin(i / 4 % Environment.ProcessorCount);
                Native.Lseek(i % 4 + 1);
            }

            Native.Lseek(0, 1);
        });
        Assert.Equal(new Dictionary<string, long> { ["1"] = 100, ["2"] = 100, ["3"] = 100, ["4"] = 100 }, t.Numbers("@counts"));
        Assert.Equal(new Dictionary<string, long> { ["1"] = 100, ["2"] = 200, ["3"] = 300, ["4"] = 400 }, t.Numbers("@sums"));
        Assert.Equal(new Dictionary<string, long> { ["1"] = 1, ["2"] = 2, ["3"] = 3, ["4"] = 4 }, t.Numbers("@most"));
        Assert.Equal(4, t.Number("@n"));
    }

    [KernelFact(Needs = KernelFeature.MapIteration)]
    public void Loops_of_all_kinds_go_inside_of_each_other()
    {
        var t = Traced.Run("begin { for ($i : 0..10) { @a[$i] = $i; } } " + Mine + """
            {
                $total = 0; $p = curtask;
                for ($kv : @a) {
                    $i = 0;
                    while ($i < $kv.1) { $i++; if ($i == 8) { break; } $total += 1; }
                    for ($j : 0..3) { $total += 100; }
                    @task[$kv.0] = $p->pid == tid;
                    @probes[probe] = count();
                }
                for ($k : 0..2) { for ($kv : @a) { if ($kv.0 >= 5) { delete(@a, $kv.0); } } $total += 10000; }
                @total = $total; @left = len(@a);
            }
            """, () => Native.Lseek(1));
        int steps = Enumerable.Range(0, 10).Sum(v => Math.Min(v, 7));
        Assert.Equal((steps + 10 * 300 + 20000, 5), (t.Number("@total"), t.Number("@left")));
        Assert.Equal(10, t.Numbers("@task").Count(v => v.Value == 1));
        Assert.Equal(10, t.Numbers("@probes")["tracepoint:syscalls:sys_enter_lseek"]);
    }

    /// <summary>
    /// Before 6.7 the verifier follows a callback once: what it takes for known of a counter, it takes for known in each round, and leaves out
    /// the branches that are not taken then.
    /// </summary>
    [KernelFact(Needs = KernelFeature.MapIteration)]
    public void A_counter_outside_goes_on_from_round_to_round()
    {
        var t = Traced.Run("tracepoint:syscalls:sys_enter_lseek /tid == $1/ { $n = args.offset; for ($i : 0..$n) { @m[$i] = $i; } "
            + "$j = 0; $sum = 0; for ($kv : @m) { if ($j % 2 == 1) { @odd++; } $j++; $sum += $kv.1; if ($j >= $n - 3) { @stopped = $j; break; } } @j = $j; @sum = $sum > 0; }", () => Native.Lseek(20));
        Assert.Equal((17, 17, 8, 1), (t.Number("@j"), t.Number("@stopped"), t.Number("@odd"), t.Number("@sum")));
    }

    [KernelFact(Needs = KernelFeature.MapIteration)]
    public void Entries_are_counted_whatever_their_values_are()
    {
        var t = Traced.Run(Mine + "{ if (args.whence == 1) { @n = (len(@h), len(@l), len(@s), len(@c), len(@q)); return; } $i = args.offset; "
            + "@h[$i] = hist($i); @l[$i % 2] = lhist($i, 0, 10, 1); @s[$i, \"x\"] = stats($i); @c[1] = count(); @q[$i % 3] = p99($i); }", () =>
        {
            for (int i = 0; i < 10; i++)
                Native.Lseek(i / 2);
            Native.Lseek(0, 1);
        });
        Assert.Equal("(5, 2, 5, 1, 3)", Traced.Show(t.Value("@n")));
    }

    /// <summary>Parts of keys and values are as wide as what they are assigned, as in bpftrace.</summary>
    [KernelFact(Needs = KernelFeature.MapIteration)]
    public void Parts_of_entries_are_as_wide_as_what_they_are_assigned()
    {
        var t = Traced.Run("begin { @[(uint16)0x1234] = (uint8)1; for ($kv : @) { print((bswap($kv.0), ~$kv.0, sizeof($kv.1), ~$kv.1)); } "
            + "@k[(uint16)0x1234, (uint32)5] = (a=1, b=(uint16)2); for ($kv : @k) { print((bswap($kv.0.0), sizeof($kv.0.1), bswap($kv.1.b))); } exit(); }");
        Assert.Equal(["(13330, 60875, 1, 254)", "(13330, 4, 512)"], t.Lines.Where(l => l.StartsWith('(')));
    }

    [KernelFact]
    public void Find_gives_what_is_there_and_nothing_else()
    {
        var t = Traced.Run("begin { @m[1] = 11; @t[\"a\", 2] = (5, \"five\"); } " + Mine + """
            {
                let $v; let $w;
                @found = find(@m, args.offset, $v); @value = $v;
                @other = find(@m, 99, $v); @kept = $v;
                if (find(@t, ("a", 2), $w)) { @text = $w.1; }
            }
            """, () => Native.Lseek(1));
        Assert.Equal((1, 11, 0, 11, "five"), (t.Number("@found"), t.Number("@value"), t.Number("@other"), t.Number("@kept"), Traced.Show(t.Value("@text"))));
    }
}
