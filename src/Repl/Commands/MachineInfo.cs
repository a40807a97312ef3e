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
            foreach (var feature in KernelFeatures.All)
                yield return $"{feature.Name}: {YesNo(target.Supports(feature.Feature))}";
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
}
