using System.Runtime.InteropServices;
using Ctrace.Compiler.Targets;
using Ctrace.Repl.Prompting;

namespace Ctrace.Repl.Commands;

/// <summary>What <c>:info</c> shows.</summary>
internal static class MachineInfo
{
    /// <summary>One fact a line.</summary>
    internal static IEnumerable<string> Lines(Workspace workspace)
    {
        var target = workspace.Target;
        yield return $"ctrace {typeof(MachineInfo).Assembly.GetName().Version!.ToString(3)} on {RuntimeInformation.OSDescription} ({RuntimeInformation.ProcessArchitecture})";
        lock (target)
        {
            yield return $"CPUs: {target.OnlineCpus} running, {target.PossibleCpus} possible";
            yield return $"type information (BTF): {YesNo(target.HasTypes)}";
            yield return $"tracepoints: {Count(() => target.Tracepoints.Count)}, raw tracepoints: {Count(() => target.RawTracepoints.Count)}, kernel functions: {Count(() => target.KernelFunctions.Count)}";
            foreach (var feature in Enum.GetValues<KernelFeature>())
                yield return $"{Name(feature)}: {YesNo(target.Supports(feature))}";
        }
    }

    private static string YesNo(bool value) => value ? "yes" : "no";

    private static string Count(Func<int> count)
    {
        try
        {
            return count().ToString("N0", System.Globalization.CultureInfo.InvariantCulture);
        }
        catch (TargetException e)
        {
            return e.Message;
        }
    }

    private static string Name(KernelFeature feature) => feature switch
    {
        KernelFeature.RingBuffer => "ring buffer",
        KernelFeature.FetchAtomics => "atomics that fetch",
        KernelFeature.BatchOperations => "reading maps in batches",
        KernelFeature.PerfLink => "links on perf events",
        KernelFeature.KprobeMulti => "many kernel functions by one link",
        KernelFeature.UprobeMulti => "many user functions by one link",
        KernelFeature.LargeKeys => "texts of more than 512 bytes as keys",
        KernelFeature.PerCpuLookup => "reading aggregates while tracing",
        KernelFeature.MayGoto => "loops without a bound (may_goto)",
        KernelFeature.GrowingMaps => "maps that grow",
        _ => feature.ToString(),
    };
}
