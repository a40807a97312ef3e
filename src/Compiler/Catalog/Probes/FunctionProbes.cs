using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Syntax;
using Ctrace.Compiler.Targets;

namespace Ctrace.Compiler.Catalog.Probes;

/// <summary>The entry of functions, or their return, seen by the registers that hold arguments and results.</summary>
internal abstract class RegisterKind(bool isReturn) : ProbeKind
{
    /// <summary>bpf_attach_type of a program that is attached to many functions at once; 0 where the kernel can't.</summary>
    protected const int KprobeMulti = 42, UprobeMulti = 48;

    /// <summary>Whether it is at the return.</summary>
    protected bool IsReturn { get; } = isReturn;

    public override BpfProgramType ProgramType => BpfProgramType.Kprobe;

    /// <summary>A function with a distance behind a plus sign.</summary>
    protected static (string Function, long Offset)? SplitOffset(ProbePartSyntax part, DiagnosticBag diagnostics)
    {
        int plus = part.Text.LastIndexOf('+');
        if (plus < 0)
            return (part.Text, 0);
        if (Lexemes.TryInteger(part.Text[(plus + 1)..], out long offset, out _) && offset >= 0)
            return (part.Text[..plus], offset);
        diagnostics.ReportType(part.Span, $"'{part.Text[(plus + 1)..]}' is no distance from a function's start", "write function+0x10");
        return null;
    }
}

/// <summary><c>kprobe</c> and <c>kretprobe</c>: nearly any function of the kernel.</summary>
internal sealed class KernelFunctionKind(bool isReturn) : RegisterKind(isReturn)
{
    public override IReadOnlyList<string> Names => IsReturn ? ["kretprobe", "kr"] : ["kprobe", "k"];
    public override string Signature => $"{Names[0]}:[MODULE:]FUNCTION{(IsReturn ? "" : "[+OFFSET]")}";
    public override string Summary => IsReturn ? "The return of a kernel function; its result is retval." : "The entry of a kernel function; its arguments are arg0, arg1, ….";
    public override string Example => IsReturn ? "kretprobe:vfs_read { @ = hist((int64)retval); }" : "kprobe:vfs_read { @[comm] = sum(arg2); }";

    /// <summary>Kernel probes run with preemption off, and never inside another perf program.</summary>
    public override string Domain => "perf";

    public override IEnumerable<string> List(ITarget target) => target.KernelFunctions.Select(f => f.Module is null ? $"{Names[0]}:{f.Name}" : $"{Names[0]}:{f.Module}:{f.Name}");

    public override IEnumerable<string> Describe(ITarget target, string probe) =>
        target.FindPrototype(probe.Split(':')[^1], null)?.Arguments.Select(a => $"{a.TypeName} {a.Name}") ?? [];

    internal override IEnumerable<ResolvedProbe> Resolve(ProbeSyntax probe, ITarget target, DiagnosticBag diagnostics)
    {
        if (probe.Parts.Length is not (2 or 3))
        {
            diagnostics.ReportBadProbe(probe.Span, probe.Text, Signature, $"write {Names[0]}:vfs_read");
            return [];
        }

        string? module = probe.Parts.Length == 3 ? probe.Parts[1].Text : null;
        if (SplitOffset(probe.Parts[^1], diagnostics) is not var (function, offset))
            return [];
        if (Lexemes.TryInteger(function, out long address, out _))
            return [Probe(probe.Text, Plan("", address, IsReturn, target))];
        if (IsReturn && offset != 0)
        {
            diagnostics.ReportType(probe.Parts[^1].Span, "a return has no distance from the function's start", $"write {Names[0]}:{function}");
            return [];
        }

        bool isPattern = Glob.IsPattern(function) || module is not null && Glob.IsPattern(module);
        var matches = target.KernelFunctions.Where(f => (isPattern ? Glob.Matches(function, f.Name) : f.Name == function)
            && (module is null || (isPattern ? Glob.Matches(module, f.Module ?? "vmlinux") : module == (f.Module ?? "vmlinux")))).Distinct().ToList();
        if (matches.Count == 0)
        {
            if (!isPattern && IsSymbol(function, target))
                diagnostics.ReportType(probe.Span, $"the kernel does not let {function} be probed", "it has such a symbol, but not among available_filter_functions: probing it could stop the machine");
            else
                diagnostics.ReportNoProbe(probe.Span, probe.Text, [.. Spelling.Nearest(function, target.KernelFunctions.Select(f => f.Name)).Select(n => $"{Names[0]}:{n}")]);
            return [];
        }

        // Several modules may have a function of the same name: the kernel takes the first, or the module's own.
        var functions = matches.DistinctBy(f => f.Name).ToList();
        if (functions.Count > 1 && target.Supports(KernelFeature.KprobeMulti))
        {
            string[] names = [.. functions.Select(f => FullName(f, module))];
            return [Probe(names[0], new KprobeMultiPlan([.. functions.Select(f => f.Name)], IsReturn)) with { AllNames = names, AttachType = KprobeMulti }];
        }

        return functions.Select(f => Probe(
            FullName(f, module) + (offset > 0 ? $"+{offset}" : ""),
            Plan(module is null || f.Module is null ? f.Name : $"{f.Module}:{f.Name}", offset, IsReturn, target)));
    }

