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

    public void Dispose() => _shell.Dispose();
}
