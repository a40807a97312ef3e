using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Syntax;
using Ctrace.Compiler.Text;
using Xunit;

namespace Ctrace.Compiler.Tests;

/// <summary>Where C# in a program ends.</summary>
public class CSharpScannerTests
{
    [Theory]
    [InlineData("{}")]
    [InlineData("{ if (a) { b(); } }")]
    [InlineData("{ Print(\"}\"); }")]
    [InlineData("{ Print(\"\\\"}\\\\\"); }")]
    [InlineData("{ char c = '}', d = '\\'', e = '\"'; }")]
    [InlineData("{ // }\n }")]
    [InlineData("{ /* } */ }")]
    [InlineData("{ Print(@\"a\\\"); Print(@\"\"\"}\"); }")]
    [InlineData("{ Print($\"{{ {x} }}\"); }")]
    [InlineData("{ Print($\"{(x ? \"}\" : \"{\")}\"); }")]
    [InlineData("{ Print($@\"{x}\\\"); }")]
    [InlineData("{ Print(\"\"\"a \"} b\"\"\"); }")]
    [InlineData("{ Print($$\"\"\"{ } {{x}} \"\"\"); }")]
    [InlineData("{ Print($\"{x:N0}{y,8}\"); }")]
    public void The_brace_that_closes_is_found(string block) => Assert.Equal(block.Length - 1, CSharpScanner.FindClose(block + " } \" '", 0));

    [Theory]
    [InlineData("{ Print(\"a\"); ")]
    [InlineData("{ /* }")]
    [InlineData("{ Print(@\"}")]
    public void A_block_without_an_end_has_none(string block) => Assert.Equal(-1, CSharpScanner.FindClose(block, 0));

    [Fact]
    public void Holes_of_a_string_are_code()
    {
        const string code = "$\"a {@b.Count} {{no}} {$\"{c}\"}\" + d";
        var holes = new List<(int Start, int End)>();
        Assert.Equal(code.IndexOf(" + d", StringComparison.Ordinal), CSharpScanner.Skip(code, 0, holes));
        Assert.Equal(["@b.Count", "$\"{c}\""], holes.Select(h => code[h.Start..h.End]));
    }

    [Theory]
    [InlineData("begin => { Print(1); }")]
    [InlineData("interval:s:1 /@x > 1/ => { Print(\"{\"); } end { @x = 1; }")]
    [InlineData("tracepoint:syscalls:sys_enter_read < pid > => { Print(row); }")]
    public void A_program_with_handlers_parses(string program)
    {
        var diagnostics = new DiagnosticBag();
        Assert.NotNull(Parser.Parse(new SourceText(program), diagnostics));
        Assert.False(diagnostics.HasErrors);
    }

    [Theory]
    [InlineData("begin => { Print(1); ")]
    [InlineData("begin => Print(1);")]
    [InlineData("begin => { Print(1); } }")]
    public void A_handler_that_is_not_whole_is_a_mistake(string program)
    {
        var diagnostics = new DiagnosticBag();
        Parser.Parse(new SourceText(program), diagnostics);
        Assert.True(diagnostics.HasErrors);
    }
}
