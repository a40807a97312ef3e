using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Syntax;
using Ctrace.Compiler.Targets;

namespace Ctrace.Compiler.Catalog.Probes;

/// <summary><c>fentry</c> and <c>fexit</c>: functions of the kernel, with their arguments' names and types.</summary>
internal sealed class TrampolineKind(bool isExit) : ProbeKind
{
    /// <summary>BPF_TRACE_FENTRY and BPF_TRACE_FEXIT of enum bpf_attach_type.</summary>
    private const int Entry = 24, Exit = 25;

    /// <summary>Each function takes a program of its own, whose attaching waits for all CPUs: so many at once are better served by one link.</summary>
    private const int MostAlone = 8;

    public override IReadOnlyList<string> Names => isExit ? ["fexit", "fr", "kretfunc"] : ["fentry", "f", "kfunc"];
    public override string Signature => $"{Names[0]}:[MODULE:]FUNCTION or {Names[0]}:bpf:[ID:]FUNCTION";
    public override string Summary => isExit ? "The return of a kernel function, or of one of a loaded BPF program, with args.NAME and a typed retval."
        : "The entry of a kernel function, or of one of a loaded BPF program, with args.NAME.";
    public override string Example => isExit ? "fexit:vfs_read { @[comm] = sum(retval); }" : "fentry:vfs_read { @[str(args.file->f_path.dentry->d_name.name)] = count(); }";
    public override BpfProgramType ProgramType => BpfProgramType.Tracing;

    /// <summary>The function may be preempted while its program runs.</summary>
    public override bool IsPreemptible => true;

    public override IEnumerable<string> List(ITarget target) =>
        [.. target.KernelFunctions.Select(f => f.Module is null ? $"{Names[0]}:{f.Name}" : $"{Names[0]}:{f.Module}:{f.Name}"), .. ProgramFunctions.List(target, Names[0])];

    public override IEnumerable<string> Describe(ITarget target, string probe) => (ProgramFunctions.IsMeant(probe.Split(':')[1..]) ? ProgramFunctions.FindPrototype(target, probe)
        : target.FindPrototype(probe.Split(':')[^1], probe.Split(':') is [_, var module, _] ? module : null)) is not { } prototype ? []
        : [.. prototype.Arguments.Select(a => $"{a.TypeName} {a.Name}"), .. isExit && prototype.Result is not VoidType ? [$"{prototype.ResultName} retval"] : (string[])[]];

    internal override IEnumerable<ResolvedProbe> Resolve(ProbeSyntax probe, ITarget target, DiagnosticBag diagnostics)
    {
        if (ProgramFunctions.IsMeant([.. probe.Parts.Skip(1).Select(p => p.Text)]))
            return ProgramFunctions.Find(probe, Names[0], target, diagnostics).Select(f => Probe(f.Name, f.Prototype));
        if (probe.Parts.Length is not (2 or 3))
        {
            diagnostics.ReportBadProbe(probe.Span, probe.Text, Signature, $"write {Names[0]}:vfs_read");
            return [];
        }

        string? module = probe.Parts.Length == 3 && probe.Parts[1].Text != "vmlinux" ? probe.Parts[1].Text : null;
        string function = probe.Parts[^1].Text;
        bool isPattern = Glob.IsPattern(function) || module is not null && Glob.IsPattern(module);
        IEnumerable<(string Name, string? Module)> names = isPattern
            ? target.KernelFunctions.Where(f => (module is null ? f.Module is null : Glob.Matches(module, f.Module ?? "vmlinux")) && Glob.Matches(function, f.Name)).Select(f => (f.Name, f.Module)).Distinct()
            : [(function, module)];
        var found = names.Select(n => (n.Name, n.Module, Prototype: target.FindPrototype(n.Name, n.Module))).Where(f => f.Prototype is not null).ToList();
        if (found.Count == 0)
        {
            diagnostics.ReportNoProbe(probe.Span, probe.Text, target.HasTypes && !target.KernelFunctions.Any(f => f.Name == function)
                ? [.. Spelling.Renamed(function, target.KernelFunctions.Select(f => f.Name)).Select(n => $"{Names[0]}:{n}")] : [$"kprobe:{function} (this kernel has no type information for it)"]);
        }

        return Make(probe, found.Select(f => (f.Name, f.Module, f.Prototype!)), target, diagnostics);
    }

