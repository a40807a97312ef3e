using Ctrace.Compiler.Diagnostics;
using Ctrace.Repl.Prompting;
using Ctrace.Runtime;

namespace Ctrace.Repl.Commands;

/// <summary>Commands about maps.</summary>
internal static class MapCommands
{
    internal static IReadOnlyList<Command> All { get; } =
    [
        new("maps", "", "list the maps, with their entries", ArgumentKind.Text, (context, _) => List(context)),
        new("print", "@MAP [TOP]", "print a map, only the TOP largest entries if so told", ArgumentKind.Map, Print),
        new("clear", "[@MAP|N]", "empty a map, or trace N's maps, or all maps", ArgumentKind.Map, Clear),
    ];

    /// <summary>A map by name.</summary>
    /// <exception cref="UsageException">There is none.</exception>
    internal static MapSnapshot Find(CommandContext context, string name)
    {
        string map = name.StartsWith('@') ? name : "@" + name;
        return context.Workspace.Snapshot(map) ?? throw new UsageException($"there is no map {map}" + Nearest(context, map));
    }

    private static string Nearest(CommandContext context, string map)
    {
        var names = context.Workspace.Maps.Keys.ToList();
        return Spelling.Nearest(map, names) is [var near, ..] ? $"; did you mean {near}?"
            : names.Count > 0 ? $"; there are {string.Join(", ", names)}" : "; no trace has one yet";
    }

    private static void List(CommandContext context)
    {
        var maps = context.Workspace.Maps;
        if (maps.Count == 0)
            context.Print("there are no maps yet");
        foreach (var (name, trace) in maps)
        {
            var snapshot = trace.Snapshot(name);
            var shape = snapshot?.Spec.Shape;
            int entries = snapshot?.Rows.Count ?? 0;
            string keys = shape is { Keys.Length: > 0 } ? $"[{string.Join(", ", snapshot!.Spec.IsQuery ? shape.KeyNames : shape.Keys.Select(k => k.Type.Name))}]" : "";
            string values = shape is null ? "" : string.Join(", ", shape.Columns.Select(Content));
            string count = shape is { Keys.Length: > 0 } ? $"{entries} of {snapshot!.Spec.MaxEntries} entries" : entries > 0 ? "set" : "not set";
            context.Print($"{name}{keys} = {values}".PadRight(48) + $"  {count}, trace {trace.Number}{(trace.IsAlive ? "" : ", ended")}");
        }
    }

    private static string Content(Compiler.Layouts.MapColumn column) => column.Content switch
    {
        Compiler.Layouts.AggregateContent aggregate => column.Name.Contains('(') ? column.Name : aggregate.Definition.Name == column.Name ? column.Name + "()" : column.Name,
        Compiler.Layouts.PlainContent plain => plain.Type.Name,
        _ => column.Name,
    };

    private static void Print(CommandContext context, string text)
    {
        string[] words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (words.Length > 2)
            throw new UsageException(":print takes a map, and a number of entries");
        var snapshot = Find(context, words[0]);
        int top = words.Length > 1 ? CommandTable.Number(words[1], "a number of entries") : 0;
        if (snapshot.Rows.Count == 0)
            context.Print($"{snapshot.Spec.Name} is empty");
        else
            context.Print(OutputFormats.Format(context.Workspace.Settings.Format, snapshot, top, context.Screen.Width));
    }

    private static void Clear(CommandContext context, string text)
    {
        var maps = context.Workspace.Maps;
        IEnumerable<string> names = maps.Keys;
        if (text.Length > 0 && char.IsAsciiDigit(text[0]))
            names = context.Workspace.Find(CommandTable.Number(text, "the number of a trace")).MapNames;
        else if (text.Length > 0)
            names = [Find(context, text).Spec.Name];
        foreach (string name in names)
            foreach (var trace in context.Workspace.Traces.Where(t => t.MapNames.Contains(name)))
                trace.Clear(name);
        context.Panel?.Invalidate();
        context.Screen.Changed();
    }
}
