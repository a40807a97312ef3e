using System.Runtime.CompilerServices;
using System.Text;
using Ctrace.Compiler.Catalog;
using Ctrace.Compiler.Catalog.Dotnet;
using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Text;

namespace Ctrace.Compiler.Tests;

/// <summary>Probes of .NET programs: what they match, what their programs can use, and what is said where they can't.</summary>
public class DotnetProbeTests
{
    private const string Begin = "<!-- from the catalogue -->", End = "<!-- end -->";

    [Theory]
    [InlineData("dotnet:shop:⟦GCStrt⟧ { }", "no event 'GCStrt'", "did you mean GCStart?")]
    [InlineData("dotnet:shop:⟦Xyzzy*⟧ { }", "no event 'Xyzzy*'", "docs/dotnet.md")]
    [InlineData("dotnet:⟦shp⟧:GCStart { }", "no .NET program 'shp'", "4242 (shop), 4243 (shop), 77 (api)")]
    [InlineData("dotnet:⟦99⟧:GCStart { }", "no .NET program '99'", "77 (api)")]
    [InlineData("⟦dotnet:shop⟧ { }", "not of the form", "dotnet:shop:GCStart")]
    [InlineData("⟦dotnet:shop:GCStart:x⟧ { }", "not of the form", "dotnet:shop:GCStart")]
    [InlineData("dotnet:shop:GCStart { print(args.⟦Genration⟧); }", "no field 'Genration'", "Generation")]
    [InlineData("dotnet:shop:GC*End { print(args.⟦Generation⟧); }", "no field 'Generation'", null)]
    [InlineData("dotnet:shop:GCStart { print(⟦kstack⟧); }", "kstack is not available in dotnet:shop:GCStart", "ctrace does")]
    [InlineData("dotnet:shop:GCStart { print(⟦kstack(3)⟧); }", "kstack", "ctrace does")]
    [InlineData("dotnet:shop:GCStart { print(⟦curtask⟧); }", "curtask is not available", "ctrace does")]
    [InlineData("dotnet:shop:GCStart { print(⟦cgroup⟧); }", "cgroup is not available", "ctrace does")]
    [InlineData("dotnet:shop:GCStart { print(⟦uid⟧); }", "uid is not available", "ctrace does")]
    [InlineData("dotnet:shop:GCStart { print(⟦cpu⟧); }", "cpu is not available", "ctrace does")]
    [InlineData("dotnet:shop:GCStart { print(⟦elapsed⟧); }", "elapsed is not available", "ctrace does")]
    [InlineData("dotnet:shop:GCStart { print(⟦ppid⟧); }", "ppid is not available", "ctrace does")]
    [InlineData("dotnet:shop:GCStart { print(⟦nsecs(monotonic)⟧); }", "nsecs() is not available", "ctrace does")]
    [InlineData("dotnet:shop:GCStart { print(usym(⟦1⟧)); }", null, null)]
    [InlineData("dotnet:shop:GCStart { print(⟦arg0⟧); }", "arg0 is not available", null)]
    [InlineData("dotnet:shop:GCStart { print(⟦retval⟧); }", "retval is not available", null)]
    [InlineData("dotnet:shop:GCStart { print(⟦ctx⟧); }", "ctx is not available", null)]
    [InlineData("dotnet:shop:GCStart { print(⟦Generation⟧); }", "no 'Generation'", null)]
    public void AMistakeIsShown(string marked, string? message, string? hint)
    {
        string text = marked.Replace("⟦", "").Replace("⟧", "");
        var errors = Compile.Text(text).Diagnostics;
        var error = Assert.Single(errors);
        if (message is null)
        {
            Assert.Equal("CT2008", error.Code);
            return;
        }

        Assert.Contains(message, error.Message);
        Assert.Equal((marked.IndexOf('⟦'), marked.IndexOf('⟧') - 1), (error.Span.Start, error.Span.End));
        if (hint is not null)
            Assert.Contains(hint, error.Hint);
    }

