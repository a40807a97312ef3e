using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Syntax;
using Ctrace.Compiler.Targets;

namespace Ctrace.Compiler.Catalog.Probes;

/// <summary>Raw tracepoints: the cheapest way into the kernel's tracepoints, with the arguments as the kernel passes them.</summary>
internal sealed class RawTracepointKind : ProbeKind
{
    public override IReadOnlyList<string> Names => ["rawtracepoint", "rt"];
    public override string Signature => "rawtracepoint:NAME";
    public override string Summary => "A kernel tracepoint with its arguments as they are: arg0, arg1, …, or args.NAME.";
    public override string Example => "rawtracepoint:sched_switch { @ = count(); }";
    public override BpfProgramType ProgramType => BpfProgramType.RawTracepoint;

    public override IEnumerable<string> List(ITarget target) => target.RawTracepoints.Select(name => $"rawtracepoint:{name}");

    public override IEnumerable<string> Describe(ITarget target, string probe) =>
        target.FindRawTracepointArguments(probe.Split(':')[1])?.Select(a => $"{a.TypeName} {a.Name}") ?? [];

    internal override IEnumerable<ResolvedProbe> Resolve(ProbeSyntax probe, ITarget target, DiagnosticBag diagnostics)
    {
        // rawtracepoint:CATEGORY:NAME is taken too: the kernel knows raw tracepoints by name alone.
        if (probe.Parts.Length is not (2 or 3))
        {
            diagnostics.ReportBadProbe(probe.Span, probe.Text, Signature, $"write {Signature}");
            return [];
        }

        string name = probe.Parts[^1].Text;
        string[] matches = [.. target.RawTracepoints.Where(n => Glob.IsPattern(name) ? Glob.Matches(name, n) : n == name)];
        if (matches.Length == 0)
            diagnostics.ReportNoProbe(probe.Span, probe.Text, [.. Spelling.Nearest(name, target.RawTracepoints).Select(n => $"rawtracepoint:{n}")]);
        return matches.Select(n => new ResolvedProbe(this, $"rawtracepoint:{n}", new RawTracepointPlan(n))
        {
            HasRawContext = true,
            RawArguments = target.FindRawTracepointArguments(n),
        });
    }
}
