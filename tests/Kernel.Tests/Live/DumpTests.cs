using Outer = Ctrace.Kernel.Tests.Tracer;

namespace Ctrace.Kernel.Tests.Live;

/// <summary><c>-d</c> shows steps and runs the program, <c>--dump</c> only shows them; <c>--mode</c> and <c>--fmt</c> are bpftrace's.</summary>
public class DumpTests
{
    private const string Program = "begin { $x = 5; @a[1] = $x; print(1); exit(); }";

    [KernelFact]
    public void All_steps_are_shown_and_the_program_runs()
    {
        var result = Outer.Run("-d", "ast,types", "-d", "all", "-e", Program);
        Assert.Equal(0, result.Code);
        foreach (string part in new[] { "assign =", "@a[int64]: int64", "$x: int64", "call print", "program begin (", "map @a: hash, keys of 8 bytes, values of 8, 4096 entries", "program begin: rawtracepoint, ", "verifier: begin\n", "processed " })
            Assert.Contains(part, result.Output);
        Assert.Contains("\n1\n", result.Output);
        Assert.Equal("5", result.Maps["@a[1]"]);
    }

    [KernelFact]
    public void What_is_only_dumped_does_not_run()
    {
        var result = Outer.Run("--dump", "loading", "-e", Program);
        Assert.Equal(0, result.Code);
        Assert.StartsWith("map @a: hash", result.Output);
        Assert.DoesNotContain("Attached", result.Messages);
        Assert.All(result.Output.TrimEnd().Split('\n'), line => Assert.True(line.StartsWith("map ") || line.StartsWith("program "), line));
    }

    [KernelTheory]
    [InlineData("codegen", "")]
    [InlineData("format", "begin\n{\n  $x = 5;\n  @a[1] = $x;\n  print(1);\n  exit();\n}\n")]
    public void Modes_that_do_not_run_it(string mode, string expected)
    {
        var result = Outer.Run("--mode", mode, "-e", Program);
        Assert.Equal((0, expected, ""), (result.Code, result.Output, result.Messages.Trim()));
    }

    [KernelFact]
    public void The_compiler_is_timed()
    {
        var result = Outer.Run("--mode", "compiler-bench", "-e", Program);
        Assert.Equal(0, result.Code);
        Assert.Equal(["step", "parse", "bind", "lower"], result.Output.TrimEnd().Split('\n').Select(line => line.Split(' ')[0]));
    }

    [KernelTheory]
    [InlineData("test", "test:a { return 1 - 1; }", "a")]
    [InlineData("bench", "bench:b { $x = nsecs; }", "b")]
    public void Modes_of_tests(string mode, string program, string name)
    {
        var result = Outer.Run("--mode", mode, "-e", program);
        Assert.Equal(0, result.Code);
        Assert.Contains(name, result.Output);
    }

    [KernelFact]
    public void Debugf_writes_to_the_trace_pipe()
    {
        string marker = $"ctrace{Environment.ProcessId}";
        var result = Outer.Run("-e", $"begin {{ debugf(\"{marker} %d %s %x\", 5, \"text\", 0xfff); exit(); }}");
        Assert.Contains("all tracers of the machine share", result.Messages);
        Assert.Contains($"{marker} 5 text fff", File.ReadAllText("/sys/kernel/tracing/trace"));
    }
}
