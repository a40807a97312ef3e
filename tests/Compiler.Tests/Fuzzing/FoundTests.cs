using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Text;

namespace Ctrace.Compiler.Tests.Fuzzing;

/// <summary>What <see cref="FuzzTests"/> found.</summary>
public class FoundTests
{
    [Fact]
    public void ProbetypeKnowsManySystemCallsAtOnce() =>
        Assert.NotEmpty(Compile.Good("tracepoint:syscalls:sys_enter_* { @[probetype] = count(); }").Programs);

    [Fact]
    public void AMessageAtTheEndPointsToTheEnd() =>
        Assert.Equal(new TextSpan(5, 0), Assert.Single(Compile.Text("begin").Diagnostics).Span);

    [Fact]
    public void ManyWarningsKeepNoErrorOut()
    {
        string program = "begin { " + string.Concat(Enumerable.Repeat("1; ", 100)) + "print($x); }";
        Assert.Contains(Compile.Text(program).Diagnostics, d => d.Severity == Severity.Error);
    }

    [Fact]
    public void AVariableMayGetItsValueLaterThanItIsRead() =>
        Compile.Good("begin { let $x; for ($i : 0..3) { print($x); $x = $i; } }");

    [Fact]
    public void WhatGivesNothingMayBeThrownAway() => Compile.Good("begin { _ = print(comm); _ = cpu ? print(1) : print(2); }");

    [Fact]
    public void ATernaryMayEndAQuery() => Compile.Good("begin < pid, cpu ? 1 : 2 >");
}
