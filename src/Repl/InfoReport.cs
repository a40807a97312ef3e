using System.Text;
using Ctrace.Compiler.Targets;
using Ctrace.Repl.Rendering;
using Ctrace.Runtime.Kernel;

namespace Ctrace.Repl;

/// <summary><c>--info</c>: the kernel, the rights, and what ctrace does without what is missing.</summary>
internal static class InfoReport
{
    internal static int Run()
    {
        var target = new KernelTarget();
        var text = new StringBuilder();
        text.Append($"ctrace {typeof(InfoReport).Assembly.GetName().Version!.ToString(3)}\n\n");
        text.Append($"kernel\n  release          {Read("/proc/sys/kernel/osrelease")}\n  machine          {target.Architecture.Name}, {target.OnlineCpus} CPUs of {target.PossibleCpus} possible\n");
        Line(text, "type information", target.HasTypes ? "yes" : "no: fentry, curtask's members and args of raw tracepoints need it");
        Line(text, "tracefs", Directory.Exists("/sys/kernel/tracing/events") ? "yes" : "no: mount -t tracefs tracefs /sys/kernel/tracing");
        Line(text, "kprobes", target.HasKprobes ? "yes" : "no: built without them (CONFIG_KPROBE_EVENTS); a tracepoint may serve");
        Line(text, "JIT", Read("/proc/sys/net/core/bpf_jit_enable") is "0" ? "off" : "on");
        text.Append("\nrights\n");
        foreach (var (name, has, without) in RightsReport.Describe())
            Line(text, name, has ? name == "lockdown" ? "off" : "yes" : $"no: {without}", 22);
        text.Append("\nfeatures\n");
        foreach (var feature in KernelFeatures.All)
            Line(text, feature.Name, target.Supports(feature.Feature) ? "yes"
                : $"no (Linux {feature.Since} has it): {(feature.FallsBackToKprobes && !target.HasKprobes ? "and there are no kprobes to serve instead" : feature.Without)}", 40);
        text.Append("\nprobes\n");
        foreach (var kind in Compiler.Catalog.CatalogIndex.Probes.Where(k => !k.NeedsPattern))
            if (Count(kind, target) is { } count)
                Line(text, kind.Names[0], count);
        var output = new OutputStream(1);
        output.Write(text.ToString());
        output.Flush();
        return 0;
    }

    private static string? Count(Compiler.Catalog.Probes.ProbeKind kind, ITarget target)
    {
        try
        {
            int count = kind.List(target).Count();
            return count == 0 ? null : $"{count}";
        }
        catch (TargetException e)
        {
            return $"unknown: {e.Message}";
        }
    }

    private static void Line(StringBuilder text, string name, string value, int width = 17) => text.Append($"  {name.PadRight(width - 1)} {value}\n");

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "unknown";
        }
    }
}
