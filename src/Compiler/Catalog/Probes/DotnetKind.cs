using System.Collections.Immutable;
using Ctrace.Compiler.Catalog.Dotnet;
using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Syntax;
using Ctrace.Compiler.Targets;

namespace Ctrace.Compiler.Catalog.Probes;

/// <summary>
/// <c>dotnet</c>: what the runtimes and libraries of .NET programs tell of themselves. It comes to user space (EventPipe), which runs the
/// program for each event.
/// </summary>
internal sealed class DotnetKind : ProbeKind
{
    /// <summary>What stands for builtin values.</summary>
    private static readonly ImmutableArray<RecordField> Builtins =
    [
        new("nsecs", DotnetRecord.TimeOffset, TraceType.UInt64), new("pid", DotnetRecord.ProcessOffset, TraceType.UInt32), new("tid", DotnetRecord.ThreadOffset, TraceType.UInt32),
        new("comm", DotnetRecord.CommOffset, new StringType(DotnetRecord.CommSize)),
        new("time", DotnetRecord.TimeOffset, new TimestampType("%H:%M:%S.%f")),
        new("ustack", DotnetRecord.StackOffset, new StackType(true, StackMode.Symbols, StackType.Deepest)),
    ];

    public override IReadOnlyList<string> Names => ["dotnet"];
    public override string Signature => "dotnet:PROCESS:EVENT";
    public override string Summary => "What a .NET program tells of itself: collections, exceptions, locks, requests. PROCESS is a number, or a program's name.";
    public override string Example => "dotnet:shop:GCPause < count(), max(args.Duration) by args.Generation >";
    public override BpfProgramType ProgramType => BpfProgramType.RawTracepoint;
    public override bool HasProcess => false;

    public override IEnumerable<string> List(ITarget target) =>
        target.FindDotnetProcesses("*").SelectMany(p => DotnetEvents.List.Select(e => $"dotnet:{p.Name}:{e.Name}")).Distinct();

    public override bool NeedsPattern => true;

    public override IEnumerable<string> ListFor(ITarget target, string pattern) =>
        pattern.Split(':') is [_, var process, ..]
            ? target.FindDotnetProcesses(process).Select(p => Glob.IsPattern(process) ? p.Name : process).Distinct().SelectMany(p => DotnetEvents.List.Select(e => $"dotnet:{p}:{e.Name}")) : List(target);

    public override IEnumerable<string> Describe(ITarget target, string probe) =>
        DotnetEvents.Find(probe.Split(':')[^1])?.Places().Select(f => $"{f.Type.Name} {f.Name}") ?? [];

    internal override IEnumerable<ResolvedProbe> Resolve(ProbeSyntax probe, ITarget target, DiagnosticBag diagnostics)
    {
        if (probe.Parts.Length != 3)
        {
            diagnostics.ReportBadProbe(probe.Span, probe.Text, Signature, "write dotnet:shop:GCStart, or dotnet:1234:GCStart");
            return [];
        }

        string process = probe.Parts[1].Text, name = probe.Parts[2].Text;
        var events = DotnetEvents.List.Where(e => Glob.Matches(name, e.Name)).ToList();
        if (events.Count == 0)
        {
            diagnostics.ReportNoDotnetEvent(probe.Parts[2].Span, name, [.. Spelling.Nearest(name, DotnetEvents.List.Select(e => e.Name))]);
            return [];
        }

        ImmutableArray<int> found = [.. target.FindDotnetProcesses(process).Select(p => p.Id).Where(p => target.ProcessId == 0 || p == target.ProcessId)];
        if (found.IsEmpty && !target.StartsCommand)
        {
            diagnostics.ReportNoDotnetProcess(probe.Parts[1].Span, process, [.. target.FindDotnetProcesses("*").Select(p => $"{p.Id} ({p.Name})")]);
            return [];
        }

        return events.Select(e => new ResolvedProbe(this, $"dotnet:{process}:{e.Name}", new DotnetPlan(process, found, e)) { Record = new EventRecord([.. e.Places()], Builtins) });
    }
}
