using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Syntax;
using Ctrace.Compiler.Targets;

namespace Ctrace.Compiler.Catalog.Probes;

/// <summary>
/// Entry and return of a call in one clause. It resolves to the probes at the returns, each with the one at its entry
/// (<see cref="ResolvedProbe.Entry"/>), of the kinds that trace them.
/// </summary>
internal sealed class SpanKind : ProbeKind
{
    /// <summary>System calls that never return: a thread would be waited for that is gone.</summary>
    private static readonly string[] NeverReturning = ["exit", "exit_group", "rt_sigreturn"];

    /// <summary>Functions of the kernel and of the C library that end a thread or process.</summary>
    private static readonly string[] EndingFunctions = ["do_exit", "do_group_exit", "make_task_dead", "kthread_exit", "_exit", "_Exit", "quick_exit", "abort", "pthread_exit"];

    /// <summary>What can be spanned: the provider, the kinds at entry and return, and how their last part is written.</summary>
    private static readonly (string Provider, string Entry, string Exit, string Before, string EntryName, string ExitName)[] Providers =
    [
        ("syscall", "tracepoint", "tracepoint", "syscalls", "sys_enter_", "sys_exit_"),
        ("kernel", "kprobe", "kretprobe", "", "", ""),
        ("user", "uprobe", "uretprobe", "", "", ""),
    ];

    public override IReadOnlyList<string> Names => ["span"];
    public override string Signature => "span:syscall:NAME, span:kernel:FUNCTION or span:user:BINARY:FUNCTION";
    public override string Summary => "A call from its entry to its return: duration, retval, and the arguments it was called with.";
    public override string Example => "span:syscall:read < count(), avg(retval), p99(duration) by comm >";
    public override BpfProgramType ProgramType => BpfProgramType.Kprobe;

    public override IEnumerable<string> List(ITarget target) =>
        [.. target.Tracepoints.Where(t => t.Category == "syscalls" && t.Name.StartsWith("sys_enter_", StringComparison.Ordinal)).Select(t => t.Name["sys_enter_".Length..])
            .Where(n => !NeverReturning.Contains(n)).Select(n => "span:syscall:" + n), .. target.KernelFunctions.Select(f => "span:kernel:" + f.Name).Distinct()];

    public override IEnumerable<string> Describe(ITarget target, string probe)
    {
        string[] parts = probe.Split(':');
        IEnumerable<string> own = ["unsigned long duration", "long retval"];
        return parts is [_, "syscall", var name] && target.FindTracepoint("syscalls", "sys_enter_" + name) is { } format
            ? format.Fields.Select(f => $"{f.TypeName} {f.Name}").Concat(own)
            : parts is [_, "kernel", var function] && target.FindPrototype(function, null) is { } prototype ? prototype.Arguments.Select(a => $"{a.TypeName} {a.Name}").Append(own.First()).Append($"{prototype.Result.Name} retval") : own;
    }

    internal override IEnumerable<ResolvedProbe> Resolve(ProbeSyntax probe, ITarget target, DiagnosticBag diagnostics)
    {
        var provider = Providers.FirstOrDefault(p => probe.Parts.Length > 2 && p.Provider == probe.Parts[1].Text);
        if (provider.Provider is null)
        {
            string? near = probe.Parts.Length > 1 ? Spelling.Nearest(probe.Parts[1].Text, Providers.Select(p => p.Provider)) is [var name, ..] ? $"did you mean span:{name}?" : null : null;
            diagnostics.ReportBadProbe(probe.Span, probe.Text, Signature, near ?? "write span:syscall:read");
            return [];
        }

        string last = probe.Parts[^1].Text;
        if (NeverReturning.Contains(last) || provider.Provider != "syscall" && EndingFunctions.Contains(last))
        {
            string before = provider.Before.Length > 0 ? provider.Before + ":" : string.Concat(probe.Parts.Skip(2).SkipLast(1).Select(p => p.Text + ":"));
            diagnostics.ReportNeverReturns(probe.Parts[^1].Span, last, $"{provider.Entry}:{before}{provider.EntryName}{last}");
            return [];
        }

        if (provider.Provider == "kernel" && Typed(probe, target) is { } typed)
            return typed;
        var found = new DiagnosticBag();
        var entries = Half(probe, provider.Entry, provider.Before, provider.EntryName, target, found);
        var exits = Half(probe, provider.Exit, provider.Before, provider.ExitName, target, found);
        foreach (var diagnostic in found.Take(1))
            diagnostics.Add(diagnostic with { Message = Spanned(diagnostic.Message, provider), Hint = diagnostic.Hint is { } hint ? Spanned(hint, provider) : null });
        return Pairs(entries, exits, provider);
    }

