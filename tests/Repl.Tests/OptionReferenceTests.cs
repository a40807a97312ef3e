using System.Runtime.CompilerServices;
using System.Text;

namespace Ctrace.Repl.Tests;

/// <summary>The table of options in docs/language.md is that of the program. <c>UPDATE_GOLDEN=1</c> writes it anew.</summary>
public class OptionReferenceTests
{
    private const string Begin = "<!-- options -->", End = "<!-- end of options -->";

    [Fact]
    public void The_table_is_the_programs()
    {
        string path = Path.Combine(Root(), "docs", "language.md"), text = File.ReadAllText(path);
        int begin = text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, end = text.IndexOf(End, StringComparison.Ordinal);
        string expected = text[..begin] + "\n\n" + Table() + "\n" + text[end..];
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
            File.WriteAllText(path, expected);
        else
            Assert.Equal(expected, text);
    }

    [Fact]
    public void Every_option_is_listed() =>
        Assert.Empty(new Options().Root.Options.Select(o => o.Name).Except(OptionReference.All.Select(o => o.Written.Split(' ')[0])));

    [Fact]
    public void Every_example_is_understood() => Assert.All(OptionReference.All, o => Assert.NotNull(CommandLineParser.Parse(o.Example)));

    private static string Table()
    {
        var text = new StringBuilder("| written | meaning | example |\n| --- | --- | --- |\n");
        foreach (var option in OptionReference.All)
        {
            string example = string.Join(' ', option.Example.Select(w => w.AsSpan().ContainsAny(" *<>|$\"") ? $"'{w}'" : w)).Replace("|", "\\|");
            text.Append($"| `{option.Written}` | {option.Summary} | `ctrace {example}` |\n");
        }

        return text.ToString();
    }

    private static string Root([CallerFilePath] string path = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "..", ".."));
}
