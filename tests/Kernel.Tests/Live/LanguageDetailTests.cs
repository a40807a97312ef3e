using Ctrace.Compiler;
using Ctrace.Compiler.Targets;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>Parts of the language that scripts seldom use; the expected lines are bpftrace 0.27's for the same programs.</summary>
public class LanguageDetailTests
{
    [KernelTheory]
    [InlineData("$x = 5; $p = &$x; print(*$p); $x = 7; print(*$p);", "5", "7")]
    [InlineData("$x = (uint64)5; $p = (uint8 *)&$x; print(*$p); print($p[1]);", "5", "0")]
    [InlineData("$i = 1; $x = 258; $p = (uint8 *)&$x; while ($i < 2) { print($p[$i]); $i++; }", "1")]
    [InlineData("$x = 1; $p = &$x; for ($i : 0..3) { $x++; } print(*$p);", "4")]
    [InlineData("let $x : uint16 = 65535; $p = &$x; $x++; print(*$p);", "0")]
    [InlineData("$s = \"hello\"; print(str(&$s));", "hello")]
    public void A_variable_has_an_address(string statements, params string[] lines) => Prints(statements, lines);

    [KernelFact(Needs = KernelFeature.MapIteration)]
    public void A_variable_outside_of_a_loop_over_a_map_has_an_address() =>
        Prints("@a[1] = 2; $n = 0; $p = &$n; for ($kv : @a) { $n += $kv.1; } print(*$p); clear(@a);", ["2"]);

    [KernelTheory]
    [InlineData("@a[1] = 1; $m = &@a; print($m->max_entries); print($m.key_size); print($m->name); clear(@a);", "4096", "8", "a")]
    [InlineData("@c[1, 2] = count(); print((&@c)->key_size); print(&@c == &@c); print(&@c != 0); clear(@c);", "16", "true", "true")]
    [InlineData("@x = 1; @y = 1; print(&@x == &@y); print(sizeof(&@x)); clear(@x); clear(@y);", "false", "8")]
    [InlineData("@a[1] = 1; @p[1] = &@a; print(@p[1]->max_entries); clear(@a); clear(@p);", "4096")]
    public void A_map_has_an_address(string statements, params string[] lines) => Prints(statements, lines);

    [KernelTheory]
    [InlineData("print((uint64)1 - (uint64)2);", "-1")]
    [InlineData("$a = (uint32)1; $b = (uint32)2; print($a - $b); if ($a - $b < 0) { print(\"less\"); }", "-1", "less")]
    [InlineData("@s = nsecs; print(@s - nsecs < 0); clear(@s);", "true")]
    public void A_difference_may_be_negative(string statements, params string[] lines) => Prints(statements, lines);

