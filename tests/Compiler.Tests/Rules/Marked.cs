using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Text;

namespace Ctrace.Compiler.Tests.Rules;

/// <summary>A program with the place of its one mistake between ⟦ and ⟧.</summary>
internal static class Marked
{
    /// <summary>The mistake is the only error, at the place, with the message; and the hint where one is given.</summary>
    public static void Check(string marked, string message, string? hint)
    {
        int start = marked.IndexOf('⟦'), end = marked.IndexOf('⟧') - 1;
        string program = marked.Replace("⟦", "").Replace("⟧", "");
        var result = Compile.Text(program);
        Assert.Null(result.Program);
        var error = Assert.Single(result.Diagnostics, d => d.Severity == Severity.Error);
        Assert.Equal(message, error.Message);
        Assert.Equal(program[start..end], new SourceText(program).Slice(error.Span));
        Assert.Equal(TextSpan.FromBounds(start, end), error.Span);
        if (hint is not null)
            Assert.Equal(hint, error.Hint);
    }
}
