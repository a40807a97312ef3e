using System.Diagnostics;
using Ctrace.Compiler.Diagnostics;

namespace Ctrace.Compiler.Tests.Fuzzing;

/// <summary>Small texts that stand for large programs are refused in good time.</summary>
[Collection(Alone.Name)]
public class SizeTests
{
    public static TheoryData<string> Large() =>
    [
        "begin { " + Repeat("unroll(100) { ", 5) + "@++; " + Repeat("} ", 6),
        "begin { " + Repeat("unroll(2) { ", 150) + "@ = 1; " + Repeat("} ", 151),
        string.Concat(Enumerable.Range(1, 20).Select(i => $"macro m{i}() {{ m{i - 1}() + m{i - 1}() }} ")) + "macro m0() { pid } begin { @ = m20(); }",
        "macro m(x) { m(m(x)) } begin { @ = m(1); }",
        "macro m(x) { x + x } begin { @ = " + Repeat("m(", 60) + "pid" + Repeat(")", 60) + "; }",
        "begin { " + Repeat("if (pid == 5) { ", 100) + Repeat("@[comm] = count(); ", 1000) + Repeat("} ", 101),
        "begin { " + Repeat("@[comm, pid, \"abcdefghijklmnop\"] = sum(pid % 5 + 3); ", 4000) + "}",
        "begin { " + string.Concat(Enumerable.Range(0, 3000).Select(i => $"$v{i} = pid + {i}; ")) + string.Concat(Enumerable.Range(0, 3000).Select(i => $"@ = $v{i}; ")) + "}",
        "begin { @ = pid" + Repeat(" + pid", 5000) + "; }",
        "begin { @ = " + Repeat("pid == 1 ? 2 : ", 1500) + "3; }",
        "begin { @ = (pid" + Repeat(" && tid || pid", 3000) + "); }",
        "begin { unroll(100) { unroll(60) { @a[pid, comm] = count(); } } }",
        "begin { unroll(100) { unroll(60) { print((pid, comm, \"text\")); } } }",
    ];

    [Theory]
    [MemberData(nameof(Large))]
    public void ALargeProgramIsCompiledOrRefusedInGoodTime(string program)
    {
        var clock = Stopwatch.StartNew();
        var result = Compile.Text(program);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 10);
        Assert.True(result.Program is not null || result.Diagnostics.Count(d => d.Severity == Severity.Error) == 1, Compile.Messages(program, result));
    }

    private static string Repeat(string text, int times) => string.Concat(Enumerable.Repeat(text, times));
}

/// <summary>Tests that measure time run while no others do.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public class Alone
{
    /// <summary>The collection's name.</summary>
    public const string Name = "alone";
}
