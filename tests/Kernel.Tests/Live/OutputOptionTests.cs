using System.Diagnostics;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>Options about where results go and when a trace ends.</summary>
public sealed class OutputOptionTests : IDisposable
{
    private readonly Shell _shell = new();

    [KernelFact]
    public void A_trace_ends_after_its_duration()
    {
        long start = Stopwatch.GetTimestamp();
        var run = Tracer.Run("-q", "--duration", "700ms", "-e", "profile:hz:9 { @ = count(); } end { printf(\"end\\n\"); }");
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0.7, 30);
        Assert.Equal((0, ""), (run.Code, run.Errors));
        Assert.Contains("end\n", run.Output);
        Assert.Contains("@: ", run.Output);
    }

    [KernelFact]
    public void Rotated_files_together_have_every_line()
    {
        string file = Path.Combine(_shell.Folder, "out");
        var run = Tracer.Run("-q", "-o", file, "--rotate", "16K,100", "-e", "begin { for ($i : 0..20000) { printf(\"line %d\\n\", $i); } exit(); }");
        Assert.Equal((0, "", ""), (run.Code, run.Output, run.Errors));
        string[] files = [.. Enumerable.Range(0, 100).Select(i => i == 0 ? file : $"{file}.{i}").TakeWhile(File.Exists)];
        Assert.InRange(files.Length, 10, 30);
        // A line that has begun in a file ends there.
        Assert.All(files, f => Assert.InRange(new FileInfo(f).Length, 1, (16 << 10) + "line 20000\n".Length));
        Assert.Equal(Enumerable.Range(0, 20000).Select(i => $"line {i}"), files.Reverse().SelectMany(File.ReadLines).Where(l => l.Length > 0));
    }

    [KernelFact]
    public void A_full_disk_is_said()
    {
        var run = Tracer.Run("-q", "-o", "/dev/full", "-e", "interval:ms:10 { printf(\"x\\n\"); }");
        Assert.Equal((1, ""), (run.Code, run.Output));
        Assert.StartsWith("ctrace: -o /dev/full: it can't be written any more", run.Errors);
    }

    [KernelFact("dd")]
    public void A_probe_that_costs_too_much_is_detached_and_the_others_go_on()
    {
        var run = Tracer.Run("-v", "--max-cpu", "1%", "--duration", "4s", "-c", "dd if=/dev/zero of=/dev/null bs=1 count=100000000 status=none", "-e",
            "tracepoint:syscalls:sys_enter_read /pid == cpid/ { @reads = count(); } tracepoint:syscalls:sys_enter_getrusage { @few = count(); } profile:hz:5 { @ticks = count(); @last = max(elapsed); }");
        Assert.Equal(0, run.Code);
        Assert.Single(run.Errors.Split((char)10), l => l.StartsWith("warning: ", StringComparison.Ordinal));
        Assert.Matches(@"warning: tracepoint:syscalls:sys_enter_read was detached: it took [0-9.]+% of one CPU in the last second \([0-9,]+ runs, [0-9]+ ns each\), more than --max-cpu 1% allows", run.Errors);
        Assert.Matches(@"(?m)^tracepoint:syscalls:sys_enter_read: [0-9,]+ runs, [0-9.,]+ ms in all, [0-9]+ ns each, [0-9.]+% of one CPU; detached by --max-cpu$", run.Errors);
        Assert.Matches(@"(?m)^profile:hz:5: [0-9,]+ runs, .*% of one CPU$", run.Errors);
        Assert.True(run.Number("@reads") > 0);
        // The timer went on after the first second.
        Assert.InRange(run.Number("@last"), 2_500_000_000, long.MaxValue);
    }

    [KernelFact("dd")]
    public void The_trace_ends_when_nothing_is_left_of_it()
    {
        var run = Tracer.Run("--max-cpu", "0.5%", "--duration", "1m", "-c", "dd if=/dev/zero of=/dev/null bs=1 count=100000000 status=none", "-e",
            "span:syscall:read /pid == cpid/ < count() > end { printf(\"over\\n\"); }");
        Assert.Equal(0, run.Code);
        Assert.Contains("span:syscall:read was detached", run.Errors);
        Assert.Contains("over", run.Output);
    }

    public void Dispose() => _shell.Dispose();
}
