using Ctrace.Compiler.Catalog;

namespace Ctrace.Compiler.Tests;

/// <summary>Functions of loaded BPF programs as probes.</summary>
public class ProgramFunctionTests
{
    [Theory]
    [InlineData("fentry:bpf:handle", "fentry:bpf:5:handle fentry:bpf:9:handle")]
    [InlineData("f:bpf:5:*", "fentry:bpf:5:handle fentry:bpf:5:helper")]
    [InlineData("fexit:bpf:*:h*", "fexit:bpf:5:handle fexit:bpf:5:helper fexit:bpf:9:handle")]
    [InlineData("fentry:bpf:9:handle", "fentry:bpf:9:handle")]
    public void They_are_found_by_name_and_id(string probe, string names)
    {
        var result = Compile.Text(probe + " { @[probe] = count(); }");
        Assert.Empty(result.Diagnostics);
        Assert.Equal(names.Split(' '), result.Program!.Attachments.SelectMany(a => a.ProbeNames).Order(StringComparer.Ordinal));
        Assert.All(result.Program.Programs, p => Assert.NotNull(p.Function?.Program));
    }

    [Fact]
    public void What_the_kernel_gives_as_result_may_be_behind_more_arguments_than_are_known()
    {
        Assert.Equal(1, Function("fexit:bpf:5:handle").ResultWord);
        Assert.Equal(5, Function("fexit:bpf:5:helper").ResultWord);

        static Targets.FunctionPrototype Function(string probe) => Assert.Single(Compile.Text(probe + " { @ = sum(retval); }").Program!.Programs).Function!;
    }

    [Fact]
    public void A_kernel_without_trampolines_says_so()
    {
        var error = Assert.Single(Compile.Text("fentry:bpf:handle { }", target: new FakeTarget(Targets.KernelFeature.FunctionTracing)).Diagnostics);
        Assert.Equal("this kernel has no fentry: it lets no program be attached to the functions of others", error.Message);
    }

    [Fact]
    public void Listings_have_those_with_types()
    {
        var target = new FakeTarget();
        Assert.Equal(["fentry:bpf:5:handle", "fentry:bpf:5:helper", "fentry:bpf:8:tracer", "fentry:bpf:9:handle"], ProbeListing.List(target, "fentry:bpf:*"));
        Assert.Equal(["struct pt_regs * ctx", "int32 retval"], ProbeListing.Describe(target, "fexit:bpf:9:handle"));
    }
}
