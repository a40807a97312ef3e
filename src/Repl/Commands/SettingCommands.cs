using Ctrace.Repl.Prompting;
using Ctrace.Repl.Rendering.Profiles;

namespace Ctrace.Repl.Commands;

/// <summary>Commands that change how ctrace behaves.</summary>
internal static class SettingCommands
{
    internal static IReadOnlyList<Command> All { get; } =
    [
        new("set", "[NAME VALUE]", "change a setting; without arguments, show them", ArgumentKind.Setting, Set),
        new("format", "table|json|csv", "how results are printed from now on", ArgumentKind.Format, Format),
    ];

    private static void Set(CommandContext context, string text)
    {
        var settings = context.Workspace.Settings;
        string[] words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        switch (words.Length)
        {
            case 0:
                foreach (var setting in Settings.All)
                    context.Print($"  {setting.Name,-8} {setting.Read(settings),-8} {setting.Summary}");
                break;
            case 1:
                context.Print($"  {words[0]} {Settings.Find(words[0]).Read(settings)}");
                break;
            case 2:
                settings.Set(words[0], words[1]);
                context.Panel?.Invalidate();
                break;
            default:
                throw new UsageException(":set takes a name and a value");
        }
    }

    private static void Format(CommandContext context, string text)
    {
        if (!Enum.TryParse<ResultFormat>(text, true, out var format) || !Enum.IsDefined(format) || char.IsAsciiDigit(text[0]) || ProfileSink.Has(format))
            throw new UsageException($":format {text}: expected table, json or csv");
        context.Workspace.Settings.Format = format;
    }
}
