using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Syntax;
using Ctrace.Compiler.Targets;

namespace Ctrace.Compiler.Catalog.Probes;

/// <summary>Static tracepoints of the kernel, by way of perf.</summary>
internal sealed class TracepointKind : ProbeKind
{
    /// <summary>
    /// From so many system call tracepoints on, one program on the raw tracepoint serves them all: opening and closing a
    /// perf tracepoint waits for the kernel each time, some 70 ms.
    /// </summary>
    private const int ManySyscalls = 8;

    /// <summary>Groups of events that are no tracepoints of the kernel's source: made for system calls, or by somebody while it runs.</summary>
    private static readonly string[] WithoutTracepoint = ["syscalls", "ftrace", "synthetic", "kprobes", "uprobes", "eprobes", "fprobes", "tracepoints", "user_events"];

    private const string Enter = "sys_enter_", Exit = "sys_exit_";

    public override IReadOnlyList<string> Names => ["tracepoint", "t"];
    public override string Signature => "tracepoint:CATEGORY:NAME";
    public override string Summary => "A static tracepoint of the kernel; its fields are args.NAME.";
    public override string Example => "tracepoint:sched:sched_process_exec { @[comm] = count(); }";
    public override BpfProgramType ProgramType => BpfProgramType.Tracepoint;
    public override string Domain => "perf";

    public override IEnumerable<string> List(ITarget target) => target.Tracepoints.Select(t => $"tracepoint:{t.Category}:{t.Name}");

    /// <summary>A pattern without a category is for all of them.</summary>
    public override bool IsListed(string pattern, string probe) =>
        base.IsListed(pattern, probe) || IsInAnyGroup(pattern, probe);

    public override IEnumerable<string> Describe(ITarget target, string probe)
    {
        string[] parts = probe.Split(':');
        return target.FindTracepoint(parts[1], parts[2])?.Fields.Select(f => $"{f.TypeName} {f.Name}{(f.ElementCount > 0 ? $"[{f.ElementCount}]" : "")}") ?? [];
    }

    internal override IEnumerable<ResolvedProbe> Resolve(ProbeSyntax probe, ITarget target, DiagnosticBag diagnostics)
    {
        // A pattern alone is for the events of all categories.
        bool isWhole = probe.Parts.Length == 2 && Glob.IsPattern(probe.Parts[1].Text);
        if (probe.Parts.Length != 3 && !isWhole)
        {
            string? near = probe.Parts.Length == 2 ? $"write {Signature}" + Completed(probe.Parts[1].Text, target) : $"write {Signature}";
            diagnostics.ReportBadProbe(probe.Span, probe.Text, Signature, near);
            return [];
        }

        string category = isWhole ? "*" : probe.Parts[1].Text, name = probe.Parts[^1].Text;
        if (!Glob.IsPattern(category) && !Glob.IsPattern(name))
            return ResolveOne(probe, category, name, target, diagnostics);
        var matches = target.Tracepoints.Where(t => Glob.Matches(category, t.Category) && Glob.Matches(name, t.Name)).ToList();
        if (matches.Count == 0)
            diagnostics.ReportNoProbe(probe.Span, probe.Text, Nearest(category, name, target));
        return [.. Gather(matches, Enter, "sys_enter", target), .. Gather(matches, Exit, "sys_exit", target), .. Singles(matches, target)];
    }

    /// <summary>
    /// The same event by its raw tracepoint, for programs that need nothing of its record: it costs less each time, and is attached and
    /// detached in a fraction of a millisecond instead of 70. The probe itself where there is none.
    /// </summary>
    public static ResolvedProbe WithoutRecord(ResolvedProbe probe, ITarget target) =>
        probe is { Kind: TracepointKind, Plan: TracepointPlan plan } && !WithoutTracepoint.Contains(plan.Category) && target.HasRawTracepoint(plan.Name)
            ? probe with { Kind = CatalogIndex.RecordlessTracepoint, Plan = new RawTracepointPlan(plan.Name) } : probe;

    private ResolvedProbe[] ResolveOne(ProbeSyntax probe, string category, string name, ITarget target, DiagnosticBag diagnostics)
    {
        if (target.FindTracepoint(category, name) is { } format)
            return [Perf(format)];
        diagnostics.ReportNoProbe(probe.Span, probe.Text, Nearest(category, name, target));
        return [];
    }

