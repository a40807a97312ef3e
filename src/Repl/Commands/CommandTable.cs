using Ctrace.Compiler.Diagnostics;

namespace Ctrace.Repl.Commands;

/// <summary>The commands, one definition each. Help, completion, documentation and tests read them here.</summary>
internal static class CommandTable
{
    /// <summary>All of them, in the order in which help shows them.</summary>
    internal static IReadOnlyList<Command> All { get; } =
    [
        .. HelpCommands.All, .. TraceCommands.All, .. MapCommands.All, .. FileCommands.All, .. SettingCommands.All,
    ];

    /// <summary>A command by name or by the beginning of one that is no other's, or null.</summary>
    internal static Command? Find(string name)
    {
        if (All.FirstOrDefault(c => c.Name == name) is { } exact)
            return exact;
        var beginning = All.Where(c => name.Length > 0 && c.Name.StartsWith(name, StringComparison.Ordinal)).ToList();
        return beginning.Count == 1 ? beginning[0] : null;
    }

    /// <summary>Runs a line that begins with a colon.</summary>
    /// <exception cref="UsageException">It makes no sense.</exception>
    internal static void Run(string line, CommandContext context)
    {
        string text = line.Trim().TrimStart(':');
        int blank = text.IndexOfAny([' ', '\t', '\n']);
        string name = blank < 0 ? text : text[..blank], rest = blank < 0 ? "" : text[blank..].Trim();
        if (Find(name) is not { } command)
            throw new UsageException($"there is no command :{name}" + Nearest(name));
        if (rest.Length == 0 && command.NeedsArgument)
            throw new UsageException($":{command.Name} needs an argument: {command.Signature}");
        if (rest.Length > 0 && command.Arguments.Length == 0)
            throw new UsageException($":{command.Name} takes no argument");
        command.Run(context, rest);
    }

    /// <summary>Reads a number that an argument has to be.</summary>
    /// <exception cref="UsageException">It is none.</exception>
    internal static int Number(string text, string what) =>
        int.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out int number)
            ? number : throw new UsageException($"'{text}': expected {what}");

    private static string Nearest(string name)
    {
        var beginning = All.Where(c => name.Length > 0 && c.Name.StartsWith(name, StringComparison.Ordinal)).Select(c => ":" + c.Name).ToList();
        if (beginning.Count > 1)
            return $"; it could be {string.Join(" or ", beginning)}";
        return Spelling.Nearest(name, All.Select(c => c.Name)) is [var near, ..] ? $"; did you mean :{near}?" : " (see :help)";
    }
}
