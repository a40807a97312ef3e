using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Syntax;
using Ctrace.Compiler.Targets;

namespace Ctrace.Compiler.Catalog.Probes;

/// <summary>Events that the kernel, or the CPU, counts; every so many of them run the program.</summary>
internal abstract class CounterKind : ProbeKind
{
    /// <summary>enum perf_type_id: PERF_TYPE_HARDWARE and PERF_TYPE_SOFTWARE.</summary>
    protected const uint Hardware = 0, Software = 1;

    public override BpfProgramType ProgramType => BpfProgramType.PerfEvent;

    public override string Domain => "perf";

    /// <summary>Events by name, with their number and how many of them make one sample when nothing is said.</summary>
    protected abstract IReadOnlyList<(string[] Names, ulong Config, ulong Every)> Events { get; }

    /// <summary>Which of perf's types the numbers belong to.</summary>
    protected abstract uint Type { get; }

    public override IEnumerable<string> List(ITarget target) => Events.SelectMany(e => e.Names).Select(n => $"{Names[0]}:{n}:").Order(StringComparer.Ordinal);

    internal override IEnumerable<ResolvedProbe> Resolve(ProbeSyntax probe, ITarget target, DiagnosticBag diagnostics)
    {
        if (probe.Parts.Length is not (2 or 3))
        {
            diagnostics.ReportBadProbe(probe.Span, probe.Text, Signature, $"write {Signature}");
            return [];
        }

        string name = probe.Parts[1].Text;
        var known = Events.FirstOrDefault(e => e.Names.Contains(name));
        if (known.Names is null)
        {
            diagnostics.ReportNoProbe(probe.Span, probe.Text, [.. Spelling.Nearest(name, Events.SelectMany(e => e.Names)).Select(n => $"{Names[0]}:{n}")]);
            return [];
        }

        ulong every = known.Every;
        string title = $"{Names[0]}:{name}";
        if (probe.Parts.Length == 3 && probe.Parts[2].Text.Length > 0)
        {
            if (!Lexemes.TryInteger(probe.Parts[2].Text, out long count, out _) || count <= 0)
            {
                diagnostics.ReportBadPeriod(probe.Parts[2].Span, probe.Parts[2].Text);
                return [];
            }

            every = (ulong)count;
            title += $":{every}";
        }

        return [new ResolvedProbe(this, title, new CounterPlan(Type, known.Config, every))];
    }
}

/// <summary>Events that the kernel counts.</summary>
internal sealed class SoftwareKind : CounterKind
{
    public override IReadOnlyList<string> Names => ["software", "s"];
    public override string Signature => "software:EVENT[:COUNT]";
    public override string Summary => "An event that the kernel counts, such as page faults; every COUNT of them.";
    public override string Example => "software:page-faults:1 { @[comm] = count(); }";
    protected override uint Type => Software;

    /// <summary>enum perf_sw_ids.</summary>
    protected override IReadOnlyList<(string[] Names, ulong Config, ulong Every)> Events { get; } =
    [
        (["cpu-clock", "cpu"], 0, 1_000_000), (["task-clock"], 1, 1_000_000), (["page-faults", "faults"], 2, 100),
        (["context-switches", "cs"], 3, 1000), (["cpu-migrations"], 4, 1), (["minor-faults"], 5, 100), (["major-faults"], 6, 1),
        (["alignment-faults"], 7, 1), (["emulation-faults"], 8, 1), (["dummy"], 9, 1), (["bpf-output"], 10, 1),
    ];
}

/// <summary>Events that the CPU counts.</summary>
internal sealed class HardwareKind : CounterKind
{
    public override IReadOnlyList<string> Names => ["hardware", "h"];
    public override string Signature => "hardware:EVENT[:COUNT]";
    public override string Summary => "An event that the CPU counts, such as cache misses; every COUNT of them.";
    public override string Example => "hardware:cache-misses:1000000 { @[comm] = count(); }";
    protected override uint Type => Hardware;

    /// <summary>enum perf_hw_id.</summary>
    protected override IReadOnlyList<(string[] Names, ulong Config, ulong Every)> Events { get; } =
    [
        (["cpu-cycles", "cycles"], 0, 1_000_000), (["instructions"], 1, 1_000_000), (["cache-references"], 2, 1_000_000), (["cache-misses"], 3, 1_000_000),
        (["branch-instructions", "branches"], 4, 100_000), (["branch-misses"], 5, 100_000), (["bus-cycles"], 6, 100_000),
        (["frontend-stalls"], 7, 1_000_000), (["backend-stalls"], 8, 1_000_000), (["ref-cycles"], 9, 1_000_000),
    ];
}
