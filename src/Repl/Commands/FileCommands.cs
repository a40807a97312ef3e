using System.Text;
using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Syntax;
using Ctrace.Compiler.Text;
using Ctrace.Repl.Prompting;
using Ctrace.Repl.Rendering;
using Ctrace.Repl.Rendering.Profiles;
using Ctrace.Runtime;

namespace Ctrace.Repl.Commands;

/// <summary>Commands that read and write files.</summary>
internal static class FileCommands
{
    internal static IReadOnlyList<Command> All { get; } =
    [
        new("save", "FILE.ct", "write what was started to a script that runs", ArgumentKind.File, Save),
        new("load", "FILE", "run a script as if it were typed", ArgumentKind.File, Load),
        new("export", "FILE [@MAP]", "write the maps, or one, to a .csv, .json or .svg file; stacks as a flame graph (.svg) or .folded", ArgumentKind.File, Export),
    ];

    private static void Save(CommandContext context, string name)
    {
        if (context.Workspace.Started.Count == 0)
            throw new UsageException("nothing was started yet: there is nothing to save");
        var text = new StringBuilder("#!/usr/bin/env ctrace\n");
        foreach (var (number, source) in context.Workspace.Started.DistinctBy(s => s.Text))
            text.Append('\n').Append(WithMapNames(source, $"@{number}").Trim()).Append('\n');
        Write(name, Encoding.UTF8.GetBytes(text.ToString()));
        context.Print($"wrote {name}");
    }

    /// <summary>A query's map has a name at the prompt that it would not have in a script: the script says it.</summary>
    internal static string WithMapNames(string source, string map)
    {
        var program = Parser.Parse(new SourceText(source), new DiagnosticBag());
        var queries = (program?.Clauses ?? []).Select(c => c.Body).OfType<QuerySyntax>().Where(IsAggregation).ToList();
        foreach (var (query, index) in queries.Select((q, i) => (q, i)).Reverse())
            if (!query.Options.Any(o => o is IntoSyntax))
                source = source.Insert(query.Span.End - 1, $"into {(index == 0 ? map : $"{map}_{index + 1}")} ");
        return source;
    }

    private static bool IsAggregation(QuerySyntax query) =>
        query.Items.Any(i => i.Expression is CallSyntax call && Compiler.Catalog.CatalogIndex.FindAggregation(call.Name) is not null);

    private static void Load(CommandContext context, string name)
    {
        if (!File.Exists(name))
            throw new UsageException($"there is no file {name}");
        context.RunText(SourceReader.Read(new Request { File = name }).Text);
    }

    private static void Export(CommandContext context, string text)
    {
        int blank = text.LastIndexOf(" @", StringComparison.Ordinal);
        string file = blank < 0 ? text : text[..blank].Trim();
        var maps = (blank < 0 ? context.Workspace.Maps.Keys.Select(m => MapCommands.Find(context, m)) : [MapCommands.Find(context, text[(blank + 1)..])])
            .Where(m => m.Rows.Count > 0).ToList();
        if (maps.Count == 0)
            throw new UsageException("there is nothing to export: no map has an entry");
        if (Path.GetExtension(file) == ".folded" && maps.Exists(m => StackMaps.IsProfile(m.Spec)))
            maps.RemoveAll(m => !StackMaps.IsProfile(m.Spec));
        string content = Path.GetExtension(file) switch
        {
            // A picture of maps of several kinds has bars for all.
            ".svg" when maps.All(m => StackMaps.IsProfile(m.Spec)) => FlameGraph.Write(Profiles(maps)),
            ".folded" when Profiles(maps) is { Count: > 0 } profiles => Folded(profiles),
            ".folded" => throw new UsageException("there is nothing to export: no map with an entry has a stack in its key, and a value that adds up"),
            ".csv" => string.Join('\n', maps.Select(m => OutputFormats.Format(ResultFormat.Csv, m, 0, 0) + "\n")),
            ".json" => string.Concat(maps.Select(m => OutputFormats.Format(ResultFormat.Json, m, 0, 0) + "\n")),
            ".svg" => SvgWriter.Write(maps),
            var other => throw new UsageException($"the file's name must end in .csv, .json, .folded or .svg, not '{other}'"),
        };
        Write(file, Encoding.UTF8.GetBytes(content));
        context.Print($"wrote {file}: {string.Join(", ", maps.Select(m => m.Spec.Name))}");
    }

    /// <summary>Those of the maps that are profiles.</summary>
    private static IReadOnlyList<StackProfile> Profiles(List<MapSnapshot> maps)
    {
        var collector = new ProfileCollector();
        foreach (var map in maps.Where(m => StackMaps.IsProfile(m.Spec)))
            collector.Add(map);
        return collector.Profiles;
    }

    private static string Folded(IReadOnlyList<StackProfile> profiles)
    {
        var output = new ByteWriter();
        foreach (var profile in profiles)
            FoldedWriter.Write(output, profile, profiles.Count > 1);
        return Encoding.UTF8.GetString(output.Written);
    }

    private static void Write(string name, byte[] content)
    {
        try
        {
            File.WriteAllBytes(name, content);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new UsageException($"{name} can't be written: {e.Message}");
        }
    }
}
