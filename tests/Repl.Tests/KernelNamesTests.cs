using System.Text;
using Ctrace.Compiler.Layouts;
using Ctrace.Repl.Rendering;

namespace Ctrace.Repl.Tests;

public class KernelNamesTests
{
    [Theory]
    [InlineData(ColumnMeaning.SystemCallResult, -2, "-2 ENOENT")]
    [InlineData(ColumnMeaning.SystemCallResult, -11, "-11 EAGAIN")]
    [InlineData(ColumnMeaning.SystemCallResult, 3, null)]
    [InlineData(ColumnMeaning.SystemCallResult, 0, null)]
    [InlineData(ColumnMeaning.SystemCallResult, -5000, null)]
    [InlineData(ColumnMeaning.OpenFlags, 0, "RDONLY")]
    [InlineData(ColumnMeaning.OpenFlags, 0x80000, "RDONLY|CLOEXEC")]
    [InlineData(ColumnMeaning.OpenFlags, 0x241, "WRONLY|CREAT|TRUNC")]
    [InlineData(ColumnMeaning.OpenFlags, 0x101002, "RDWR|SYNC")]
    [InlineData(ColumnMeaning.OpenFlags, 0x10000000, "RDONLY|0x10000000")]
    public void Numbers_of_the_kernel_have_names(ColumnMeaning meaning, long value, string? text) =>
        Assert.Equal(text, KernelNames.Text(meaning, value) is { } bytes ? Encoding.ASCII.GetString(bytes) : null);
}
