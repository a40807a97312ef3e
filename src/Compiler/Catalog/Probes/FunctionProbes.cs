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
        var matches = module is null && !isPattern && target.HasKernelFunction(function) ? [new KernelFunction(function, null)] : target.KernelFunctions.Where(f => (isPattern ? Glob.Matches(function, f.Name) : f.Name == function)
            && (module is null || (isPattern ? Glob.Matches(module, f.Module ?? "vmlinux") : module == (f.Module ?? "vmlinux")))).Distinct().ToList();
        if (matches.Count == 0)
        {
            if (!isPattern && IsSymbol(function, target))
                diagnostics.ReportNotTraceable(probe.Span, function);
            else
                diagnostics.ReportNoProbe(probe.Span, probe.Text, [.. Spelling.Renamed(function, target.KernelFunctions.Select(f => f.Name)).Select(n => $"{Names[0]}:{n}")]);
            return [];
        }

        if (offset > 0 && module is null && !isPattern && Elsewhere(function, offset, target) is var (other, distance))
        {
            diagnostics.ReportType(probe.Parts[^1].Span, $"+{offset} is outside of {function}", $"{other}+{distance} is there");
            return [];
        }

        // Several modules may have a function of the same name: the kernel takes the first, or the module's own.
        var functions = matches.DistinctBy(f => f.Name).ToList();
        if (functions.Count > 1 && target.Supports(KernelFeature.KprobeMulti))
        {
            string[] names = [.. functions.Select(f => FullName(f, module))];
            return [Many([.. functions.Select(f => f.Name)], names, this)];
        }

        return functions.Select(f => Probe(
            FullName(f, module) + (offset > 0 ? $"+{offset}" : ""),
            Plan(module is null || f.Module is null ? f.Name : $"{f.Module}:{f.Name}", offset, IsReturn, target)));
    }

    /// <summary>Many functions by one link.</summary>
    internal static ResolvedProbe Many(IReadOnlyList<string> functions, IReadOnlyList<string> names, bool isReturn) => Many(functions, names, new KernelFunctionKind(isReturn));

    private static ResolvedProbe Many(IReadOnlyList<string> functions, IReadOnlyList<string> names, KernelFunctionKind kind) =>
        kind.Probe(names[0], new KprobeMultiPlan([.. functions], kind.IsReturn)) with { AllNames = names, AttachType = KprobeMulti };

    /// <summary>One probe, by what the kernel has for it.</summary>
    internal static KprobePlan Plan(string symbol, long offset, bool isReturn, ITarget target) => new(symbol, offset, isReturn) { InTracefs = !target.Supports(KernelFeature.KprobeEvents) };

    private string FullName(KernelFunction function, string? module) => module is null ? $"{Names[0]}:{function.Name}" : $"{Names[0]}:{function.Module ?? "vmlinux"}:{function.Name}";

    private static bool IsSymbol(string name, ITarget target) => Address(name, target) is not null;

    /// <summary>What is at a distance from a function's start, where that is another one already; otherwise null.</summary>
    private static (string Name, ulong Distance)? Elsewhere(string function, long offset, ITarget target) =>
        Address(function, target) is { } start && target.FindKernelSymbolAt(start + (ulong)offset) is var (name, distance) && distance != (ulong)offset ? (name, distance) : null;

    /// <summary>A symbol's address; null where the kernel has none, or keeps it from us.</summary>
    private static ulong? Address(string name, ITarget target)
    {
        try
        {
            return target.FindKernelSymbol(name);
        }
        catch (TargetException)
        {
            return null;
        }
    }

    private ResolvedProbe Probe(string name, AttachPlan plan) => new(this, name, plan) { HasRegisters = true, IsReturn = IsReturn };
}
