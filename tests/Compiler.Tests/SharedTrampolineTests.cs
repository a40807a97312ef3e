using Ctrace.Compiler.Targets;

namespace Ctrace.Compiler.Tests;

/// <summary>Many functions by trampolines, of which a clause asks no more than their names: one program and one link serve them all.</summary>
public class SharedTrampolineTests
{
    private static string Probes(int count, string kind = "fentry") => string.Join(", ", Enumerable.Range(0, count).Select(i => $"{kind}:typed_{i}"));

    [Theory]
    [InlineData("{ @ = count(); }")]
    [InlineData("{ @[probe] = count(); }")]
    [InlineData("/pid == 1/ { @[func, comm] = count(); }")]
    [InlineData("{ @[kstack] = count(); }")]
    [InlineData("< count() by func >")]
    public void They_are_one(string body)
    {
        var program = Compile.Text($"{Probes(9)} {body}").Program!;
        var attachment = Assert.Single(program.Attachments);
        Assert.Equal(9, Assert.IsType<KprobeMultiPlan>(attachment.Plan).Symbols.Length);
        Assert.Equal("fentry:typed_8", attachment.ProbeNames[^1]);
        Assert.Equal(BpfProgramType.Kprobe, Assert.Single(program.Programs).Type);
    }

    [Theory]
    [InlineData("{ @ = sum(args.count); }")]
    [InlineData("{ @[arg0] = count(); }")]
    [InlineData("{ @[probetype] = count(); }")]
    [InlineData("/args.count > 5/ { @ = count(); }")]
    public void What_asks_for_more_has_a_program_for_each(string body)
    {
        var program = Compile.Text($"{Probes(9)} {body}").Program!;
        Assert.Equal(9, program.Programs.Length);
        Assert.All(program.Programs, p => Assert.Equal(BpfProgramType.Tracing, p.Type));
    }

    [Fact]
    public void A_few_stay_as_they_are_and_so_do_results_and_kernels_without_such_links()
    {
        Assert.Equal(8, Compile.Text($"{Probes(8)} {{ @ = count(); }}").Program!.Programs.Length);
        Assert.Equal(9, Compile.Text($"{Probes(9, "fexit")} {{ @[retval] = count(); }}").Program!.Programs.Length);
        Assert.True(Assert.IsType<KprobeMultiPlan>(Assert.Single(Compile.Text($"{Probes(9, "fexit")} {{ @ = count(); }}").Program!.Attachments).Plan).IsReturn);
        Assert.Equal(9, Compile.Text($"{Probes(9)} {{ @ = count(); }}", target: new FakeTarget(KernelFeature.KprobeMulti)).Program!.Programs.Length);
    }
}
