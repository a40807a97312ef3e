using System.Globalization;
using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Syntax;
using Ctrace.Compiler.Targets;

namespace Ctrace.Compiler.Catalog.Probes;

/// <summary>Functions of loaded BPF programs, <c>fentry:bpf:ID:FUNCTION</c>, of which the id may be left out.</summary>
internal static class ProgramFunctions
{
    /// <summary>What stands where a module would.</summary>
    public const string Module = "bpf";

    /// <summary>Whether the parts behind the kind's name mean such a function.</summary>
    public static bool IsMeant(IReadOnlyList<string> parts) => parts is [Module, ..];

    /// <summary>All of them; none where the kernel does not tell us.</summary>
    public static IEnumerable<string> List(ITarget target, string kind)
    {
        try
        {
            return [.. target.BpfFunctions.Where(f => f.TypeId != 0).Select(f => Name(kind, f))];
        }
        catch (TargetException)
        {
            return [];
        }
    }

    /// <summary>The arguments and the result of a listed one.</summary>
    public static FunctionPrototype? FindPrototype(ITarget target, string probe) =>
        target.BpfFunctions.Where(f => probe.EndsWith(Name("", f), StringComparison.Ordinal)).Select(target.FindPrototype).FirstOrDefault();

    /// <summary>The functions that are meant, with their probes' whole names; none after a diagnostic.</summary>
    public static IEnumerable<(string Name, FunctionPrototype Prototype)> Find(ProbeSyntax probe, string kind, ITarget target, DiagnosticBag diagnostics)
    {
        if (probe.Parts.Length is not (3 or 4) || probe.Parts[^1].Text.Length == 0)
        {
            diagnostics.ReportBadProbe(probe.Span, probe.Text, $"{kind}:bpf:[ID:]FUNCTION", $"ctrace -l '{kind}:bpf:*' lists them");
            return [];
        }

        string id = probe.Parts.Length == 4 ? probe.Parts[2].Text : "*", name = probe.Parts[^1].Text;
        var functions = Known(target, probe, diagnostics);
        if (functions is null)
            return [];
        var meant = functions.Where(f => Glob.Matches(id, Id(f)) && Glob.Matches(name, f.Name)).ToList();
        if (meant.Exists(f => f.TypeId != 0) && !target.Supports(KernelFeature.FunctionTracing))
        {
            diagnostics.ReportType(probe.Span, $"this kernel has no {kind}: it lets no program be attached to the functions of others", "it was built without trampolines (CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS), or forbids them: ctrace --info");
            return [];
        }

        var typed = meant.Where(f => f.TypeId != 0).Select(f => (Name: Name(kind, f), Prototype: target.FindPrototype(f))).Where(f => f.Prototype is not null).ToList();
        if (typed.Find(f => f.Prototype!.Obstacle is null).Prototype is not null)
            return typed.Where(f => f.Prototype!.Obstacle is null).Select(f => (f.Name, f.Prototype!));
        if (typed.Count > 0)
            diagnostics.ReportType(probe.Span, $"the kernel lets no program be attached to {typed[0].Name}: {typed[0].Prototype!.Obstacle}", "it may be possible on a newer kernel");
        else if (meant.Count > 0)
            diagnostics.ReportType(probe.Span, $"the BPF program {meant[0].Name} (id {Id(meant[0])}) was loaded without type information (BTF), which this needs", "load it with some: with libbpf, compile it with clang -g");
        else
            diagnostics.ReportNoProbe(probe.Span, probe.Text, [.. Spelling.Nearest(name, functions.Where(f => f.TypeId != 0).Select(f => f.Name)).Select(n => $"{kind}:bpf:{n}")]);
        return [];
    }

    private static IReadOnlyList<BpfFunction>? Known(ITarget target, ProbeSyntax probe, DiagnosticBag diagnostics)
    {
        try
        {
            return target.BpfFunctions;
        }
        catch (TargetException e)
        {
            diagnostics.ReportType(probe.Span, e.Message, e.Hint ?? "");
            return null;
        }
    }

    private static string Id(BpfFunction function) => function.Program.ToString(CultureInfo.InvariantCulture);

    private static string Name(string kind, BpfFunction function) => $"{kind}:{Module}:{Id(function)}:{function.Name}";
}
