using System.Runtime.CompilerServices;
using Ctrace.Repl.Commands;
using Ctrace.Repl.Prompting;

namespace Ctrace.Repl.Tests.Prompting;

/// <summary>The tables in docs/prompt.md are the commands' and settings' own. <c>UPDATE_GOLDEN=1</c> writes them anew.</summary>
public class PromptPageTests
{
    [Fact]
    public void ThePageListsAllCommandsAndSettings()
    {
        string path = Path.Combine(Folder(), "..", "..", "..", "docs", "prompt.md"), text = File.ReadAllText(path);
        string expected = Replace(text, "commands", "| command | does |", CommandTable.All.Select(c => $"| `{c.Signature.Replace("|", "\\|")}` | {c.Summary} |"));
        expected = Replace(expected, "settings", "| `:set` | is |", Settings.All.Select(s => $"| `{s.Name}` | {s.Summary} |"));
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
            File.WriteAllText(path, expected);
        else
            Assert.Equal(expected, text);
    }

    private static string Replace(string text, string what, string heading, IEnumerable<string> rows)
    {
        string begin = $"<!-- from the {what} -->";
        int start = text.IndexOf(begin, StringComparison.Ordinal) + begin.Length, end = text.IndexOf("<!-- end -->", start, StringComparison.Ordinal);
        return text[..start] + $"\n{heading}\n| --- | --- |\n{string.Join('\n', rows)}\n" + text[end..];
    }

    private static string Folder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
