using Ctrace.Compiler;
using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Formatting;
using Ctrace.Compiler.Text;
using Ctrace.Runtime.Kernel;
using Outer = Ctrace.Kernel.Tests.Tracer;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>Examples and bpftrace's tools mean after <c>--fmt</c> what they meant before: the same bytecode, and the same comments.</summary>
public class FormatTests
{
    public static TheoryData<string> Programs => [.. Directory.GetFiles(Path.Combine(Outer.Root, "examples"), "*.ct").Concat(Directory.Exists(ToolTests.Folder) ? Directory.GetFiles(ToolTests.Folder, "*.bt") : []).Order(StringComparer.Ordinal)];

    [KernelTheory]
    [MemberData(nameof(Programs))]
    public void Formatting_changes_no_meaning(string file)
    {
        string text = File.ReadAllText(file);
        var diagnostics = new DiagnosticBag();
        string formatted = Formatter.Format(new SourceText(text), diagnostics)!;
        Assert.False(diagnostics.HasErrors);
        Assert.Equal(formatted, Formatter.Format(new SourceText(formatted), diagnostics));
        Assert.Equal(Words(text), Words(formatted));
        Assert.Equal(Meaning(text), Meaning(formatted));
    }

    private static string Words(string text) => string.Concat(text.Where(c => !char.IsWhiteSpace(c) && c != ';'));

    /// <summary>The bytecode, or what keeps the program from having any here.</summary>
    private static string Meaning(string text)
    {
        var result = Compilation.Compile(new SourceText(text), new KernelTarget(), new CompilationOptions { Unsafe = true, Parameters = ["1"], Headers = new Repl.HeaderFinder(null, []) });
        return result.Program is { } program ? string.Join('\n', program.Programs.SelectMany(p => p.Code.Select(i => (i with { Span = default }).ToString())))
            : string.Join('\n', result.Diagnostics.Select(d => d.Message));
    }
}
