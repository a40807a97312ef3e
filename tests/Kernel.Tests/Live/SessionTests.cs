using System.Runtime.InteropServices;
using Ctrace.Compiler;
using Ctrace.Compiler.Targets;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>Entry and return of the same functions as one program by one link, and as two: both must see the same.</summary>
public sealed partial class SessionTests
{
    private static readonly KernelFeature[] None = [KernelFeature.KprobeSession, KernelFeature.UprobeSession];

    private static readonly Microsoft.Win32.SafeHandles.SafeFileHandle Opened = File.OpenHandle(typeof(SessionTests).Assembly.Location);

    [KernelFact(Needs = KernelFeature.UprobeSession)]
    public void A_uprobe_and_its_uretprobe_are_one_program()
    {
        const string program = """
            uprobe:libc:labs /tid == $1 && (int64)arg0 < 0/ { @in[(int64)arg0, func, probe] = count(); @last = arg0; }
            uretprobe:libc:labs /tid == $1 && retval > 1/ { @out[retval, func, probe] = count(); if (retval > 4) { return; } @small = sum(retval); }
            """;
        Same(program, Calls, 2, 1, "@in", "@out", "@small");
    }

    [KernelFact(Needs = KernelFeature.UprobeSession)]
    public void Many_functions_keep_their_names() =>
        Same("uprobe:libc:*abs /tid == $1/ { @in[func, probe] = count(); } uretprobe:libc:*abs /tid == $1/ { @out[func, probe] = count(); @r = sum(retval); }", Calls, 0, 1, "@in", "@out", "@r");

    [KernelFact(Needs = KernelFeature.UprobeSession)]
    public void Each_end_may_go_over_maps() =>
        Same("""
            uprobe:libc:labs /tid == $1/ { @in[(int64)arg0] = 1; for ($kv : @in) { $s = $kv.1; } @n = len(@in); }
            uretprobe:libc:labs /tid == $1/ { @out[retval] = 1; $sum = 0; for ($kv : @in) { $sum += $kv.1; } for ($kv : @out) { $sum += 100 * $kv.1; } @sum = $sum; }
            """, Calls, 2, 1, "@n", "@sum", "@out");

    [KernelFact(Needs = KernelFeature.UprobeSession)]
    public void A_span_is_one_program_too() =>
        // The second program is for threads that die in a call.
        Same("span:user:libc:*abs /tid == $1 && duration > 0/ { @[(int64)arg0, retval, func, probe] = count(); }", Calls, 0, 2, "@");

    [KernelFact(Needs = KernelFeature.UprobeSession)]
    public void What_others_do_at_the_same_function_keeps_its_order()
    {
        const string program = """
            uprobe:libc:labs /tid == $1/ { @order = 1; } uprobe:libc:labs /tid == $1/ { @order = @order * 10 + 2; }
            uretprobe:libc:labs /tid == $1/ { @seen[@order] = count(); }
            """;
        Assert.Equal(3, Traced.Compile(program, Parameters).Programs.Length);
        Assert.Equal(2, Traced.Compile("uprobe:libc:labs { } uretprobe:libc:getenv { }").Programs.Length);
        Assert.Single(Traced.Compile("uretprobe:libc:labs { } uprobe:libc:labs { }").Programs);
    }

    [KernelFact(Needs = KernelFeature.KprobeSession)]
    public void Kprobes_and_their_kretprobes_are_one_program() =>
        Same("""
            kprobe:*sys_lseek /tid == $1 && func == "ksys_lseek" && arg1 < 20/ { @in[arg1, func, probe] = count(); }
            kretprobe:*sys_lseek /tid == $1 && retval >= 5/ { @out[retval, func, probe] = count(); }
            """, Seeks, 0, 1, "@in", "@out");

    [KernelFact(Needs = KernelFeature.KprobeSession)]
    public void At_a_single_kernel_function_they_are_two() => Assert.Equal(2, Traced.Compile("kprobe:ksys_lseek { } kretprobe:ksys_lseek { }").Programs.Length);

    [KernelFact(Needs = KernelFeature.KprobeSession)]
    public void Kernel_functions_by_a_wildcard_keep_their_names() =>
        Same("kprobe:*sys_lseek /tid == $1/ { @in[func, probe] = count(); } kretprobe:*sys_lseek /tid == $1/ { @out[func, probe] = count(); @r = sum(retval); }", Seeks, 0, 1, "@in", "@out", "@r");

    [KernelFact(Needs = KernelFeature.KprobeSession)]
    public void A_span_of_kernel_functions_is_one_program_too() =>
        Same("span:kernel:*sys_lseek /tid == $1 && func == \"ksys_lseek\"/ { @[arg1, retval, func, probe] = count(); }", Seeks, 0, 2, "@");

    private static CompilationOptions Parameters => new() { Parameters = ["1", "2"] };

    private static void Same(string program, Action workload, int probes, int programs, params string[] maps)
    {
        labs(0);
        Assert.Equal(programs, Traced.Compile(program, Parameters).Programs.Length);
        Assert.True(Traced.Compile(program, Parameters, LimitedTarget.Without(None)).Programs.Length > programs);
        var one = Traced.Run(program, workload);
        var two = Traced.Run(program, _ => workload(), new CompilationOptions(), LimitedTarget.Without(None));
        Assert.Equal(two.Probes, one.Probes);
        if (probes > 0)
            Assert.Equal(probes, one.Probes);
        foreach (string map in maps)
        {
            var expected = two.Numbers(map).OrderBy(v => v.Key, StringComparer.Ordinal).ToList();
            Assert.NotEmpty(expected);
            Assert.Equal(expected, one.Numbers(map).OrderBy(v => v.Key, StringComparer.Ordinal));
        }
    }

    private static void Calls()
    {
        for (int i = -7; i <= 3; i++)
            labs(i);
    }

    private static void Seeks()
    {
        for (int i = 0; i < 30; i++)
            lseek((int)Opened.DangerousGetHandle(), i, 0);
    }

    [LibraryImport("libc")]
    private static partial long labs(long value);

    [LibraryImport("libc")]
    private static partial long lseek(int fd, long offset, int whence);
}
