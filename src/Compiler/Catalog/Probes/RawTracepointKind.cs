using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Syntax;
using Ctrace.Compiler.Targets;

namespace Ctrace.Compiler.Catalog.Probes;

/// <summary>Raw tracepoints: the cheapest way into the kernel's tracepoints, with the arguments as the kernel passes them.</summary>
internal sealed class RawTracepointKind : ProbeKind
{
    public override IReadOnlyList<string> Names => ["rawtracepoint", "rt"];
    public override string Signature => "rawtracepoint:[MODULE:]NAME";
    public override string Summary => "A kernel tracepoint with its arguments as they are: arg0, arg1, …, or args.NAME.";
    public override string Example => "rawtracepoint:sched_switch { @ = count(); }";
    public override BpfProgramType ProgramType => BpfProgramType.RawTracepoint;

    public override IEnumerable<string> List(ITarget target) => target.RawTracepoints.Select(name => Title(name, target)).Order(StringComparer.Ordinal);

    /// <summary>A name without a module is meant in any.</summary>
    public override bool IsListed(string pattern, string probe) =>
        base.IsListed(pattern, probe) || IsInAnyGroup(pattern, probe);

    public override IEnumerable<string> Describe(ITarget target, string probe) =>
        target.FindRawTracepointArguments(probe.Split(':')[^1])?.Select(a => $"{a.TypeName} {a.Name}") ?? [];

    internal override IEnumerable<ResolvedProbe> Resolve(ProbeSyntax probe, ITarget target, DiagnosticBag diagnostics)
    {
        if (probe.Parts.Length is not (2 or 3))
        {
            diagnostics.ReportBadProbe(probe.Span, probe.Text, Signature, $"write {Signature}");
            return [];
        }

        string name = probe.Parts[^1].Text;
        string? module = probe.Parts.Length == 3 ? probe.Parts[1].Text : null;
        string[] matches = [.. target.RawTracepoints.Where(n => (Glob.IsPattern(name) ? Glob.Matches(name, n) : n == name) && IsIn(module, n, target))];
        if (matches.Length == 0)
            diagnostics.ReportNoProbe(probe.Span, probe.Text, [.. Spelling.Nearest(name, target.RawTracepoints).Select(n => Title(n, target))]);
        return matches.Select(n => new ResolvedProbe(this, Title(n, target), new RawTracepointPlan(n))
        {
            HasRawContext = true,
            RawArguments = target.FindRawTracepointArguments(n),
        });
    }

    private static string Title(string name, ITarget target) => $"rawtracepoint:{target.RawTracepointModule(name)}:{name}";

    /// <summary>The kernel knows raw tracepoints by name alone: the category of the tracepoint of that name is taken for a module as well.</summary>
    private static bool IsIn(string? module, string name, ITarget target) => module is null || Glob.Matches(module, target.RawTracepointModule(name)) || target.Tracepoints.Contains((module, name));
}
