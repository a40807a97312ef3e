using Ctrace.Compiler;
using Ctrace.Compiler.Catalog;
using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Targets;
using Ctrace.Compiler.Text;
using Ctrace.Runtime;
using Ctrace.Runtime.Kernel;
using Ctrace.Runtime.Loading;

namespace Ctrace.Kernel.Tests;

/// <summary>What binds, loads; and what it says at run time is what the machine says elsewhere.</summary>
public class LanguageTests
{
    public static TheoryData<string> Goldens() => [.. Directory.GetFiles(Path.Combine(Tracer.Root, "tests", "Compiler.Tests", "Golden"), "*.ct").Order().Select(f => Path.GetFileName(f)!)];

    [KernelTheory]
    [MemberData(nameof(Goldens))]
    public void EveryGoldenLoads(string file)
    {
        string text = File.ReadAllText(Path.Combine(Tracer.Root, "tests", "Compiler.Tests", "Golden", file));
        // The fake machine's own tracepoint stands for one that is here.
        Load(text.Replace("tracepoint:test:numbers", "tracepoint:syscalls:sys_enter_pselect6")
            .Replace("args.s0", "args.n").Replace("args.s1", "args.inp").Replace("args.s2", "args.outp").Replace("args.u0", "args.exp"));
    }

    [KernelTheory]
    [InlineData("tracepoint:sched:sched_switch { @[args.prev_comm, args.next_comm] = count(); if (args.prev_comm == args.next_comm) { @s++; } else { $x = args.next_comm; print($x); } }")]
    [InlineData("begin { @a[\"0123456789012345678901234567890123456789\"] = count(); @b[(1,\"0123456789012345678901234567890123456789\")] = \"0123456789\"; printf(\"%s\", @b[1,\"x\"]); }")]
    [InlineData("begin { $t = (1, \"abc\", (2, 3)); print($t.2.1); @t = $t; print(@t.1); $z = pid > 5 ? \"big\" : \"small\"; @w[$z] = count(); @lh = lhist(pid, 0, 1000, 7); @h2 = hist(pid, 3); }")]
    [InlineData("tracepoint:sched:sched_process_exec { printf(\"%s %s %d\\n\", str(args.filename), args.filename, args.pid); @[args.filename] = count(); }")]
    [InlineData("tracepoint:syscalls:sys_enter_openat { $a = str(args.filename); $b = str(args.filename, 64); if ($a == $b || $a != comm) { @[$a, $b, comm] = hist(args.flags, 5); } }")]
    [InlineData("profile:hz:99 { @[comm, cpu] = stats(nsecs); } interval:ms:10 { print(@, 3, 2); zero(@); time(); } end { clear(@); }")]
    [InlineData("rawtracepoint:sched_switch { @[args.preempt] = count(); @x = arg0; }")]
    public void ManyThingsAtOnceLoad(string program) => Load(program);

    [KernelFact]
    public void ManyLiveVariablesAndManyNestedIfsLoad()
    {
        string assigns = string.Concat(Enumerable.Range(0, 40).Select(i => $"$v{i} = nsecs + {i};"));
        Load($"begin {{ {assigns} @r = {string.Join(" + ", Enumerable.Range(0, 40).Select(i => $"$v{i} * $v{39 - i}"))}; }}");
        Load("begin { " + string.Concat(Enumerable.Range(0, 20).Select(i => $"if (nsecs % {i + 2} == {i}) {{ @[{i}] = hist(nsecs); ")) + new string('}', 21));
        Load("begin { " + string.Concat(Enumerable.Range(0, 300).Select(i => $"if (nsecs > {i}) {{ @[{i % 7}, \"k{i % 3}\"] = count(); }} ")) + "}");
    }

    [KernelFact]
    public void PerfBuffersCarryEventsAndOrdersWhereThereIsNoRingBuffer() => Native.OnThread(tid =>
    {
        var sink = new RecordingSink();
        var target = LimitedTarget.Without(KernelFeature.RingBuffer);
        var program = Compile("begin { printf(\"start\\n\"); } tracepoint:syscalls:sys_enter_read /tid == $1 && args.count == 99/ { @n = count(); printf(\"%d\\n\", args.count); } interval:ms:500 { print(@n); }", target, tid.ToString());
        using var session = new TraceSession(program, target, new SessionOptions(), sink);
        session.Load();
        var run = Task.Run(session.Run);
        Assert.True(sink.IsAttached.Wait(10_000));
        Native.Perform(() => Native.BadReads(Enumerable.Repeat(99L, 50_000)));
        Thread.Sleep(800);
        session.Stop();
        Assert.Equal(0, run.Result);
        Assert.Equal(50_001, sink.Events + sink.Losses);
        Assert.True(sink.Maps >= 2, "print(@n) came through, and the map at the end");
    });