    [KernelTheory]
    [InlineData("print(buf((uint8[4])(uint32)0x41424344)); print(buf((uint16[2])(uint32)0x41424344, 2));", "DCBA", "DC")]
    [InlineData("$b = (int8[])(uint32)5; print($b);", "[5,0,0,0]")]
    [InlineData("print(macaddr((uint8[6])1));", "01:00:00:00:00:00")]
    [InlineData("print(memcmp((1, 2), (1, 2), 2)); print(memcmp((1, 2), (1, 3), 16) != 0);", "0", "true")]
    [InlineData("print(memcmp_record((a=1, b=2), (b=2, a=1), 16));", "0")]
    [InlineData("$s = \"abcdef\"; print(str($s, 3)); print(str(\"abcdef\", 3));", "ab", "ab")]
    [InlineData("printf(\"%gr %gr %gr\\n\", 0xcc0, 0x400dc0, 0);", "GFP_KERNEL GFP_KERNEL_ACCOUNT|__GFP_ZERO 0")]
    [InlineData("print(config.max_strlen); print(config().stack_mode); print(default_str_length()); print(has_cpid);", "1024", "bpftrace", "1024", "false")]
    [InlineData("print(comm(0)); print(stack_len(kstack(3)));", "N/A", "3")]
    [InlineData("assert_str(comm); $t = (1, 2)[1]; print($t);", "2")]
    [InlineData("$p = (int32 *)100; $p++; print($p); $p += 2; print($p); --$p; print($p); $p -= 1; print($p);", "0x68", "0x70", "0x6c", "0x68")]
    [InlineData("$p = (int32 *)100; $q = &$p; print($p++); print(++$p); print($p--);", "0x64", "0x6c", "0x6c")]
    [InlineData("@p = (int32 *)100; @p++; $p = @p; print($p); @p += 3; $p = @p; print($p); @p--; $p = @p; print($p); clear(@p);", "0x68", "0x74", "0x70")]
    [InlineData("print(*5); $a = (uint64)5; print(*$a + 1); print(sizeof(*$a));", "0", "1", "8")]
    [InlineData("$p = (uint16)0x1234; $p = bswap($p); print($p); $q = (uint32)1; print(bswap($q)); $q = pid + nsecs; print(bswap($q) > 0xffffffff);", "13330", "72057594037927936", "true")]
    [InlineData("print(str(1 + 1)); print(str(42));", "2", "42")]
    [InlineData("$x = (uint16)1; $x = 5; print(sizeof($x)); $x = 70000; let $y : typeof($x) = 7; print(sizeof($y)); { let $z = (uint8)1; print(sizeof($z)); } { let $z = pid; print(sizeof($z)); }", "4", "4", "1", "4")]
    [InlineData("@x = (uint16)258; print(bswap(@x)); @y[1] = (uint32)1; print(bswap(@y[1])); @z = (uint8)1; @z++; print(sizeof(@z)); clear(@x); clear(@y); clear(@z);", "513", "16777216", "8")]
    [InlineData("$y = (uint32)0; $y--; print($y); $v = (uint64)0xffffffffffffffff; $v++; print($v); let $d : uint64 = 0; $d--; print($d);", "-1", "0", "18446744073709551615")]
    [InlineData("print((string[16])\"abc\"); @s[(string[8])\"ab\"] = 1; @s[\"ab\"]++; print(@s[\"ab\"]); clear(@s);", "abc", "2")]
    [InlineData("print(\"abc\" < \"abd\"); print(\"b\" <= \"abc\"); print(leader_tid == pid);", "true", "false", "true")]
    [InlineData("print(strlen(probe)); print(strcontains(probe, \"eg\")); print(strcontains(probe, \"kprobe\")); print(str_concat(probe, \"!\"));", "5", "true", "false", "begin!")]
    [InlineData("print(ntop(10, (uint8[16])pton(\"::1\"))); print((uint16[2])(uint8[4])(uint32)0x10002);", "::1", "[2,1]")]
    [InlineData("@[syscall_name(1)] = 5; @[\"write\"]++; print(@[\"write\"]); delete(@, \"write\"); print(@[\"write\"]);", "6", "0")]
    [InlineData("print(strerror(5)); print(strerror(-11)); print(strerror(41)); print(strerror(4000));", "I/O error", "Try again (operation would block)", "Unknown error", "Unknown error")]
    [InlineData("@h = lhist(1, 0, 2, 1); print(@h); clear(@h);", "@h:", "[1]                    1 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@|")]
    [InlineData("$t = ((uint16)1, (uint8)2); print(sizeof($t.0)); print(bswap($t.0)); $t = (70000, 3); print(sizeof($t.0)); print(sizeof($t.1)); $u = $t; print(sizeof($u.1)); print(~$u.1);", "4", "16777216", "4", "1", "1", "252")]
    [InlineData("$x = 200; print(sizeof($x)); $y = $x; print(sizeof($y)); $z = pid; $z = -1; print(sizeof($z)); $w = pid ? 1 : 300; print(sizeof($w)); print(sizeof(1)); print(sizeof(40000));", "2", "2", "8", "2", "1", "4")]
    [InlineData("$x = pid; print(~$x == ~pid); print(~~pid == pid); $y = (int32)5; print(~$y); $z = (int64)5; print(~$z); print(~(int8)1); print(~(int64)1); print(~5); @++; print(~@); clear(@);", "true", "true", "4294967290", "-6", "254", "-2", "18446744073709551610", "-2")]
    [InlineData("$t = (1, (2, (uint16)3)); print(bswap($t.1.1)); $v = (uint8)9; $t = (5, ($v, 3)); print(sizeof($t.1.0)); print(~$t.1.0);", "768", "1", "246")]
    public void It_prints_what_bpftrace_prints(string statements, params string[] lines) => Prints(statements, lines);

    [KernelFact]
    public void A_stack_of_no_depth_is_empty()
    {
        var t = Traced.Run("begin { print(kstack(0)); @[ustack(0)] = count(); print(1); exit(); }", null);
        Assert.Equal(["", "1", "@[", "]: 1"], t.Text.TrimEnd('\n').Split('\n').Where((line, i) => i == 0 || line.Length > 0));
    }

