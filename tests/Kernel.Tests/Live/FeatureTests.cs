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

    [Fact]
    public void Every_feature_is_described() =>
        Assert.Equal(Enum.GetValues<KernelFeature>().Order(), KernelFeatures.All.Select(f => f.Feature).Order());
}
