using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Targets;

namespace Ctrace.Compiler.Tests;

/// <summary>Functions of the kernel that are given structures by value, or more arguments than there are registers for.</summary>
public class StructureArgumentTests
{
    private static readonly byte[] Words = [.. Enumerable.Range(1, 12).SelectMany(i => BitConverter.GetBytes(i * 0x0101_0101_0101_0101L))];

    private static long Run(string probe, string value, FakeTarget? target = null, byte[]? context = null)
    {
        var program = Compile.Good($"{probe} {{ @ = (uint64){value}; }}", target: target);
        var interpreter = new Interpreter(program, context ?? Words);
        interpreter.Run(0);
        return BitConverter.ToInt64(interpreter.Maps[program.Maps.ToList().FindIndex(m => m.Name == "@")]);
    }

    /// <summary>In the context a structure of 16 bytes takes two words; what is behind it is where it is for that.</summary>
    [Theory]
    [InlineData("fentry:given_pair", "args.fd", 0x01010101)]
    [InlineData("fentry:given_pair", "args.pair.a", 0x02020202_02020202)]
    [InlineData("fentry:given_pair", "args.pair.b", 0x03)]
    [InlineData("fentry:given_pair", "args.length", 0x04040404)]
    [InlineData("fentry:given_pair", "arg2", 0x04040404_04040404)]
    [InlineData("fentry:given_pair", "sizeof(args)", 32)]
    [InlineData("fexit:given_pair", "args.length", 0x04040404)]
    [InlineData("fexit:given_pair", "retval", 0x05050505_05050505)]
    [InlineData("fentry:given_small", "args.pair.b", 0x01)]
    [InlineData("fentry:given_many", "args.a7", 0x08080808_08080808)]
    [InlineData("fexit:given_many", "retval", 0x09090909_09090909)]
    public void They_are_where_the_kernel_puts_them(string probe, string value, long expected) => Assert.Equal(expected, Run(probe, value));

    /// <summary>Where the kernel makes no trampoline, a kprobe sees the same, if each argument is in a register of its own.</summary>
    [Theory]
    [InlineData("fentry:given_small", "args.pair.a", 0x42)]
    [InlineData("fentry:given_any", "args.a", 0x42)]
    [InlineData("fentry:given_pair", "args.fd", 0x42)]
    [InlineData("fentry:given_pair", "args.pair.a", 0x43)]
    [InlineData("fentry:given_pair", "args.pair.b", 0x55)]
    [InlineData("fentry:given_pair", "args.length", 0x45)]
    [InlineData("fentry:given_pair", "arg2", 0x45)]
    public void A_kprobe_sees_them_in_registers(string probe, string value, long expected)
    {
        byte[] registers = new byte[256];
        for (int i = 0; i < 4; i++)
            registers[new FakeTarget().Architecture.FunctionArguments[i]] = (byte)(0x42 + i);
        registers[new FakeTarget().Architecture.FunctionArguments[2] + 7] = 0x55;
        Assert.Equal(expected, Run(probe, value, new FakeTarget(KernelFeature.StructureArguments), registers));
    }

    [Theory]
    [InlineData("fexit:given_many", "no fexit can be attached to given_many: its arguments take 8 words, and this kernel allows 6")]
    [InlineData("fentry:given_back", "no fentry can be attached to given_back: it returns a structure")]
    public void What_cannot_be_served_is_said(string probe, string message)
    {
        var error = Assert.Single(Compile.Text($"{probe} {{ }}", target: new FakeTarget(KernelFeature.StructureArguments, KernelFeature.StackArguments)).Diagnostics);
        Assert.Equal((message, $"write kprobe:{probe.Split(':')[1]}", 0), (error.Message, error.Hint, error.Span.Start));
    }

    [Fact]
    public void A_wildcard_leaves_them_out_and_says_so()
    {
        var result = Compile.Text("fentry:given_* { @[probe] = count(); }", target: new FakeTarget(KernelFeature.StackArguments));
        var warning = Assert.Single(result.Diagnostics);
        Assert.Equal((Severity.Warning, "no fentry can be attached to given_many, given_back: left out"), (warning.Severity, warning.Message));
        Assert.Equal(["fentry:given_any", "fentry:given_pair", "fentry:given_small"], result.Program!.Attachments.SelectMany(a => a.ProbeNames).Order());
    }
}
