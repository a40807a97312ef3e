using Ctrace.Compiler.Syntax;

namespace Ctrace.Repl.Prompting;

/// <summary>A text as the prompt takes it: programs, and lines that begin with a colon or an equals sign.</summary>
internal static class Entries
{
    /// <summary>Whether a text is a command or C#: those are one line each.</summary>
    internal static bool IsLine(string text) => text.TrimStart() is [':' or '=', ..];

    /// <summary>The entries of a whole text: what stands between commands is one program.</summary>
    internal static IEnumerable<string> Of(string text)
    {
        var program = new List<string>();
        foreach (string line in text.Split('\n'))
        {
            if (!IsLine(line) || Classifier.Classify(string.Join('\n', program)).IsOpen)
            {
                program.Add(line);
                continue;
            }

            if (Take(program) is { } before)
                yield return before;
            yield return line;
        }

        if (Take(program) is { } rest)
            yield return rest;
    }

    private static string? Take(List<string> lines)
    {
        string text = string.Join('\n', lines);
        lines.Clear();
        return IsNothing(text) ? null : text;
    }

    /// <summary>Whether there is nothing but white space and comments.</summary>
    internal static bool IsNothing(string text) =>
        Classifier.Classify(text.StartsWith("#!", StringComparison.Ordinal) ? "//" + text : text).Tokens.All(t => t.Class == TokenClass.Comment);
}
