using System.Runtime.InteropServices;
using Ctrace.Compiler;
using Ctrace.Compiler.Targets;
using Ctrace.Runtime;
using Ctrace.Runtime.Attaching;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>Kprobes through tracefs, as on kernels whose perf has no kprobes of its own.</summary>
public sealed partial class TraceEventTests
{
    private const string List = "/sys/kernel/tracing/kprobe_events";

    private static readonly KernelFeature[] Missing = [KernelFeature.KprobeEvents, KernelFeature.KprobeMulti, KernelFeature.KprobeSession, KernelFeature.FunctionTracing];

    private static readonly Microsoft.Win32.SafeHandles.SafeFileHandle Opened = File.OpenHandle(typeof(TraceEventTests).Assembly.Location);

    [TraceEventFact]
    public void Functions_are_probed_and_nothing_is_left()
    {
        var t = Traced.Run("""
            kprobe:ksys_lseek /tid == $1/ { @in[arg1, func] = count(); } kretprobe:ksys_lseek /tid == $1/ { @out[retval, probe] = count(); }
            fentry:ksys_lseek /tid == $1/ { @typed[args.offset] = count(); } span:kernel:ksys_lseek /tid == $1/ { @span = count(); }
            """.Replace("ksys_lseek", Machine.Seek, StringComparison.Ordinal), _ => Seeks(), new CompilationOptions(), LimitedTarget.Without(Missing));
        Assert.Equal(Enumerable.Range(0, 30).Select(i => $"{i}, {Machine.Seek}").Order(), t.Numbers("@in").Keys.Order());
        Assert.Equal(Enumerable.Range(0, 30).Select(i => $"{i}, kretprobe:{Machine.Seek}").Order(), t.Numbers("@out").Keys.Order());
        Assert.All(t.Numbers("@in").Values.Concat(t.Numbers("@out").Values), n => Assert.Equal(1, n));
        Assert.Equal((30, 30), (t.Numbers("@typed").Count, t.Number("@span")));
        Assert.DoesNotContain("ctrace_", File.ReadAllText(List));
    }

    [TraceEventFact]
    public void A_distance_and_an_address_are_places_too()
    {
        string start = File.ReadLines("/proc/kallsyms").First(l => l.EndsWith($" {Machine.Seek}", StringComparison.Ordinal))[..16];
        var t = Traced.Run($"kprobe:0x{start} /tid == $1/ {{ @address = count(); }} kprobe:{Machine.Seek}+0 /tid == $1/ {{ @distance = count(); }}", _ => Seeks(), new CompilationOptions(), LimitedTarget.Without(Missing));
        Assert.Equal((30, 30), (t.Number("@address"), t.Number("@distance")));
        // In another function.
        var far = Tracer.Run("-e", $"kprobe:{Machine.Seek}+100000 {{ @ = count(); }}");
        Assert.Equal(1, far.Code);
        Assert.Contains($"+100000 is outside of {Machine.Seek}", far.Errors);
    }

    [TraceEventFact]
    public void Nothing_is_left_after_a_refusal()
    {
        var refused = Assert.Throws<SessionException>(() => Traced.Run($"kprobe:{Machine.Seek} {{ @ = count(); }} kprobe:{Machine.Seek}+1 {{ @ = count(); }}", _ => { }, new CompilationOptions(), LimitedTarget.Without(Missing)));
        Assert.Equal($"the kernel can't probe kprobe:{Machine.Seek}+1: no instruction starts there", refused.Message);
        Assert.DoesNotContain("ctrace_", File.ReadAllText(List));
    }

    [TraceEventFact]
    public void What_a_killed_tracer_left_is_removed_by_the_next()
    {
        using (var killed = Tracer.Start("--no-feature", "kprobe_pmu", "-e", $"kprobe:{Machine.Seek} {{ @ = count(); }}"))
        {
            Assert.Contains($"ctrace_{killed.Pid}/", File.ReadAllText(List));
            killed.Stop(9);
        }

        Assert.Contains("ctrace_", File.ReadAllText(List));
        var t = Tracer.Run("--no-feature", "kprobe_pmu", "-e", $"kprobe:{Machine.Seek} {{ @ = count(); }} interval:ms:100 {{ exit(); }}");
        Assert.Equal((0, ""), (t.Code, string.Concat(t.Errors.Split('\n').Where(l => l.Contains("error")))));
        Assert.DoesNotContain("ctrace_", File.ReadAllText(List));
    }

    private static void Seeks()
    {
        for (int i = 0; i < 30; i++)
            lseek((int)Opened.DangerousGetHandle(), i, 0);
    }

    [LibraryImport("libc")]
    private static partial long lseek(int fd, long offset, int whence);

    /// <summary>Skips where the kernel makes no such events.</summary>
    private sealed class TraceEventFactAttribute : KernelFactAttribute
    {
        public TraceEventFactAttribute() => Skip ??= TraceEvent.IsPossible ? null : "the kernel is built without kprobes";
    }
}
