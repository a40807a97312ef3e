using System.Collections.Immutable;
using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Syntax;
using Ctrace.Compiler.Targets;

namespace Ctrace.Compiler.Catalog.Probes;

/// <summary><c>usdt</c>: static probes that programs and libraries were built with (<c>sys/sdt.h</c>).</summary>
internal sealed class UsdtKind : ProbeKind
{
    /// <summary>BPF_TRACE_UPROBE_MULTI of enum bpf_attach_type.</summary>
    private const int UprobeMulti = 48;

    public override IReadOnlyList<string> Names => ["usdt", "U"];
    public override string Signature => "usdt:BINARY:[PROVIDER:]NAME";
    public override string Summary => "A static probe of a program or library; its arguments are arg0, arg1, …. With -p the binary may be left out: usdt::NAME. With * it is any that a process runs now.";
    public override string Example => "usdt:libstdc++:throw { @[comm] = count(); }";
    public override BpfProgramType ProgramType => BpfProgramType.Kprobe;
    public override bool IsPreemptible => true;
    public override bool NeedsPattern => true;

    public override IEnumerable<string> ListFor(ITarget target, string pattern)
    {
        string binary = pattern.Split(':') is [_, var path, ..] ? path : "";
        return Binaries(binary, target).SelectMany(b => b.StaticProbes.Select(p => Name(b, p))).Distinct().Order(StringComparer.Ordinal);
    }

    public override IEnumerable<string> Describe(ITarget target, string probe) => probe.Split(':') is [_, var path, var provider, var name]
        && target.OpenBinary(path, target.ProcessId)?.StaticProbes.FirstOrDefault(p => p.Provider == provider && p.Name == name) is { } found
            ? UsdtArgument.Parse(found.Arguments, target.Architecture).Select((a, i) => a is null ? $"? arg{i}" : $"{new Symbols.IntegerType(a.Size, a.Signed).Name} arg{i}") : [];

    internal override IEnumerable<ResolvedProbe> Resolve(ProbeSyntax probe, ITarget target, DiagnosticBag diagnostics)
    {
        if (probe.Parts.Length is not (3 or 4) || probe.Parts[^1].Text.Length == 0)
        {
            diagnostics.ReportBadProbe(probe.Span, probe.Text, Signature, "write usdt:/path/to/program:name");
            return [];
        }

        string path = probe.Parts[1].Text, name = probe.Parts[^1].Text;
        string? provider = probe.Parts.Length == 4 && probe.Parts[2].Text.Length > 0 ? probe.Parts[2].Text : null;
        var binaries = Binaries(path, target).ToList();
        if (binaries.Count == 0)
        {
            diagnostics.ReportNoBinary(probe.Parts[1].Span, path, target.ProcessId);
            return [];
        }

        var found = binaries.SelectMany(b => b.StaticProbes.Select(p => (Binary: b, Probe: p)))
            .Where(p => Glob.Matches(name, p.Probe.Name) && (provider is null || Glob.Matches(provider, p.Probe.Provider))).ToList();
        if (found.Count == 0)
        {
            var all = binaries.SelectMany(b => b.StaticProbes.Select(p => p.Name)).Distinct().ToList();
            if (all.Count == 0 && binaries.Count > 1)
                diagnostics.ReportType(probe.Parts[1].Span, $"none of {binaries.Count} binaries has static probes", "uprobe sees any function");
            else if (all.Count == 0)
                diagnostics.ReportType(probe.Parts[1].Span, $"{binaries[0].Path} has no static probes", "uprobe sees any function");
            else
                diagnostics.ReportNoProbe(probe.Span, probe.Text, [.. Spelling.Nearest(name, all).Select(n => $"usdt:{path}:{n}")]);
            return [];
        }

        return found.GroupBy(p => (p.Binary.Path, p.Probe.Provider, p.Probe.Name, p.Probe.Arguments)).SelectMany(group => Probes([.. group], target));
    }

    /// <summary>The places of one probe that have their arguments in the same places: one attachment where the kernel can.</summary>
    private IEnumerable<ResolvedProbe> Probes(ImmutableArray<(IUserBinary Binary, UsdtProbe Probe)> places, ITarget target)
    {
        var (binary, first) = places[0];
        var shape = new ResolvedProbe(this, Name(binary, first), new UprobePlan(binary.Path, first.FileOffset, false, first.SemaphoreOffset))
        {
            HasRegisters = true,
            HasUserPointers = true,
            FindType = binary.FindType,
            StaticArguments = UsdtArgument.Parse(first.Arguments, target.Architecture),
            Location = first.FileOffset,
        };
        if (places.Length > 1 && target.Supports(KernelFeature.UprobeMulti))
        {
            var semaphores = places.All(p => p.Probe.SemaphoreOffset == 0) ? ImmutableArray<long>.Empty : [.. places.Select(p => p.Probe.SemaphoreOffset)];
            return [shape with { Plan = new UprobeMultiPlan(binary.Path, [.. places.Select(p => p.Probe.FileOffset)], semaphores, false), AttachType = UprobeMulti }];
        }

        return places.Select(p => shape with { Plan = new UprobePlan(binary.Path, p.Probe.FileOffset, false, p.Probe.SemaphoreOffset), Location = p.Probe.FileOffset });
    }

    /// <summary>The binary that is named, or all that the traced process has mapped.</summary>
    private static IEnumerable<IUserBinary> Binaries(string path, ITarget target) => path.Length > 0 && !Glob.IsPattern(path)
        ? target.OpenBinary(path, target.ProcessId) is { } binary ? [binary] : []
        : target.FindBinaries(path, target.ProcessId);

    private static string Name(IUserBinary binary, UsdtProbe probe) => $"usdt:{binary.Path}:{probe.Provider}:{probe.Name}";
}
