using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Text;

namespace Ctrace.Compiler.Tests;

/// <summary>Compiles for the fake machine.</summary>
internal static class Compile
{
    public static CompilationResult Text(string program, CompilationOptions? options = null, FakeTarget? target = null) =>
        Compilation.Compile(new SourceText(program), target ?? new FakeTarget(), options ?? new CompilationOptions());

    /// <summary>The program; an error fails the test with its message.</summary>
    public static TraceProgram Good(string program, CompilationOptions? options = null, FakeTarget? target = null)
    {
        var result = Text(program, options, target);
        Assert.True(result.Program is not null, Messages(program, result));
        return result.Program;
    }

    public static string Messages(string program, CompilationResult result) =>
        string.Concat(result.Diagnostics.Select(d => DiagnosticPrinter.Format(new SourceText(program), d)));
}
