using Ctrace.Compiler.Catalog;
using Ctrace.Compiler.Catalog.Probes;
using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Layouts;
using Ctrace.Compiler.Targets;

namespace Ctrace.Compiler.Tests;

/// <summary>Every entry of the catalogue is complete, and the small tables are right.</summary>
public class CatalogTests
{
    public static TheoryData<string, string, string> Entries()
    {
        var data = new TheoryData<string, string, string>();
        foreach (var b in CatalogIndex.Builtins)
            data.Add(b.Name, b.Summary, b.Example);
        foreach (var f in CatalogIndex.Functions)
            data.Add(f.Name, f.Summary, f.Example);
        foreach (var f in CatalogIndex.BuiltinCalls)
            data.Add(f.Name, f.Summary, f.Example);
        foreach (var a in CatalogIndex.Aggregations)
            data.Add(a.Name, a.Summary, a.Example);
        foreach (var p in CatalogIndex.Probes)
            data.Add(p.Names[0], p.Summary, p.Example);
        return data;
    }

    [Theory]
    [MemberData(nameof(Entries))]
    public void AnEntryHasASummaryAndAnExampleThatUsesIt(string name, string summary, string example)
    {
        Assert.EndsWith(".", summary);
        Assert.Contains(name.TrimEnd("0123456789".ToCharArray()), example);
        // Examples are for real machines; those whose probe the fake one has must compile here.
        var result = Compile.Text(example, new CompilationOptions { Unsafe = true, UnwindsOthers = true });
        Assert.True(result.Program is not null || result.Diagnostics.All(d => d.Code == "CT3003"), Compile.Messages(example, result));
    }

    [Fact]
    public void NoNameIsTakenTwice()
    {
        // Values, and functions when something is asked of them.
        string[] both = ["kstack", "ustack", "dw_ustack", "time"];
        string[] names = [.. CatalogIndex.Builtins.Select(b => b.Name).Except(both), .. CatalogIndex.Functions.Select(f => f.Name), .. CatalogIndex.Aggregations.Select(a => a.Name)];
        Assert.Equal(names.Length, names.Distinct().Count());
        string[] probes = [.. CatalogIndex.Probes.SelectMany(p => p.Names)];
        Assert.Equal(probes.Length, probes.Distinct().Count());
    }

    [Theory]
    [InlineData("sys_*", "sys_enter", true)]
    [InlineData("*", "", true)]
    [InlineData("a?c", "abc", true)]
    [InlineData("a?c", "ac", false)]
    [InlineData("[ab]*", "bx", true)]
    [InlineData("[ab]*", "cx", false)]
    [InlineData("*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false)]
    public void WildcardsMatch(string pattern, string text, bool matches) => Assert.Equal(matches, Glob.Matches(pattern, text));

    [Fact]
    public void RegistersAreWhereTheKernelPutsThem()
    {
        // arch/x86/include/uapi/asm/ptrace.h: r15 first, di at 112, orig_ax at 120
        Assert.Equal([112, 104, 96, 88, 72, 64], X64.Architecture.FunctionArguments);
        Assert.Equal([112, 104, 96, 56, 72, 64], X64.Architecture.SyscallArguments);
        Assert.Equal((80, 128, 152, 120), (X64.Architecture.ReturnValue, X64.Architecture.InstructionPointer, X64.Architecture.StackPointer, X64.Architecture.SyscallNumber));
        Assert.Equal([0, 8, 16, 24, 32, 40, 48, 56], Arm64.Architecture.FunctionArguments);
        Assert.Equal((256, 248, 272, 280), (Arm64.Architecture.InstructionPointer, Arm64.Architecture.StackPointer, Arm64.Architecture.SyscallArguments[0], Arm64.Architecture.SyscallNumber));
    }

    [Fact]
    public void SpellingSuggestsWhatIsNear()
    {
        Assert.Equal(["count"], Spelling.Nearest("cuont", ["count", "sum", "stats"]));
        Assert.Empty(Spelling.Nearest("zzzzzz", ["count", "sum", "stats"]));
        Assert.Equal(["alloc.isra.0", "alloc_noprof", "allod"], Spelling.Renamed("alloc", ["allod", "alloc_noprof", "free", "alloc.isra.0"]));
    }

    [Fact]
    public void SeveralAggregationsShareOneMap()
    {
        var program = Compile.Good("tracepoint:syscalls:sys_exit_read < count(), avg(retval), max(retval) by comm top 3 by count >");
        var map = Assert.Single(program.Maps, m => m.Role == MapRole.User);
        Assert.Equal(("@", BpfMapType.PerCpuHash, 16, 40), (map.Name, map.Type, map.KeySize, map.ValueSize));
        Assert.Equal(["count", "avg(retval)", "max(retval)"], map.Shape!.Columns.Select(c => c.Name));
        Assert.Equal((true, 3, 0), (map.Shape.IsTable, map.Shape.Top, map.Shape.SortColumn));
    }

    [Fact]
    public void ManySystemCallsAreServedByOneProgram()
    {
        var program = Compile.Good("tracepoint:syscalls:sys_enter_* { @[probe] = count(); }");
        var attachment = Assert.Single(program.Attachments);
        Assert.Equal(new RawTracepointPlan("sys_enter"), attachment.Plan);
        Assert.Equal(12, attachment.ProbeNames.Length);
    }

    [Fact]
    public void WithoutARingBufferPerfBuffersAreUsed()
    {
        var program = Compile.Good("begin { printf(\"x\"); exit(); }", target: new FakeTarget(KernelFeature.RingBuffer));
        Assert.All(program.Maps.Where(m => m.Role is MapRole.Events or MapRole.Orders), m => Assert.Equal(BpfMapType.PerfEventArray, m.Type));
        Assert.Equal(2, program.Maps.Count(m => m.Role is MapRole.Events or MapRole.Orders));
    }

    [Fact]
    public void Keys_that_the_kernel_can_t_hold_are_refused_by_us()
    {
        const string Program = "config = { max_strlen = 300 } tracepoint:syscalls:sys_enter_openat { @paths[str(args.filename), str(args.filename)] = count(); }";
        Compile.Good(Program);
        var error = Assert.Single(Compile.Text(Program, target: new FakeTarget(KernelFeature.LargeKeys)).Diagnostics);
        Assert.Equal(("CT2018", "@paths"), (error.Code, Program.Substring(error.Span.Start, error.Span.Length)));
    }
}
