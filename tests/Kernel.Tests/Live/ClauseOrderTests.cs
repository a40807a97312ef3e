using System.Runtime.InteropServices;
using Ctrace.Compiler;
using Ctrace.Compiler.Targets;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>Clauses at the same probe run in the order of the source, whatever the kernel makes of the order in which they were attached.</summary>
public sealed partial class ClauseOrderTests
{
    private static readonly Microsoft.Win32.SafeHandles.SafeFileHandle Opened = File.OpenHandle(typeof(ClauseOrderTests).Assembly.Location);

    [KernelFact]
    public void Tracepoints() => Check("tracepoint:syscalls:sys_enter_lseek", "args.offset > 0");

    [KernelFact]
    public void Tracepoints_whose_record_nobody_reads() => Check("tracepoint:sched:sched_process_fork", "1", () => Programs.Run("/bin/true"));

    [KernelFact]
    public void Uprobes()
    {
        Check("uprobe:libc:labs", "arg0 > 0");
        Check("uretprobe:libc:labs", "retval > 0");
    }

    [KernelFact(Needs = KernelFeature.UprobeMulti)]
    public void Many_uprobes_by_one_link()
    {
        Check("uprobe:libc:*labs", "arg0 > 0");
        Check("uretprobe:libc:*labs", "retval > 0");
    }

    [KernelFact(Needs = KernelFeature.KprobeEvents)]
    public void Kprobes()
    {
        Check($"kprobe:{Machine.Seek}", "arg1 > 0");
        Check($"kretprobe:{Machine.Seek}", "retval > 0");
    }

    [KernelFact(Needs = KernelFeature.KprobeMulti)]
    public void Many_kprobes_by_one_link()
    {
        Check("kprobe:ksys_lse?k,kprobe:ksys_rea?", "arg1 > 0", Seek, "kprobe:ksys_lse*");
        Check("kprobe:ksys_[lr]*", "arg1 > 0", Seek, "kprobe:ksys_l*");
    }

    [KernelFact(Needs = KernelFeature.FunctionTracing)]
    public void Trampolines()
    {
        Check($"fentry:{Machine.Seek}", "args.offset > 0");
        Check($"fexit:{Machine.Seek}", "retval > 0");
    }

    private static void Check(string probe, string condition, Action? workload = null, string? other = null)
    {
        labs(0);
        other ??= probe;
        var t = Traced.Run($$"""
            {{probe}} /pid == $2 && {{condition}}/ { @order = 1; }
            {{other}} /pid == $2 && {{condition}}/ { @order = @order * 10 + 2; }
            {{other}} /pid == $2 && {{condition}}/ { @order = @order * 10 + 3; @seen[@order] = count(); }
            """, workload ?? Seek);
        Assert.Equal("123", Assert.Single(t.Numbers("@seen")).Key);
    }

    private static void Seek()
    {
        for (int i = 1; i < 20; i++)
        {
            labs(i);
            lseek((int)Opened.DangerousGetHandle(), i, 0);
        }
    }

    [LibraryImport("libc")]
    private static partial long labs(long value);

    [LibraryImport("libc")]
    private static partial long lseek(int fd, long offset, int whence);
}
