using System.Collections.Immutable;

namespace Ctrace.Compiler.Syntax;

/// <summary>A named parameter that a program takes: <c>getopt("name", default, "description")</c>.</summary>
/// <param name="Name">Without the dashes.</param>
/// <param name="Default">As written; null where it is a flag that is off unless given.</param>
/// <param name="Description">Empty where there is none.</param>
public sealed record ProgramOption(string Name, string? Default, string Description)
{
    /// <summary>All that a program takes, by their names.</summary>
    public static ImmutableArray<ProgramOption> Of(ProgramSyntax program)
    {
        var found = new SortedDictionary<string, ProgramOption>(StringComparer.Ordinal);
        foreach (var node in program.Children.Concat(program.Macros).SelectMany(All))
        {
            if (node is not CallSyntax { Name: "getopt", Arguments: [StringSyntax name, ..] arguments })
                continue;
            string? standard = arguments.ElementAtOrDefault(1) switch
            {
                IntegerSyntax number => $"{number.Value}",
                StringSyntax text => $"\"{text.Value}\"",
                BoolSyntax { Value: true } => "true",
                _ => null,
            };
            string description = arguments.ElementAtOrDefault(2) is StringSyntax words ? words.Value : "";
            if (!found.TryGetValue(name.Value, out var known) || known.Description.Length == 0)
                found[name.Value] = new ProgramOption(name.Value, standard ?? known?.Default, description);
        }

        return [.. found.Values];
    }

    /// <summary>What <c>-- --help</c> prints, a line each.</summary>
    public static string Describe(ImmutableArray<ProgramOption> options)
    {
        string[] names = [.. options.Select(o => o.Default is null ? $"--{o.Name}" : $"--{o.Name}={o.Default}")];
        int width = names.Max(n => n.Length);
        return string.Concat(options.Zip(names, (option, name) => $"  {name.PadRight(width)}  {option.Description}".TrimEnd() + "\n"));
    }

    private static IEnumerable<SyntaxNode> All(SyntaxNode node) => node.Children.SelectMany(All).Prepend(node);
}
