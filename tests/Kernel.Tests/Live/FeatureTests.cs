using Ctrace.Compiler.Targets;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>What is found out about this kernel, against what a kernel of its version has.</summary>
public class FeatureTests
{
    /// <summary>The version that brought a feature to every kernel of our architectures, whatever it was configured with.</summary>
    private static readonly (KernelFeature Feature, int Major, int Minor)[] Since =
    [
        (KernelFeature.BatchOperations, 5, 6), (KernelFeature.RingBuffer, 5, 8), (KernelFeature.FetchAtomics, 5, 12), (KernelFeature.MapIteration, 5, 13),
        (KernelFeature.PerfLink, 5, 15), (KernelFeature.LargeKeys, 5, 18), (KernelFeature.PerCpuLookup, 5, 19), (KernelFeature.GrowingMaps, 6, 1), (KernelFeature.MayGoto, 6, 9),
    ];

    [KernelFact]
    public void A_kernel_has_what_its_version_brought()
    {
        string[] release = Environment.OSVersion.Version.ToString().Split('.');
        var (major, minor) = (int.Parse(release[0]), int.Parse(release[1]));
        var wrong = Since.Where(f => (major, minor).CompareTo((f.Major, f.Minor)) >= 0 != Machine.Supports(f.Feature)).Select(f => f.Feature);
        Assert.Empty(wrong);
    }
}
