using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Syntax;
using Ctrace.Compiler.Targets;

namespace Ctrace.Compiler.Catalog.Probes;

/// <summary>What happens to ctrace itself: a signal that it gets.</summary>
internal sealed class SelfKind : ProbeKind
{
    /// <summary>Signals that nobody needs for anything else, and their numbers (signal(7), the same on x86-64 and arm64).</summary>
    private static readonly (string Name, int Number)[] Signals =
        [("SIGUSR1", 10), ("SIGUSR2", 12), ("SIGWINCH", 28), ("SIGURG", 23), ("SIGIO", 29), ("SIGPWR", 30)];

    public override IReadOnlyList<string> Names => ["self"];
    public override string Signature => "self:signal:SIGNAL";
    public override string Summary => "A signal to ctrace itself: to print or clear on demand.";
    public override string Example => "profile:hz:99 { @[comm] = count(); } self:signal:SIGUSR1 { print(@); clear(@); }";
    public override BpfProgramType ProgramType => BpfProgramType.RawTracepoint;
    public override bool HasProcess => false;
    public override bool TakesHandlers => true;

    public override IEnumerable<string> List(ITarget target) => Signals.Select(s => $"self:signal:{s.Name}");

    internal override IEnumerable<ResolvedProbe> Resolve(ProbeSyntax probe, ITarget target, DiagnosticBag diagnostics)
    {
        if (probe.Parts.Length != 3 || probe.Parts[1].Text != "signal")
        {
            diagnostics.ReportBadProbe(probe.Span, probe.Text, Signature, "write self:signal:SIGUSR1");
            return [];
        }

        string name = probe.Parts[2].Text;
        var signal = Signals.FirstOrDefault(s => s.Name == name || s.Name == "SIG" + name);
        if (signal.Name is not null)
            return [new ResolvedProbe(this, $"self:signal:{signal.Name}", new SignalPlan(signal.Number))];
        diagnostics.ReportType(probe.Parts[2].Span, $"ctrace can't wait for '{name}'", $"signals are {string.Join(", ", Signals.Select(s => s.Name))}");
        return [];
    }
}