    /// <summary>Probes for functions, by kprobes where there can be no trampolines; what can't be served is left out, or reported where nothing else was found.</summary>
    private List<ResolvedProbe> Make(ProbeSyntax probe, IEnumerable<(string Name, string? Module, FunctionPrototype Prototype)> functions, ITarget target, DiagnosticBag diagnostics)
    {
        bool hasTrampolines = target.Supports(KernelFeature.FunctionTracing);
        var probes = new List<ResolvedProbe>();
        var refused = new List<(string Function, string Reason)>();
        foreach (var (name, module, prototype) in functions)
        {
            string text = module is null ? $"{Names[0]}:{name}" : $"{Names[0]}:{module}:{name}";
            string? obstacle = hasTrampolines ? Obstacle(prototype, target) : null;
            if (hasTrampolines && obstacle is null)
                probes.Add(Probe(text, prototype));
            else if (FitsRegisters(prototype, target))
                probes.Add(ByRegisters(text, name, module, prototype, target));
            else
                refused.Add((name, obstacle is null ? $"this kernel has no {probe.Parts[0].Text}, and a kprobe can't see all arguments of {name}" : $"no {Names[0]} can be attached to {name}: {obstacle}"));
        }

        if (refused.Count > 0 && probes.Count > 0)
            diagnostics.WarnOfLeftOut(probe.Span, Names[0], [.. refused.Select(r => r.Function)]);
        else if (refused.Count > 0)
            diagnostics.ReportType(probe.Span, refused[0].Reason, $"write kprobe:{refused[0].Function}");
        return probes;
    }

    /// <summary>Why the kernel makes no trampoline for a function; null where it does.</summary>
    private static string? Obstacle(FunctionPrototype function, ITarget target)
    {
        int registers = target.Architecture.FunctionArguments.Count;
        if (function.Obstacle is not null)
            return function.Obstacle;
        if (function.Arguments.FirstOrDefault(a => a.Type is StructureType) is { } structure && !target.Supports(KernelFeature.StructureArguments))
            return $"its argument {structure.Name} is a structure, which this kernel does not allow";
        return function.Words > registers && !target.Supports(KernelFeature.StackArguments) ? $"its arguments take {function.Words} words, and this kernel allows {registers}" : null;
    }

    private ResolvedProbe Probe(string name, FunctionPrototype prototype) => new(this, name, new TracingPlan(name[(name.LastIndexOf(':') + 1)..]))
    {
        RawArguments = prototype.Arguments,
        HasRawContext = true,
        IsReturn = isExit,
        Result = isExit ? prototype.Result : null,
        AttachType = isExit ? Exit : Entry,
        Function = prototype,
    };

    /// <summary>Whether a clause's probes would be attached quicker by a link on many functions. It may be done where nothing but their names is asked for.</summary>
    internal static bool CanShare(List<ResolvedProbe> probes, ITarget target) => probes.Count(IsShared) > MostAlone && target.Supports(KernelFeature.KprobeMulti) && target.Supports(KernelFeature.PerfLink);

    /// <summary>The probes, with one in the place of all functions of the kernel itself that are at the same end.</summary>
    internal static List<ResolvedProbe> Share(List<ResolvedProbe> probes) =>
        [.. probes.Where(p => !IsShared(p)), .. probes.Where(IsShared).GroupBy(p => p.IsReturn).Select(g => KernelFunctionKind.Many([.. g.Select(p => ((TracingPlan)p.Plan).Function)], [.. g.Select(p => p.Name)], g.Key))];

    private static bool IsShared(ResolvedProbe probe) => probe is { Kind: TrampolineKind, Plan: TracingPlan, Function: { Module: null, Program: null } };

    /// <summary>Without trampolines, a kprobe sees the same: arguments in registers at the entry, the result at the return.</summary>
    private ResolvedProbe ByRegisters(string name, string function, string? module, FunctionPrototype prototype, ITarget target) => new(
        new KernelFunctionKind(isExit), name, KernelFunctionKind.Plan(module is null ? function : $"{module}:{function}", 0, isExit, target))
    {
        HasRegisters = true,
        IsReturn = isExit,
        RawArguments = isExit ? [] : prototype.Arguments,
        Result = isExit ? prototype.Result : null,
    };

    /// <summary>
    /// Whether all arguments are in registers, one after the other, structures of up to 16 bytes in one or two (the kernel has no numbers with
    /// fractions). Where a structure is returned, its address may be the first argument.
    /// </summary>
    private static bool FitsRegisters(FunctionPrototype prototype, ITarget target) => prototype.Result is not StructureType
        && prototype.Words <= target.Architecture.FunctionArguments.Count && prototype.Arguments.All(a => a.Size is > 0 and <= 8 || a is { Type: StructureType, Size: > 8 and <= 16 });
}
