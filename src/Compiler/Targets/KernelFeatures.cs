namespace Ctrace.Compiler.Targets;

/// <summary>What is to be said about a kernel's feature.</summary>
/// <param name="Feature">The feature.</param>
/// <param name="Name">What people call it.</param>
/// <param name="Since">The version of Linux that brought it.</param>
/// <param name="DependsOnConfiguration">Whether a kernel of that version may be built without it.</param>
/// <param name="Without">What happens where it is missing.</param>
public sealed record KernelFeatureDescription(KernelFeature Feature, string Name, Version Since, bool DependsOnConfiguration, string Without);

/// <summary>All features, oldest first.</summary>
public static class KernelFeatures
{
    /// <summary>The table.</summary>
    public static IReadOnlyList<KernelFeatureDescription> All { get; } =
    [
        new(KernelFeature.BatchOperations, "batch reads of maps", new(5, 6), false, "maps are read entry by entry"),
        new(KernelFeature.RingBuffer, "ring buffer", new(5, 8), false, "a perf buffer for each CPU"),
        new(KernelFeature.FetchAtomics, "atomics that fetch", new(5, 12), false, "$x = @n++ may miss what another CPU adds at the same moment"),
        new(KernelFeature.MapIteration, "iteration over maps in programs", new(5, 13), false, "no for (… : @map), no len(@map)"),
        new(KernelFeature.PerfLink, "links on perf events, cookies", new(5, 15), false, "one program for each probe where its name is asked for"),
        new(KernelFeature.LargeKeys, "keys of more than 512 bytes", new(5, 18), false, "str() reads 384 bytes unless told otherwise"),
        new(KernelFeature.KprobeMulti, "many kprobes by one link", new(5, 18), true, "kprobes one by one"),
        new(KernelFeature.PerCpuLookup, "reading other CPUs' values in programs", new(5, 19), false, "aggregates can't be read in expressions"),
        new(KernelFeature.GrowingMaps, "maps that grow in any program", new(6, 1), false, "maps take all their memory at the start"),
        new(KernelFeature.UprobeMulti, "many uprobes by one link", new(6, 6), true, "uprobes one by one"),
        new(KernelFeature.MayGoto, "may_goto", new(6, 9), false, "loops with a bounded number of rounds"),
    ];
}
