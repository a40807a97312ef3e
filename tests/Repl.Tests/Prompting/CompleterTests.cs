using System.Diagnostics;
using Ctrace.Compiler.Targets;
using Ctrace.Compiler.Tests;
using Ctrace.Repl.Prompting;

namespace Ctrace.Repl.Tests.Prompting;

public class CompleterTests
{
    /// <summary>Where the cursor is: <c>|</c>. What is offered first, and what it replaces.</summary>
    [Theory]
    [InlineData("trace|", "tracepoint:", "trace")]
    [InlineData("prof|", "profile:", "prof")]
    [InlineData("tracepoint:sched:sched_sw|", "tracepoint:sched:sched_switch", "tracepoint:sched:sched_sw")]
    [InlineData("t:sched:sched_sw|", "t:sched:sched_switch", "t:sched:sched_sw")]
    [InlineData("tracepoint:sched:sched_switch, tracepoint:raw_syscalls:sys_ex|", "tracepoint:raw_syscalls:sys_exit", "tracepoint:raw_syscalls:sys_ex")]
    [InlineData("begin { } end { } interv|", "interval:", "interv")]
    [InlineData("tracepoint:sched:sched_switch { @[args.next_p|", "next_pid", "next_p")]
    [InlineData("tracepoint:sched:sched_switch /args.next_p|", "next_pid", "next_p")]
    [InlineData("tracepoint:sched:sched_switch < quant|", "quantile(", "quant")]
    [InlineData("tracepoint:sched:sched_switch < count() by com|", "comm", "com")]
    [InlineData("tracepoint:sched:sched_switch { @bytes = 1; print(@by|", "@bytes", "@by")]
    [InlineData("tracepoint:sched:sched_switch { $long = 1; @x = $l|", "$long", "$l")]
    [InlineData(":st|", ":stop", ":st")]
    [InlineData(":set re|", "refresh", "re")]
    [InlineData(":format j|", "json", "j")]
    [InlineData(":help hist|", "hist", "hist")]
    [InlineData(":probes tracepoint:sched:sched_p|", "tracepoint:sched:sched_process_exec", "tracepoint:sched:sched_p")]
    public void WhatMayFollowIsOffered(string marked, string first, string replaced)
    {
        var found = Complete(marked);
        Assert.Equal(first, found.Items[0].Text);
        Assert.Equal(replaced, marked.Replace("|", "").Substring(found.Start, found.Length));
    }

    [Theory]
    [InlineData("tracepoint:sched:sched_switch { printf(\"com|")]
    [InlineData("tracepoint:sched:sched_switch { // com|")]
    [InlineData("tracepoint:sched:sched_switch { @ = 12|")]
    public void NothingIsOfferedInTextsCommentsAndNumbers(string marked) => Assert.Empty(Complete(marked).Items);

    [Fact]
    public void FieldsHaveTheirTypes()
    {
        var found = Complete("tracepoint:sched:sched_switch { @[args.|");
        Assert.Equal(["prev_comm", "prev_pid", "prev_prio", "prev_state", "next_comm", "next_pid", "next_prio"], found.Items.Select(i => i.Text));
        Assert.Contains(found.Items, i => i.Text == "next_pid" && i.Kind.Contains("int"));
    }

    [Fact]
    public void MembersOfDeclaredStructuresAreOffered()
    {
        var found = Complete("struct point { int x; int y; union { long wide; char narrow; }; }; begin { $p = (struct point *)0; @ = $p->|");
        Assert.Equal(["x", "y", "wide", "narrow"], found.Items.Select(i => i.Text));
    }

    [Fact]
    public void CategoriesComeBeforeTheirProbes()
    {
        var found = Complete("tracepoint:s|");
        Assert.Equal(["tracepoint:sched:", "tracepoint:syscalls:"], found.Items.Take(2).Select(i => i.Text));
    }

    [Fact]
    public void APartOfANameIsEnough() =>
        Assert.Contains(Complete("process_ex|").Items, i => i.Text == "tracepoint:sched:sched_process_exec");

    [Fact]
    public void FilesAreOfferedAfterUserProbes()
    {
        string folder = Directory.CreateTempSubdirectory("ctrace").FullName;
        File.WriteAllText(Path.Combine(folder, "program"), "");
        Directory.CreateDirectory(Path.Combine(folder, "programs"));
        var found = Complete($"uprobe:{folder}/prog|");
        Assert.Equal([$"uprobe:{folder}/program:", $"uprobe:{folder}/programs/"], found.Items.Select(i => i.Text));
        Directory.Delete(folder, true);
    }

    [Theory]
    [InlineData("begin { printf(\"%d\", |", "printf(", 1)]
    [InlineData("begin { @ = lhist(1, 2, |", "lhist(", 2)]
    [InlineData("begin { @[f(x), |", null, 0)]
    public void TheFunctionThatIsBeingCalledIsKnown(string marked, string? name, int argument)
    {
        var call = Completer.CallAt(marked.Replace("|", ""), marked.IndexOf('|'));
        Assert.Equal((name, argument), (call?.Function.Text, call?.Argument ?? 0));
    }

    [Fact]
    public void EverythingInTheCatalogueHasASummary()
    {
        foreach (string start in new[] { "begin { |", "tracepoint:sched:sched_switch < |" })
            Assert.All(Complete(start.Replace("|", "a|")).Items, i => Assert.False(string.IsNullOrWhiteSpace(i.Summary), i.Text));
    }

    /// <summary>Not a bound, which a loaded machine would break: the search looks at every name once, without asking the machine.</summary>
    [Fact]
    public void AllProbesAreSearched()
    {
        var target = new ManyFunctions();
        var index = new ProbeIndex(target);
        index.Read();
        int asked = target.Asked;
        Assert.True(index.Count >= ManyFunctions.Count);
        Assert.Equal($"kprobe:function_{ManyFunctions.Count - 1}", index.Find($"kprobe:function_{ManyFunctions.Count - 1}").Single());
        Assert.Equal(ProbeIndex.Most, index.Find("kprobe:function_").Count);
        Assert.Equal(asked, target.Asked);
    }

    private static Completions Complete(string marked)
    {
        using var workspace = FakeScreen.NewWorkspace();
        var index = new ProbeIndex(new FakeTarget());
        index.Read();
        return new Completer(workspace, index).At(marked.Replace("|", ""), marked.IndexOf('|'));
    }

    private sealed class ManyFunctions : ITarget
    {
        public const int Count = 120_000;
        private readonly ITarget _fake = new FakeTarget();
        private readonly KernelFunction[] _functions = [.. Enumerable.Range(0, Count).Select(i => new KernelFunction($"function_{i}", null))];

        public int Asked { get; private set; }

        public IReadOnlyList<KernelFunction> KernelFunctions
        {
            get
            {
                Asked++;
                return _functions;
            }
        }

        public Architecture Architecture => _fake.Architecture;
        public int PossibleCpus => 1;
        public int OnlineCpus => 1;
        public bool Supports(KernelFeature feature) => true;
        public IReadOnlyList<(string Category, string Name)> Tracepoints => _fake.Tracepoints;
        public IReadOnlyList<string> RawTracepoints => _fake.RawTracepoints;
        public TracepointFormat? FindTracepoint(string category, string name) => null;
        public IReadOnlyList<RawArgument>? FindRawTracepointArguments(string name) => null;
        public int? FindMemberOffset(string structure, string member) => null;
        public int? CommOffset => null;
        public int? FindSyscallNumber(string name) => null;
    }
}
