using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Syntax;
using Ctrace.Compiler.Targets;

namespace Ctrace.Compiler.Catalog.Probes;

/// <summary><c>test:name</c> and <c>bench:name</c>: programs that ctrace runs itself, when it is asked to, to check or to time them.</summary>
internal sealed class TestKind(bool isBenchmark) : ProbeKind
{
    public override IReadOnlyList<string> Names => isBenchmark ? ["bench"] : ["test"];
    public override string Signature => Names[0] + ":NAME";
    public override string Summary => isBenchmark ? "Run many times and timed, with --bench." : "Run once with --test; it fails when it returns another number than 0, or exits with one.";
    public override string Example => isBenchmark ? "bench:strings { $x = strcontains(\"hello\", \"ll\"); }" : "test:sums { if (1 + 1 != 2) { return 1; } }";
    public override BpfProgramType ProgramType => BpfProgramType.RawTracepoint;
    public override bool HasProcess => false;

    internal override IEnumerable<ResolvedProbe> Resolve(ProbeSyntax probe, ITarget target, DiagnosticBag diagnostics)
    {
        if (probe.Parts.Length == 2)
            return [new ResolvedProbe(this, probe.Text, new TestPlan(probe.Parts[1].Text, isBenchmark))];
        diagnostics.ReportBadProbe(probe.Span, probe.Text, Signature, $"write {Names[0]}:a_name");
        return [];
    }
}