    private ResolvedProbe Perf(TracepointFormat format) =>
        new(this, $"tracepoint:{format.Category}:{format.Name}", new TracepointPlan(format.Category, format.Name, format.Id))
        {
            Format = format,
            HasUserPointers = format.Category is "syscalls",
        };

    /// <summary>Takes the system calls out of the matches when they are many, and gives one probe for them.</summary>
    private IEnumerable<ResolvedProbe> Gather(List<(string Category, string Name)> matches, string prefix, string raw, ITarget target)
    {
        var numbered = matches.Where(m => m.Category == "syscalls" && m.Name.StartsWith(prefix, StringComparison.Ordinal))
            .Select(m => (Match: m, Number: target.FindSyscallNumber(m.Name[prefix.Length..])))
            .Where(m => m.Number is not null).ToList();
        if (numbered.Count < ManySyscalls || target.FindTracepoint("raw_syscalls", raw) is null)
            yield break;
        matches.RemoveAll(m => numbered.Exists(n => n.Match == m));
        var first = numbered[0].Match;
        yield return new ResolvedProbe(CatalogIndex.SyscallDispatch, $"tracepoint:syscalls:{prefix}*", new RawTracepointPlan(raw))
        {
            Format = target.FindTracepoint(first.Category, first.Name),
            HasUserPointers = true,
            Syscalls = [.. numbered.Select(n => (n.Number!.Value, $"tracepoint:syscalls:{n.Match.Name}"))],
        };
    }

    private IEnumerable<ResolvedProbe> Singles(List<(string Category, string Name)> matches, ITarget target)
    {
        foreach (var (category, name) in matches)
            if (target.FindTracepoint(category, name) is { } format)
                yield return Perf(format);
    }

    private static string[] Nearest(string category, string name, ITarget target)
    {
        var all = target.Tracepoints;
        string[] same = Spelling.Nearest(name, all.Where(t => t.Category == category).Select(t => t.Name));
        if (same.Length > 0)
            return [.. same.Select(n => $"tracepoint:{category}:{n}")];
        var elsewhere = all.Where(t => t.Name == name).Select(t => $"tracepoint:{t.Category}:{t.Name}").ToArray();
        return elsewhere.Length > 0 ? elsewhere
            : Spelling.Nearest($"tracepoint:{category}:{name}", all.Select(t => $"tracepoint:{t.Category}:{t.Name}"));
    }

    private static string Completed(string name, ITarget target)
    {
        string? category = target.Tracepoints.FirstOrDefault(t => t.Name == name).Category;
        return category is null ? "" : $", here tracepoint:{category}:{name}";
    }
}

/// <summary>Tracepoints of which nothing but that they fire is asked. Nobody writes it.</summary>
internal sealed class RecordlessTracepointKind : ProbeKind
{
    public override IReadOnlyList<string> Names => [];
    public override string Signature => "tracepoint:CATEGORY:NAME";
    public override string Summary => "A tracepoint whose fields are not read.";
    public override string Example => "tracepoint:sched:sched_switch { @[comm] = count(); }";
    public override BpfProgramType ProgramType => BpfProgramType.RawTracepoint;

    internal override IEnumerable<ResolvedProbe> Resolve(ProbeSyntax probe, ITarget target, DiagnosticBag diagnostics) => [];
}

/// <summary>
/// Many system call tracepoints served by one program on the raw tracepoint <c>sys_enter</c> or <c>sys_exit</c>. Nobody
/// writes it: <see cref="TracepointKind"/> resolves to it.
/// </summary>
internal sealed class SyscallDispatchKind : ProbeKind
{
    public override IReadOnlyList<string> Names => [];
    public override string Signature => "tracepoint:syscalls:PATTERN";
    public override string Summary => "Many system call tracepoints at once.";
    public override string Example => "tracepoint:syscalls:sys_enter_* { @[probe] = count(); }";
    public override BpfProgramType ProgramType => BpfProgramType.RawTracepoint;

    internal override IEnumerable<ResolvedProbe> Resolve(ProbeSyntax probe, ITarget target, DiagnosticBag diagnostics) => [];
}
