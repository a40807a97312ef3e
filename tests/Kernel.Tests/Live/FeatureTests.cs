using Ctrace.Compiler.Targets;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>What is found out about this kernel, against what a kernel of its version has.</summary>
public class FeatureTests
{
    [KernelFact]
    public void A_kernel_has_what_its_version_brought()
    {
        var version = Environment.OSVersion.Version;
        var wrong = KernelFeatures.All.Where(f => version >= f.Since ? !f.DependsOnConfiguration && !Machine.Supports(f.Feature) : Machine.Supports(f.Feature));
        Assert.Empty(wrong.Select(f => f.Name));
    }

    [KernelFact]
    public void They_are_told_with_what_serves_in_their_place()
    {
        var (code, output, errors) = Tracer.Run("--info");
        Assert.Equal((0, ""), (code, errors));
        string[] lines = output.Split('\n', StringSplitOptions.TrimEntries);
        Assert.Contains(lines, l => l.StartsWith("release", StringComparison.Ordinal) && l.EndsWith(File.ReadAllText("/proc/sys/kernel/osrelease").Trim(), StringComparison.Ordinal));
        bool hasKprobes = Machine.Supports(KernelFeature.KprobeEvents) || File.Exists("/sys/kernel/tracing/kprobe_events");
        Assert.Contains(lines, l => l.StartsWith(hasKprobes ? "kprobes          yes" : "kprobes          no: ", StringComparison.Ordinal));
        foreach (var feature in KernelFeatures.All)
        {
            string line = Assert.Single(lines, l => l.StartsWith(feature.Name.PadRight(39) + " ", StringComparison.Ordinal));
            Assert.Equal(Machine.Supports(feature.Feature), line.EndsWith("yes", StringComparison.Ordinal));
            Assert.True(hasKprobes || !line.Contains("kprobes one by one") && !line.Contains("through tracefs"), line);
        }
    }

    [Fact]
    public void Every_feature_is_described() =>
        Assert.Equal(Enum.GetValues<KernelFeature>().Order(), KernelFeatures.All.Select(f => f.Feature).Order());
}