    [KernelFact]
    public void BuiltinValuesAreTheMachines() => Native.OnThread(tid =>
    {
        var before = DateTimeOffset.Now;
        var result = Tracer.While(() => Native.BadReads([424242]), "-e",
            "tracepoint:syscalls:sys_enter_read /args.count == 424242 && pid == $1/ { printf(\"%d %d %d %d %s|%d|%d|%d|%s\\n\", pid, tid, uid, gid, comm, ppid, ncpus, cpu, strftime(\"%s\", nsecs)); @e = elapsed; @r = rand; @p = probe; }",
            Environment.ProcessId.ToString());
        string[] fields = result.Output.Split('\n')[0].Split('|');
        Assert.Equal($"{Environment.ProcessId} {tid} 0 0 {File.ReadAllText($"/proc/self/task/{tid}/comm").TrimEnd()}", fields[0]);
        Assert.Equal(Native.getppid().ToString(), fields[1]);
        Assert.Equal(Environment.ProcessorCount.ToString(), fields[2]);
        Assert.InRange(int.Parse(fields[3]), 0, Environment.ProcessorCount - 1);
        Assert.InRange(long.Parse(fields[4]), before.ToUnixTimeSeconds() - 1, DateTimeOffset.Now.ToUnixTimeSeconds() + 1);
        Assert.InRange(result.Number("@e"), 1, 60_000_000_000);
        Assert.Equal("tracepoint:syscalls:sys_enter_read", result.Maps["@p"]);
    });

    /// <summary>Lengths on both sides of 64, where a key goes from one of the kernel's maps to the other.</summary>
    [KernelFact]
    public void TextsAreReadComparedAndUsedAsKeys()
    {
        string folder = Directory.CreateTempSubdirectory().FullName;
        string[] names = [.. Enumerable.Range(0, 150).Select(i => Path.Combine(folder, new string('x', i + 1)))];
        string wanted = names[17];
        var result = Tracer.While(() =>
        {
            foreach (string name in names)
                for (int i = 0; i < 3; i++)
                    Native.open(name, 0);
        }, "-e", $"tracepoint:syscalls:sys_enter_openat /pid == $1/ {{ @[str(args.filename)] = count(); @p[str(args.filename), pid] += 2; if (str(args.filename) == \"{wanted}\") {{ @same = count(); }} else {{ @other = count(); }} }}", Environment.ProcessId.ToString());
        Directory.Delete(folder, true);
        foreach (string name in names)
            Assert.Equal((3, 6), (result.Number($"@[{name}]"), result.Number($"@p[{name}, {Environment.ProcessId}]")));
        Assert.Equal(3, result.Number("@same"));
        Assert.True(result.Number("@other") >= 447);
    }

    [KernelTheory]
    [InlineData("-7 / 2", "-3")]
    [InlineData("-7 % 3", "-1")]
    [InlineData("7 / (pid - pid)", "1")]
    [InlineData("-1 >> 1", "-1")]
    [InlineData("(uint64)-1 >> 63", "1")]
    [InlineData("5 > 2", "true")]
    [InlineData("~5", "18446744073709551610")]
    [InlineData("(1, \"a\", (2, 3))", "(1, a, (2, 3))")]
    [InlineData("pid == pid ? \"yes\" : \"no\"", "yes")]
    [InlineData("(uint8)pid * 0 + 300", "300")]
    [InlineData("!pid", "false")]
    [InlineData("1 << 40", "1099511627776")]
    public void ExpressionsGiveWhatBpftraceGives(string expression, string expected)
    {
        var result = Tracer.Run("-q", "-e", $"begin {{ print({expression}); @ = {expression}; exit(); }}");
        Assert.Equal(expected, result.Output.Split('\n')[0]);
        Assert.Equal(expected, result.Maps["@"]);
    }

    private static TraceProgram Compile(string text, ITarget target, params string[] parameters)
    {
        var source = new SourceText(text);
        var result = Compilation.Compile(source, target, new CompilationOptions { Parameters = [.. parameters], Unsafe = true });
        Assert.True(result.Program is not null, string.Concat(result.Diagnostics.Select(d => DiagnosticPrinter.Format(source, d))));
        return result.Program;
    }

    private static void Load(string text)
    {
        var target = new KernelTarget();
        using var session = new TraceSession(Compile(text, target), target, new SessionOptions(), new RecordingSink());
        try
        {
            session.Load();
        }
        catch (LoadException refused)
        {
            Assert.Fail(DiagnosticPrinter.Format(new SourceText(text), refused.Diagnostic));
        }
    }
}
