using System.Runtime.CompilerServices;
using System.Text;
using Ctrace.Compiler.Binding;
using Ctrace.Compiler.Catalog;

namespace Ctrace.Compiler.Tests;

/// <summary>
/// The tables in docs/language.md are the catalogue's: a new entry that is not in them fails here.
/// <c>UPDATE_GOLDEN=1</c> writes them anew.
/// </summary>
public class ReferenceTests
{
    private const string Begin = "<!-- from the catalogue -->", End = "<!-- end -->";

    [Fact]
    public void TheReferenceIsTheCatalogues()
    {
        string path = Path.Combine(Root(), "docs", "language.md"), text = File.ReadAllText(path);
        int begin = text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, end = text.IndexOf(End, StringComparison.Ordinal);
        string expected = text[..begin] + "\n\n" + Tables() + text[end..];
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
            File.WriteAllText(path, expected);
        else
            Assert.Equal(expected, text);
    }

    public static TheoryData<string> Examples => [.. LanguageReference.Types.Concat(LanguageReference.Statements).Concat(LanguageReference.Settings).Select(e => e.Example)];

    [Theory]
    [MemberData(nameof(Examples))]
    public void AnExampleCompiles(string program) => Assert.Empty(Compile.Text(program, new CompilationOptions { Parameters = ["7"] }).Diagnostics.Where(d => d.Code != Deprecated));

    /// <summary>What is deprecated is described all the same.</summary>
    private const string Deprecated = "CT2019";

    [Fact]
    public void EverySettingIsDescribed() => Assert.Equal(Settings.Names.Order(), LanguageReference.Settings.Select(s => s.Written).Order());

    private static string Tables()
    {
        var text = new StringBuilder();
        Table("Probes", CatalogIndex.Probes.Select(p => (p.Signature, p.Summary + (p.Names.Count > 1 ? $" Also: {string.Join(", ", p.Names.Skip(1).Select(n => $"`{n}`"))}." : ""), p.Example)));
        Table("Aggregations", CatalogIndex.Aggregations.Select(a => (a.Signature, a.Summary, a.Example)));
        Table("Builtin values", CatalogIndex.Builtins.Select(b => (b.Name, b.Summary, b.Example)));
        Table("Functions", CatalogIndex.Functions.Concat(CatalogIndex.BuiltinCalls).Concat(CatalogIndex.Elsewhere).Select(f => (f.Signature, f.Summary, f.Example)));
        Table("Types", LanguageReference.Types.Select(e => (e.Written, e.Summary, e.Example)));
        Table("Statements and expressions", LanguageReference.Statements.Select(e => (e.Written.Replace("|", "\\|"), e.Summary, e.Example)));
        Table("Settings", LanguageReference.Settings.Select(e => (e.Written, e.Summary, e.Example)));
        return text.ToString();

        void Table(string title, IEnumerable<(string Name, string Summary, string Example)> rows)
        {
            text.Append($"### {title}\n\n| written | meaning | example |\n| --- | --- | --- |\n");
            foreach (var (name, summary, example) in rows)
                text.Append($"| `{name}` | {summary} | `{example.Replace("|", "\\|")}` |\n");
            text.Append('\n');
        }
    }

    private static string Root([CallerFilePath] string path = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "..", ".."));
}
