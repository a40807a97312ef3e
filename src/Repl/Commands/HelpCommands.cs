using Ctrace.Compiler.Catalog;
using Ctrace.Compiler.Catalog.Probes;
using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Targets;
using Ctrace.Repl.Prompting;

namespace Ctrace.Repl.Commands;

/// <summary>Commands that explain.</summary>
internal static class HelpCommands
{
    private const int MostProbes = 1000;

    internal static IReadOnlyList<Command> All { get; } =
    [
        new("help", "[NAME]", "explain the prompt, or a command, probe kind, builtin, function or aggregation", ArgumentKind.Topic, Help),
        new("probes", "GLOB", "list the machine's probes that match", ArgumentKind.Probe, Probes),
        new("describe", "PROBE|TYPE", "show a probe's fields, or a kernel type's members", ArgumentKind.Probe, Describe),
        new("info", "", "show what this machine can do", ArgumentKind.Text, (context, _) => context.Print(string.Join('\n', MachineInfo.Lines(context.Workspace)))),
    ];

    /// <summary>What <c>:help</c> can explain: a name, how it is written, what it does, an example.</summary>
    internal static IEnumerable<(string Name, string Signature, string Summary, string? Example)> Topics =>
        CommandTable.All.Select(c => (":" + c.Name, c.Signature, c.Summary, (string?)null))
            .Concat(CatalogIndex.Probes.Select(p => (p.Names[0], p.Signature, p.Summary, (string?)p.Example)))
            .Concat(CatalogIndex.Builtins.Select(b => (b.Name, b.Name, b.Summary, (string?)b.Example)))
            .Concat(CatalogIndex.Aggregations.Select(a => (a.Name, a.Signature, a.Summary, (string?)a.Example)))
            .Concat(CatalogIndex.Functions.Select(f => (f.Name, f.Signature, f.Summary, (string?)f.Example)));

    private static void Help(CommandContext context, string name)
    {
        if (name.Length == 0)
        {
            context.Print("Type a clause and Enter: it runs in the background. Tab completes, Ctrl-R searches the history,\n"
                + "Ctrl-C stops what runs, Ctrl-D leaves. = EXPRESSION evaluates C# over the maps. :help NAME explains one thing.\n\n"
                + "  tracepoint:syscalls:sys_enter_openat < count() by comm top 10 >\n");
            int width = CommandTable.All.Max(c => c.Signature.Length);
            foreach (var command in CommandTable.All)
                context.Print($"  {command.Signature.PadRight(width)}  {command.Summary}");
            return;
        }

        var found = Topics.Where(t => t.Name == name || t.Name == ":" + name).ToList();
        if (found.Count == 0 && CatalogIndex.FindProbe(name) is { } probe)
            found.Add((probe.Names[0], probe.Signature, probe.Summary, probe.Example));
        if (found.Count == 0)
            throw new UsageException($"nothing is called '{name}'" + (Spelling.Nearest(name, Topics.Select(t => t.Name)) is [var near, ..] ? $"; did you mean {near}?" : ""));
        foreach (var (_, signature, summary, example) in found.DistinctBy(t => (t.Signature, t.Summary)))
        {
            context.Print(Palette.Style("1", signature, context.Screen.HasColour));
            context.Print("  " + summary);
            if (example is not null)
                context.Print("  " + Palette.Highlight(example, context.Screen.HasColour));
        }
    }

    private static void Probes(CommandContext context, string pattern)
    {
        List<string> probes;
        lock (context.Workspace.Target)
            probes = [.. ProbeListing.List(context.Workspace.Target, pattern).Take(MostProbes + 1)];
        if (probes.Count == 0)
            throw new UsageException($"no probe matches {pattern}");
        context.Print(string.Join('\n', probes.Take(MostProbes)));
        if (probes.Count > MostProbes)
            context.Print($"… and more; only the first {MostProbes} are shown");
    }

    private static void Describe(CommandContext context, string name)
    {
        var target = context.Workspace.Target;
        lock (target)
        {
            if (name.Contains(':') && CatalogIndex.FindProbe(name.Split(':')[0]) is not null)
                DescribeProbe(context, target, name);
            else
                DescribeType(context, target, name);
        }
    }

    private static void DescribeProbe(CommandContext context, ITarget target, string name)
    {
        var probes = ProbeListing.List(target, name).Take(Glob.IsPattern(name) ? 20 : 1).ToList();
        if (probes.Count == 0)
            throw new UsageException($"no probe matches {name}");
        foreach (string probe in probes)
        {
            context.Print(Palette.Style("36", probe, context.Screen.HasColour));
            var fields = ProbeListing.Describe(target, probe).ToList();
            context.Print(fields.Count == 0 ? "    no fields are known" : string.Join('\n', fields.Select(f => "    " + f.TrimStart())));
        }
    }

    private static void DescribeType(CommandContext context, ITarget target, string name)
    {
        var type = new[] { name, "struct " + name, "union " + name, "enum " + name }.Select(target.FindType).FirstOrDefault(t => t is not null)
            ?? throw new UsageException(target.HasTypes ? $"the kernel has no type '{name}', and no probe is called so" : "this kernel has no type information (BTF)");
        context.Print(Palette.Style("36", type.Name, context.Screen.HasColour) + $"  {type.Size} bytes");
        foreach (string line in TypeListing.Members(type))
            context.Print("    " + line);
    }
}