    [KernelFact]
    public void The_time_is_printed_without_a_format()
    {
        var t = Traced.Run("begin { time(); exit(); }", null);
        Assert.Matches(@"^\d\d:\d\d:\d\d\n", t.Text);
    }

    [KernelTheory]
    [InlineData("tracepoint:syscalls:sys_enter_$3 /tid == $1/ { print(probe); exit(); }", "lseek", "tracepoint:syscalls:sys_enter_lseek")]
    [InlineData("$3 /tid == $1/ { print(probe); exit(); }", "tracepoint:syscalls:sys_enter_l?eek", "tracepoint:syscalls:sys_enter_lseek")]
    public void A_parameter_may_stand_in_a_probe(string program, string parameter, string expected)
    {
        var t = Traced.Run(program, () => Native.Lseek(7, 1), parameter);
        Assert.Equal(expected, t.Lines[0]);
    }

    [KernelTheory]
    [InlineData("interval:ms:$3 { print(probe); exit(); }", "5", "interval:ms:5")]
    [InlineData("interval:$3 { print(probe); exit(); }", "ms:6", "interval:ms:6")]
    public void A_parameter_may_be_a_period(string program, string parameter, string expected) =>
        Assert.Equal(expected, Traced.Run(program, null, parameter).Lines[0]);

    [KernelFact]
    public void Stacks_can_be_compared()
    {
        var t = Traced.Run("tracepoint:syscalls:sys_enter_lseek /tid == $1/ { $u = ustack; @u = ustack; print($u == @u); print(ustack(2) != ustack(2)); print(kstack(3) == kstack(3)); exit(); }", () => Native.Lseek(7, 1));
        Assert.Equal(["true", "false", "true"], t.Lines.Take(3));
    }

    [KernelFact]
    public void A_wildcard_may_find_nothing_beside_a_probe_that_is_there()
    {
        var t = Traced.Run("tracepoint:syscalls:nosuch*, tracepoint:syscalls:sys_enter_lseek /tid == $1/ { @[probe] = count(); }", () => Native.Lseek(7, 1));
        Assert.Equal(new Dictionary<string, long> { ["tracepoint:syscalls:sys_enter_lseek"] = 1 }, t.Numbers());
    }

    [KernelFact]
    public void A_parameter_may_lose_its_first_characters()
    {
        var t = Traced.Run("begin { printf(\"%s|%s|\", str($3 + 2), str($3 + 90)); exit(); }", null, "hello");
        Assert.StartsWith("llo||", t.Text);
    }

    [KernelFact]
    public void Args_have_other_names()
    {
        var t = Traced.Run("tracepoint:syscalls:sys_enter_lseek /tid == $1/ { $a = args; let $b = $a; @[$b.offset, sizeof(args)] = count(); }", () => Native.Lseek(7, 1));
        Assert.Equal(new Dictionary<string, long> { ["7, 40"] = 1 }, t.Numbers());
    }

    [KernelFact]
    public void A_period_may_be_given_in_nanoseconds()
    {
        var t = Traced.Run("interval:10000000 { @n++; if (@n == 3) { exit(); } } profile:100000000 { @p = count(); }");
        // The end comes a little later than it is asked for.
        Assert.InRange(t.Number("@n"), 3, 1000);
    }

    [KernelFact(Needs = KernelFeature.WritingToProcesses)]
    public void The_process_s_memory_can_be_changed()
    {
        // The offset of lseek is no address, so the kernel refuses to write there.
        var t = Traced.Run("tracepoint:syscalls:sys_enter_lseek /tid == $1/ { print(write_user((uint8 *)args.offset, \"x\", 1)); exit(); }",
            _ => Native.Lseek(7, 1), new CompilationOptions { Unsafe = true });
        Assert.Equal(["false"], t.Lines);
        using var shell = new Shell();
        string file = Path.Combine(shell.Folder, "out");
        t = Traced.Run("tracepoint:syscalls:sys_enter_write /ppid == $2 && args.count == 8/ { let $new = \"changed!\"; print(write_user(args.buf, $new, 8)); }",
            _ => Shell.Run("/bin/sh", "-c", $"printf original > {file}"), new CompilationOptions { Unsafe = true });
        Assert.Equal(["true"], t.Lines);
        Assert.Equal("changed!", File.ReadAllText(file));
    }

    private static void Prints(string statements, string[] lines) => Assert.Equal(lines, Traced.Run($"begin {{ {statements} exit(); }}").Lines);
}
