using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Syntax;
using Ctrace.Compiler.Targets;

namespace Ctrace.Compiler.Catalog.Probes;

/// <summary>A period or a frequency: <c>s:1</c>, <c>ms:100</c>, <c>us:50</c>, <c>hz:99</c>, or a duration alone: <c>1s</c>, or nanoseconds.</summary>
internal abstract class TimerKind : ProbeKind
{
    private static readonly Dictionary<string, long> Units = new()
    {
        ["s"] = 1_000_000_000, ["ms"] = 1_000_000, ["us"] = 1_000, ["ns"] = 1,
    };

    /// <inheritdoc/>
    public override IEnumerable<string> List(ITarget target) => ((string[])["hz", "ms", "s", "us"]).Select(unit => $"{Names[0]}:{unit}:");

    /// <summary>The probe as bpftrace calls it: with its kind in full, and a duration in microseconds.</summary>
    protected string Name(ProbeSyntax probe, ulong value) => probe.Parts.Length == 3 ? $"{Names[0]}:{probe.Parts[1].Text}:{probe.Parts[2].Text}"
        : value % 1000 == 0 ? $"{Names[0]}:us:{value / 1000}" : $"{Names[0]}:{value}";

    /// <summary>Reads the parts after the kind.</summary>
    /// <returns>Nanoseconds, or hertz and true; null after a diagnostic.</returns>
    protected (ulong Value, bool IsFrequency)? Read(ProbeSyntax probe, DiagnosticBag diagnostics)
    {
        long value = 0;
        if (probe.Parts.Length == 2 && Lexemes.TryInteger(probe.Parts[1].Text, out value, out _) && value > 0)
            return ((ulong)value, false);
        if (probe.Parts.Length != 3)
        {
            diagnostics.ReportBadProbe(probe.Span, probe.Text, Signature, $"write {Signature}");
            return null;
        }

        string unit = probe.Parts[1].Text;
        if (unit != "hz" && !Units.ContainsKey(unit))
        {
            diagnostics.ReportBadUnit(probe.Parts[1].Span, unit, ["hz", .. Units.Keys]);
            return null;
        }

        if (!Lexemes.TryInteger(probe.Parts[2].Text, out value, out _) || value <= 0 || value > int.MaxValue)
        {
            diagnostics.ReportBadPeriod(probe.Parts[2].Span, probe.Parts[2].Text);
            return null;
        }

        return unit == "hz" ? ((ulong)value, true) : ((ulong)(value * Units[unit]), false);
    }
}

/// <summary>Runs every so often, on one CPU.</summary>
internal sealed class IntervalKind : TimerKind
{
    /// <summary>More often than this, user space could not keep up.</summary>
    private const ulong ShortestNanoseconds = 100_000;

    public override IReadOnlyList<string> Names => ["interval", "i"];
    public override string Signature => "interval:UNIT:N (UNIT is s, ms, us or hz)";
    public override string Summary => "Runs every so often: to print and clear maps, or to end.";
    public override string Example => "interval:s:5 { exit(); }";
    public override BpfProgramType ProgramType => BpfProgramType.RawTracepoint;
    public override bool HasProcess => false;
    public override bool TakesHandlers => true;

    internal override IEnumerable<ResolvedProbe> Resolve(ProbeSyntax probe, ITarget target, DiagnosticBag diagnostics)
    {
        if (Read(probe, diagnostics) is not { } timer)
            return [];
        ulong period = timer.IsFrequency ? 1_000_000_000 / timer.Value : timer.Value;
        if (period < ShortestNanoseconds)
        {
            diagnostics.ReportPeriodTooShort(probe.Span, "100us (10,000 times a second)");
            return [];
        }

        return [new ResolvedProbe(this, Name(probe, timer.Value), new IntervalPlan(period))];
    }
}

/// <summary>Samples what runs, on every CPU.</summary>
internal sealed class ProfileKind : TimerKind
{
    private const ulong ShortestNanoseconds = 10_000;

    public override IReadOnlyList<string> Names => ["profile", "p"];
    public override string Signature => "profile:UNIT:N (UNIT is hz, s, ms or us)";
    public override string Summary => "Samples every CPU at a fixed rate.";
    public override string Example => "profile:hz:99 { @[comm] = count(); }";
    public override BpfProgramType ProgramType => BpfProgramType.PerfEvent;
    public override string Domain => "perf";

    internal override IEnumerable<ResolvedProbe> Resolve(ProbeSyntax probe, ITarget target, DiagnosticBag diagnostics)
    {
        if (Read(probe, diagnostics) is not { } timer)
            return [];
        if (timer.IsFrequency ? timer.Value > 1_000_000_000 / ShortestNanoseconds : timer.Value < ShortestNanoseconds)
        {
            diagnostics.ReportPeriodTooShort(probe.Span, "10us (100,000 times a second)");
            return [];
        }

        return [new ResolvedProbe(this, Name(probe, timer.Value), new ProfilePlan(timer.Value, timer.IsFrequency))];
    }
}

/// <summary><c>begin</c> and <c>end</c>.</summary>
internal sealed class OnceKind(bool atEnd) : ProbeKind
{
    public override IReadOnlyList<string> Names => atEnd ? ["end", "END"] : ["begin", "BEGIN"];
    public override string Signature => Names[0];
    public override string Summary => atEnd ? "Runs once, when tracing has ended." : "Runs once, before anything else.";
    public override string Example => atEnd ? "end { printf(\"done\\n\"); }" : "begin { printf(\"tracing\\n\"); }";
    public override BpfProgramType ProgramType => BpfProgramType.RawTracepoint;
    public override bool HasProcess => false;
    public override bool TakesHandlers => true;

    public override IEnumerable<string> List(ITarget target) => [Names[0]];

    internal override IEnumerable<ResolvedProbe> Resolve(ProbeSyntax probe, ITarget target, DiagnosticBag diagnostics)
    {
        if (probe.Parts.Length == 1)
            return [new ResolvedProbe(this, Names[0], new OncePlan(atEnd))];
        diagnostics.ReportBadProbe(probe.Span, probe.Text, Signature, $"write {Names[0]} alone");
        return [];
    }
}