    /// <summary>One probe, by what the kernel has for it.</summary>
    internal static KprobePlan Plan(string symbol, long offset, bool isReturn, ITarget target) => new(symbol, offset, isReturn) { InTracefs = !target.Supports(KernelFeature.KprobeEvents) };

    private string FullName(KernelFunction function, string? module) => module is null ? $"{Names[0]}:{function.Name}" : $"{Names[0]}:{function.Module ?? "vmlinux"}:{function.Name}";

    /// <summary>Whether the kernel has a symbol; false where it keeps that from us.</summary>
    private static bool IsSymbol(string name, ITarget target)
    {
        try
        {
            return target.FindKernelSymbol(name) is not null;
        }
        catch (TargetException)
        {
            return false;
        }
    }

    private ResolvedProbe Probe(string name, AttachPlan plan) => new(this, name, plan) { HasRegisters = true, IsReturn = IsReturn };
}

/// <summary><c>fentry</c> and <c>fexit</c>: functions of the kernel, with their arguments' names and types.</summary>
internal sealed class TrampolineKind(bool isExit) : ProbeKind
{
    /// <summary>BPF_TRACE_FENTRY and BPF_TRACE_FEXIT of enum bpf_attach_type.</summary>
    private const int Entry = 24, Exit = 25;

    public override IReadOnlyList<string> Names => isExit ? ["fexit", "fr", "kretfunc"] : ["fentry", "f", "kfunc"];
    public override string Signature => $"{Names[0]}:[MODULE:]FUNCTION";
    public override string Summary => isExit ? "The return of a kernel function, with args.NAME and a typed retval." : "The entry of a kernel function, with args.NAME.";
    public override string Example => isExit ? "fexit:vfs_read { @[comm] = sum(retval); }" : "fentry:vfs_read { @[str(args.file->f_path.dentry->d_name.name)] = count(); }";
    public override BpfProgramType ProgramType => BpfProgramType.Tracing;

    /// <summary>The function may be preempted while its program runs.</summary>
    public override bool IsPreemptible => true;

    public override IEnumerable<string> List(ITarget target) => target.KernelFunctions.Select(f => f.Module is null ? $"{Names[0]}:{f.Name}" : $"{Names[0]}:{f.Module}:{f.Name}");

    public override IEnumerable<string> Describe(ITarget target, string probe) => target.FindPrototype(probe.Split(':')[^1], probe.Split(':') is [_, var module, _] ? module : null) is not { } prototype ? []
        : [.. prototype.Arguments.Select(a => $"{a.TypeName} {a.Name}"), .. isExit && prototype.Result is not Symbols.VoidType ? [$"{prototype.Result.Name} retval"] : (string[])[]];

    internal override IEnumerable<ResolvedProbe> Resolve(ProbeSyntax probe, ITarget target, DiagnosticBag diagnostics)
    {
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
                ? [.. Spelling.Nearest(function, target.KernelFunctions.Select(f => f.Name)).Select(n => $"{Names[0]}:{n}")] : [$"kprobe:{function} (this kernel has no type information for it)"]);
        }

        if (found.Count > 0 && !target.Supports(KernelFeature.FunctionTracing))
            return [.. found.Where(f => FitsRegisters(f.Prototype!, target, probe, diagnostics)).Select(f => ByRegisters(f.Name, f.Module, f.Prototype!, target))];
        return found.Select(f => new ResolvedProbe(this, f.Module is null ? $"{Names[0]}:{f.Name}" : $"{Names[0]}:{f.Module}:{f.Name}", new TracingPlan(f.Name))
        {
            RawArguments = f.Prototype!.Arguments,
            HasRawContext = true,
            IsReturn = isExit,
            Result = isExit ? f.Prototype.Result : null,
            AttachType = isExit ? Exit : Entry,
            Function = f.Prototype,
        });
    }

    /// <summary>Without trampolines, a kprobe sees the same: arguments in registers at the entry, the result at the return.</summary>
    private ResolvedProbe ByRegisters(string function, string? module, FunctionPrototype prototype, ITarget target) => new(
        new KernelFunctionKind(isExit), module is null ? $"{Names[0]}:{function}" : $"{Names[0]}:{module}:{function}", KernelFunctionKind.Plan(module is null ? function : $"{module}:{function}", 0, isExit, target))
    {
        HasRegisters = true,
        IsReturn = isExit,
        RawArguments = isExit ? [] : prototype.Arguments,
        Result = isExit ? prototype.Result : null,
    };

    private static bool FitsRegisters(FunctionPrototype prototype, ITarget target, ProbeSyntax probe, DiagnosticBag diagnostics)
    {
        bool fits = prototype.Arguments.Count <= target.Architecture.FunctionArguments.Count && prototype.Arguments.All(a => a.Size <= 8);
        if (!fits)
            diagnostics.ReportType(probe.Span, $"this kernel has no {probe.Parts[0].Text}, and a kprobe can't see all arguments of {probe.Parts[^1].Text}", $"write kprobe:{probe.Parts[^1].Text}");
        return fits;
    }
}