    /// <summary>
    /// One function of the kernel whose types are known: by its trampoline where there is such, which costs least, and otherwise by kprobes, with
    /// its arguments' names all the same. Null where that does not serve: many functions are one link as kprobes, and many programs as trampolines.
    /// </summary>
    private static IEnumerable<ResolvedProbe>? Typed(ProbeSyntax probe, ITarget target)
    {
        if (probe.Parts.Skip(2).Any(p => Glob.IsPattern(p.Text)))
            return null;
        var provider = (Provider: "kernel", Entry: "fentry", Exit: "fexit", Before: "", EntryName: "", ExitName: "");
        var problems = new DiagnosticBag();
        var entries = Half(probe, provider.Entry, provider.Before, provider.EntryName, target, problems);
        var exits = Half(probe, provider.Exit, provider.Before, provider.ExitName, target, problems);
        return problems.HasErrors || entries is not [_] || exits is not [_] ? null : Pairs(entries, exits, provider);
    }

    /// <summary>What is written, as the kind of one end has it.</summary>
    private static List<ResolvedProbe> Half(ProbeSyntax probe, string kind, string before, string prefix, ITarget target, DiagnosticBag diagnostics)
    {
        var first = probe.Parts[0] with { Text = kind };
        ProbePartSyntax[] rest = [.. probe.Parts.Skip(2)];
        rest[^1] = rest[^1] with { Text = prefix + rest[^1].Text };
        var syntax = probe with { Parts = before.Length > 0 ? [first, probe.Parts[1] with { Text = before }, .. rest] : [first, .. rest] };
        return [.. CatalogIndex.FindProbe(kind)!.Resolve(syntax, target, diagnostics)];
    }

    private static IEnumerable<ResolvedProbe> Pairs(List<ResolvedProbe> entries, List<ResolvedProbe> exits,
        (string Provider, string Entry, string Exit, string Before, string EntryName, string ExitName) provider)
    {
        var byName = entries.ToDictionary(e => Spanned(e.Name, provider), StringComparer.Ordinal);
        foreach (var exit in exits)
        {
            string name = Spanned(exit.Name, provider);
            if (!byName.TryGetValue(name, out var entry) || NeverReturning.Contains(name.Split(':')[^1]))
                continue;
            yield return exit with
            {
                Name = name,
                Entry = entry with { Syscalls = Returning(entry.Syscalls, provider) },
                IsReturn = exit.IsReturn,
                AllNames = exit.AllNames?.Select(n => Spanned(n, provider)).ToList(),
                Syscalls = Returning(exit.Syscalls, provider),
            };
        }
    }

    private static List<(int Number, string Name)>? Returning(IReadOnlyList<(int Number, string Name)>? calls,
        (string Provider, string Entry, string Exit, string Before, string EntryName, string ExitName) provider) =>
        calls?.Select(s => (s.Number, Spanned(s.Name, provider))).Where(s => !NeverReturning.Contains(s.Item2.Split(':')[^1])).ToList();

    /// <summary>An end's name or message in terms of the span.</summary>
    private static string Spanned(string text, (string Provider, string Entry, string Exit, string Before, string EntryName, string ExitName) provider)
    {
        string own = $"span:{provider.Provider}:";
        foreach (string prefix in provider.Before.Length > 0
            ? new[] { $"{provider.Entry}:{provider.Before}:{provider.EntryName}", $"{provider.Exit}:{provider.Before}:{provider.ExitName}" } : [provider.Exit + ":", provider.Entry + ":"])
            text = text.Replace(prefix, own, StringComparison.Ordinal);
        return text;
    }
}