    [Theory]
    [InlineData("dotnet:shop:GCPause < count(), max(args.Duration), p99(args.Duration) by args.Generation, pid, comm every 1s >")]
    [InlineData("dotnet:*:ExceptionThrown /args.ExceptionType != \"x\" && pid == 4242/ < time, nsecs, tid, comm, args.ExceptionMessage, ustack(3) as stack, probe >")]
    [InlineData("dotnet:4242:Contention*, dotnet:api:GC* { @[probe, ustack] = count(); if (rand % 2 == 0) { @n++; } }")]
    [InlineData("dotnet:shop:GCAllocationTick { @[args.TypeName, ustack(raw, 5)] = sum(args.AllocationAmount); @h = hist(args.ObjectSize); printf(\"%s %d\\n\", strftime(\"%H\", nsecs), ncpus); }")]
    [InlineData("dotnet:shop:HttpRequest /args.Duration > 1ms/ { @[strcontains(args.PathAndQuery, \"x\")] = count(); $d = args.Duration; while ($d > 10) { $d /= 2; } exit(); }")]
    public void WhatTheyCanServe(string program) => Compile.Good(program);

    [Fact]
    public void EachProcessOfANameIsMeant()
    {
        var program = Compile.Good("dotnet:shop:GCStart, dotnet:7?:GC*Stats { @ = count(); }".Replace("7?", "ap*"));
        Assert.Equal([[4242, 4243], [77]], program.Attachments.Select(a => Assert.IsType<DotnetPlan>(a.Plan).Processes.ToArray()));
        Assert.Equal(["dotnet:shop:GCStart", "dotnet:ap*:GCHeapStats"], program.Attachments.SelectMany(a => a.ProbeNames));
    }

    [Fact]
    public void EventsAreListedByProcess()
    {
        Assert.Equal(2 * DotnetEvents.List.Count, ProbeListing.List(new FakeTarget(), "dotnet:*").Count());
        Assert.Equal(["dotnet:shop:ContentionStart", "dotnet:shop:ContentionStop", "dotnet:shop:Contention"], ProbeListing.List(new FakeTarget(), "dotnet:s*:Cont*"));
        Assert.Equal(["dotnet:77:GCEnd"], ProbeListing.List(new FakeTarget(), "dotnet:77:GCEnd"));
        Assert.Equal(["uint32 Count", "uint32 Generation"], ProbeListing.Describe(new FakeTarget(), "dotnet:shop:GCEnd"));
    }

    [Fact]
    public void TheEventsAreComplete()
    {
        Assert.Equal(DotnetEvents.List.Count, DotnetEvents.List.Select(e => e.Name).Distinct().Count());
        foreach (var e in DotnetEvents.List)
        {
            Assert.EndsWith(".", e.Summary);
            Assert.InRange(e.Fields.Length, 0, DotnetRecord.MostFields);
            Assert.All(e.Parts, p => Assert.NotEmpty(DotnetEvents.Find(p)!.Provider));
            Assert.Equal(e.Parts.IsEmpty, e.Provider.Length > 0);
            Assert.All(e.Places(), p => Assert.InRange(p.Offset + p.Type.Size, 0, DotnetRecord.Size));
        }
    }

    /// <summary>docs/dotnet.md lists each event and field; UPDATE_GOLDEN=1 writes the table anew.</summary>
    [Fact]
    public void TheTableOfTheDocumentIsTheCatalogues()
    {
        string path = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Here())!, "..", "..", "docs", "dotnet.md")), text = File.ReadAllText(path);
        int begin = text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, end = text.IndexOf(End, StringComparison.Ordinal);
        var table = new StringBuilder("\n\n| event | when | args |\n| --- | --- | --- |\n");
        foreach (var e in DotnetEvents.List)
            table.Append($"| `{e.Name}` | {e.Summary} | {string.Join(", ", e.Places().Select(f => $"`{f.Name}`"))} |\n");
        string expected = $"{text[..begin]}{table}\n{text[end..]}";
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
            File.WriteAllText(path, expected);
        else
            Assert.Equal(expected, text);
    }

    private static string Here([CallerFilePath] string path = "") => path;
}
