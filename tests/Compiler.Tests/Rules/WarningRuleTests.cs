using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Text;

namespace Ctrace.Compiler.Tests.Rules;

/// <summary>What is allowed, and is rarely meant: one warning, at its place, and the program runs.</summary>
public class WarningRuleTests
{
    [Theory]
    [InlineData("begin { @x = ⟦@y⟧; }", "nothing is ever stored in @y: it reads as 0")]
    [InlineData("begin { @count = 1; @x = ⟦@cuont⟧[1]; }", "nothing is ever stored in @cuont: it reads as 0")]
    [InlineData("begin /⟦@start⟧[tid]/ { print(1); }", "nothing is ever stored in @start: it reads as 0")]
    [InlineData("begin { printf(\"%d\", ⟦@nope⟧); }", "nothing is ever stored in @nope: it reads as 0")]
    [InlineData("⟦let @m = hash(10);⟧ begin { print(1); }", "@m is not used")]
    [InlineData("begin { let ⟦$x⟧ : uint16; print($x); }", "nothing is ever assigned to $x: it is 0")]
    [InlineData("begin { @a[1] = 1; ⟦has_key(@a, 1)⟧; }", "what has_key() gives is not used")]
    [InlineData("begin { ⟦strlen(comm)⟧; }", "what strlen() gives is not used")]
    [InlineData("begin { ⟦1 + 1⟧; }", "this value is not used")]
    [InlineData("begin { $i = 0; ⟦while⟧ ($i < 3) { $i++; } }", "while is deprecated, in bpftrace as well")]
    [InlineData("config = { ⟦symbol_source = dwarf⟧ } begin { print(1); }", "symbol_source is deprecated, in bpftrace as well")]
    [InlineData("begin { print(⟦$1⟧); }", "the parameter $1 is not given")]
    [InlineData("begin { print(str(⟦$2⟧)); }", "the parameter $2 is not given")]
    [InlineData("begin { @a[1] = stats(5); ⟦print(@a, 1)⟧; }", "@a is printed whole, as it is: stats() has no one number to sort or divide by")]
    public void AWarningIsGivenOnceWhereItBelongs(string marked, string message)
    {
        int start = marked.IndexOf('⟦'), end = marked.IndexOf('⟧') - 1;
        string program = marked.Replace("⟦", "").Replace("⟧", "");
        var result = Compile.Text(program);
        Assert.NotNull(result.Program);
        var warning = Assert.Single(result.Diagnostics);
        Assert.Equal(Severity.Warning, warning.Severity);
        Assert.Equal(message, warning.Message);
        Assert.Equal(TextSpan.FromBounds(start, end), warning.Span);
    }

    [Theory]
    [InlineData("begin { @a[1] = 1; delete(@a, 1); _ = has_key(@a, 1); }")]
    [InlineData("begin { let $x : uint16; $x = 5; print($x); }")]
    [InlineData("begin { let $x; @m[1] = 1; if (find(@m, 1, $x)) { print($x); } }")]
    [InlineData("begin { print(@a[1]); } end { @a[1] = 5; }")]
    [InlineData("begin { $x = 5 ?: 6; $y = pid ?: 7; print(($x, $y)); }")]
    [InlineData("begin { $x = if (pid > 1) { \"a\" } else { \"b\" }; print($x); }")]
    [InlineData("begin { print((1,)); print(if (1) { 5 } else { 6 }); }")]
    [InlineData("macro f(x) { if comptime (is_str(x)) { strlen(x) } else { 7 } } begin { print((f(\"abc\"), f(5))); }")]
    [InlineData("macro f(t) { sizeof(t) } begin { print((f(uint8), f(struct task_struct *), f((uint32)5))); }")]
    [InlineData("macro c(t, x) { (t)x } begin { print(c(uint8, 300)); }")]
    [InlineData("macro f(t) { let $x : t = 5; $x } begin { print(f(uint8)); }")]
    [InlineData("macro f(x) { x } macro f(x, y) { x + y } begin { print((f(1), f(1, 2))); }")]
    [InlineData("begin { for ($i : 0..3) { $i++; print($i); } }")]
    [InlineData("Begin { print(1); } INTERVAL:s:1 { exit(); }")]
    [InlineData("begin { if (\"x\") { print(cgroup_path(1, \"uni*\")); } }")]
    public void WhatIsMeantGetsNoWarning(string program)
    {
        var result = Compile.Text(program);
        Assert.True(result.Program is not null && result.Diagnostics.IsEmpty, Compile.Messages(program, result));
    }

    [Theory]
    [InlineData("begin { print(⟦-9223372036854775809⟧); }", "no integer of 64 bits is so small")]
    [InlineData("enum e { A, B = 5 } begin { print((enum e)⟦7⟧); }", "enum e has no value 7")]
    [InlineData("begin { @ = lhist(5, 0, 10, ⟦20⟧); }", "the step (20) is larger than the range from 0 to 10")]
    [InlineData("begin { print(⟦uint8⟧); }", "'uint8' is a type, and has no value")]
    [InlineData("begin { print(⟦()⟧); }", "this gives no value to print")]
    [InlineData("config = { license = ⟦\"MIT\"⟧ } begin { print(1); }", "license takes GPL, GPL v2, GPL and additional rights, Dual BSD/GPL, Dual MIT/GPL, Dual MPL/GPL")]
    [InlineData("config = { cache_user_symbols = ⟦foo⟧ } begin { print(1); }", "cache_user_symbols takes PER_PID, PER_PROGRAM, NONE")]
    public void AMistakeIsReportedOnceWhereItIs(string marked, string message) => Marked.Check(marked, message, null);
}
