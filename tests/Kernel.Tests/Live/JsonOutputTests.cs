using Ctrace.Tests;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>A whole run in JSON: line by line what bpftrace 0.27.1 wrote for the same program.</summary>
public class JsonOutputTests
{
    private const string Program = """
        begin { printf("a %d\n", 3); print(3); print("x\x01\"\\\n"); @c=count(); @h=hist(5); @k[1,"a"]=2; @l[1]=lhist(5,0,10,2); @s=stats(4); @a=avg(5); @mn=min(5); @st="x"; @t=(1,"a",true); @b=true; @sx[1]=stats(3); print((1,2)); print(true); print(@c); print(@k[1,"a"]); cat("/proc/sys/kernel/ostype"); system("echo hi"); @bf=buf("ab\x01",3); @n=ntop(1); @kt[(1,2)]=3; print(pton("1.2.3.4")); @hh[1]=hist(0); @hh[1]=hist(-1); @hh[1]=hist(9);@hh[2]=hist(5); @ll=lhist(-5,0,10,5); @ll=lhist(11,0,10,5); @ll=lhist(3,0,10,5); @x=(uint64)18446744073709551615; @neg[-1]=count(); @tt[1]=(1,(2,"b")); print(@hh,1); print(@neg,1,2); @bk[buf("ab",2)]=1; print(usym(5)); errorf("e %d", 2); warnf("w"); exit(); }
        """;

    private const string Documents = """
        {"type": "attached_probes", "count": 1, "data": {"probes": 1}}
        {"type": "printf", "data": "a 3\n"}
        {"type": "value", "data": 3}
        {"type": "value", "data": "x\u0001\"\\\n"}
        {"type": "value", "data": [1,2]}
        {"type": "value", "data": true}
        {"type": "map", "data": {"@c": 1}}
        {"type": "value", "data": 2}
        {"type": "cat", "data": "Linux\n"}
        {"type": "syscall", "data": "hi\n"}
        {"type": "value", "data": [1,2,3,4]}
        {"type": "hist", "data": {"@hh": {"1": [{"max": -1, "count": 1},{"min": 0, "max": 0, "count": 1},{"min": 1, "max": 1, "count": 0},{"min": 2, "max": 3, "count": 0},{"min": 4, "max": 7, "count": 0},{"min": 8, "max": 15, "count": 1}]}}}
        {"type": "map", "data": {"@neg": {"-1": 0}}}
        {"type": "value", "data": "0x5"}
        {"type": "errorf", "msg": "e 2", "filename": "stdin", "line": 1, "col": 655}
        {"type": "warnf", "msg": "w", "filename": "stdin", "line": 1, "col": 674}
        {"type": "stats", "data": {"@a": 5}}
        {"type": "map", "data": {"@b": true}}
        {"type": "map", "data": {"@bf": [97,98,1]}}
        {"type": "map", "data": {"@bk": {"ab": 1}}}
        {"type": "map", "data": {"@c": 1}}
        {"type": "hist", "data": {"@h": [{"min": 4, "max": 7, "count": 1}]}}
        {"type": "hist", "data": {"@hh": {"2": [{"min": 4, "max": 7, "count": 1}], "1": [{"max": -1, "count": 1},{"min": 0, "max": 0, "count": 1},{"min": 1, "max": 1, "count": 0},{"min": 2, "max": 3, "count": 0},{"min": 4, "max": 7, "count": 0},{"min": 8, "max": 15, "count": 1}]}}}
        {"type": "map", "data": {"@k": {"1,a": 2}}}
        {"type": "map", "data": {"@kt": {"1,2": 3}}}
        {"type": "hist", "data": {"@l": {"1": [{"min": 4, "max": 5, "count": 1}]}}}
        {"type": "hist", "data": {"@ll": [{"max": -1, "count": 1},{"min": 0, "max": 4, "count": 1},{"min": 5, "max": 9, "count": 0},{"min": 10, "count": 1}]}}
        {"type": "map", "data": {"@mn": 5}}
        {"type": "map", "data": {"@n": "1.0.0.0"}}
        {"type": "map", "data": {"@neg": {"-1": 1}}}
        {"type": "stats", "data": {"@s": {"count": 1, "average": 4, "total": 4}}}
        {"type": "map", "data": {"@st": "x"}}
        {"type": "stats", "data": {"@sx": {"1": {"count": 1, "average": 3, "total": 3}}}}
        {"type": "map", "data": {"@t": [1,"a",true]}}
        {"type": "map", "data": {"@tt": {"1": [1,[2,"b"]]}}}
        {"type": "map", "data": {"@x": "18446744073709551615"}}
        """;

    [KernelFact]
    public void The_documents_are_bpftrace_s()
    {
        var result = Tracer.Run("-f", "json", "--unsafe", "-e", Program);
        Assert.Equal(Documents.Split('\n'), result.Lines);
        Assert.Equal(0, result.Code);
    }

    [KernelFact]
    public void Documents_go_to_a_file()
    {
        string file = Path.GetTempFileName();
        try
        {
            var result = Tracer.Run("-f", "json", "-q", "-o", file, "-e", "begin { printf(\"x\"); exit(); }");
            Assert.Equal("", result.Output);
            Assert.Equal("{\"type\": \"printf\", \"data\": \"x\"}\n", File.ReadAllText(file));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [KernelTheory]
    [InlineData(Program)]
    [InlineData("""begin { @[1] = rate(); @t[1]=tseries(3, 1s, 3); @tt = tseries(3,1s,2); @d[1,"b"]=distinct(1); @q[1]=p99(-5); @st[1]=(x=1,y="a"); time("%H\n"); exit(); }""")]
    [InlineData("""profile:hz:99 < count(), sum(1), p99(elapsed), hist(pid), max(nsecs) by comm, kstack, cpu > interval:ms:300 { exit(); }""")]
    [InlineData("""profile:hz:99 < pid, comm, nsecs, kstack, ustack, probe, ntop(1) > interval:ms:300 { exit(); }""")]
    [InlineData("""config = { max_map_keys = 1000 } interval:ms:20 { for ($i : 0..3000) { @[$i] = 1; } @n++; if (@n > 5) { exit(); } }""")]
    public void All_documents_meet_the_schema(string program)
    {
        var run = Tracer.Run("-f", "json", "--unsafe", "-e", program);
        Assert.True(run.Lines.Length >= 2, run.Errors);
        // Most lines are alike.
        foreach (string line in run.Lines.Take(40).Concat(run.Lines.TakeLast(40)).Distinct())
            Assert.Null(DocumentSchema.Problem(line));
    }

    [KernelTheory]
    [InlineData("--test", "test:a { } test:b { assert(1 == 2, \"no\"); }")]
    [InlineData("--bench", "bench:a { @ = count(); }")]
    public void Tests_and_benchmarks_too(string option, string program)
    {
        var run = Tracer.Run("-f", "json", option, "-e", program);
        Assert.Contains(run.Lines, l => l.Contains("_result"));
        Assert.All(run.Lines, l => Assert.Null(DocumentSchema.Problem(l)));
    }
}
