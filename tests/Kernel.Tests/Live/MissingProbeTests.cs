using Ctrace.Runtime;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>
/// <c>missing_probes</c>, where only attaching shows that the kernel has no such probe: in the middle of an instruction there can be none (nor
/// anywhere, on a kernel without kprobes).
/// </summary>
public class MissingProbeTests
{
    private static string Program(string setting, string others = "begin { @ = count(); }") => $"config = {{ missing_probes = {setting} }} kprobe:{Machine.Seek}+1 {{ @none = count(); }} {others}";

    [KernelFact]
    public void It_is_an_error() =>
        Assert.Contains($"kprobe:{Machine.Seek}+1", Assert.Throws<SessionException>(() => Traced.Run(Program("error"), () => { })).Message);

    [KernelFact]
    public void It_is_a_warning_and_the_rest_is_traced()
    {
        var t = Traced.Run(Program("warn"), () => { });
        Assert.Contains($"kprobe:{Machine.Seek}+1", Assert.Single(t.Messages, m => m.Contains("can't")));
        Assert.Equal((1, 1), (t.Probes, t.Number()));
    }

    [KernelFact]
    public void It_is_ignored_and_the_rest_is_traced()
    {
        var t = Traced.Run(Program("ignore"), () => { });
        Assert.DoesNotContain(t.Messages, m => m.Contains("kprobe"));
        Assert.Equal((1, 1), (t.Probes, t.Number()));
    }

    [KernelFact]
    public void Nothing_may_be_left() => Assert.Equal(0, Traced.Run(Program("ignore", ""), () => { }).Probes);
}
