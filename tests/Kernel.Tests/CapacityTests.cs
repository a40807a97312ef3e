namespace Ctrace.Kernel.Tests;

/// <summary>Large maps, full maps, and floods of events: nothing is lost that is not counted.</summary>
public class CapacityTests
{
    [KernelFact]
    public void AHundredThousandKeysArePrintedWholeAndRight() => Native.OnThread(tid =>
    {
        const long first = 1_000_000_000;
        var result = Tracer.While(() => Native.BadReads(Enumerable.Range(0, 100_000).SelectMany(i => Enumerable.Repeat(first + i, 1 + i % 3))),
            "-e", "config = { max_map_keys = 200000 } tracepoint:syscalls:sys_enter_read /tid == $1 && (int32)args.fd == -1/ { @[args.count] = count(); }", tid.ToString());
        var maps = result.Maps;
        Assert.Equal(100_000, maps.Count);
        for (int i = 0; i < 100_000; i++)
            Assert.Equal((1 + i % 3).ToString(), maps[$"@[{first + i}]"]);
    });

    [KernelTheory]
    [InlineData("@[args.count] = count();")]
    [InlineData("@[args.count] = hist(args.count);")]
    [InlineData("@[args.count] = 1;")]
    [InlineData("@[args.count]++;")]
    public void AFullMapSaysSoAndHowManyUpdatesWereDropped(string statement) => Native.OnThread(tid =>
    {
        // 250 keys, four times each: 100 fit, the other 150 are dropped each time.
        var result = Tracer.While(() => Native.BadReads(Enumerable.Range(0, 1000).Select(i => 5000L + i % 250)),
            "-e", $"config = {{ max_map_keys = 100 }} tracepoint:syscalls:sys_enter_read /tid == $1 && (int32)args.fd == -1/ {{ {statement} }}", tid.ToString());
        Assert.Equal(100, result.Output.Split('\n').Count(line => line.StartsWith('@')));
        Assert.Contains("@ is full (100 entries)", result.Messages);
        Assert.Matches("\\b600 updates", result.Messages);
    });

    [KernelFact]
    public void TwoMillionEventsArePrintedOrCounted()
    {
        const int count = 2_000_000;
        var result = Tracer.Run("-c", $"dd if=/dev/zero of=/dev/null bs=1 count={count}", "-e",
            "tracepoint:syscalls:sys_enter_read /pid == cpid && args.count == 1/ { printf(\"%d %s %d\\n\", pid, comm, args.count); }");
        AssertAll(count, Lines(result), result);
    }

    [KernelFact]
    public void SoAreTheRowsOfAQuery()
    {
        const int count = 500_000;
        var result = Tracer.Run("-c", $"dd if=/dev/zero of=/dev/null bs=1 count={count}", "-e",
            "tracepoint:syscalls:sys_enter_read /pid == cpid && args.count == 1/ < pid, comm, args.count >");
        AssertAll(count, Lines(result) - 1, result); // less the header
    }

    [KernelFact]
    public void StoppedInMidBurstAllThatHappenedIsPrintedOrCounted()
    {
        using var load = System.Diagnostics.Process.Start("/bin/sh", ["-c", "exec dd if=/dev/zero of=/dev/null bs=1 count=20000000 2>/dev/null"]);
        var result = Tracer.While(() => Thread.Sleep(700), "-e",
            "tracepoint:syscalls:sys_enter_read /comm == \"dd\"/ { @n = count(); printf(\"%d %s %d\\n\", pid, comm, args.count); }");
        load.Kill();
        Assert.True(result.Number("@n") > 10_000, result.Output[^Math.Min(200, result.Output.Length)..]);
        Assert.Equal(result.Number("@n"), Lines(result) + Live.Messages.Lost(result.Messages));
    }

    /// <summary>Orders have a channel of their own: a flood of events neither fills nor delays it.</summary>
    [KernelFact]
    public void AFloodDoesNotHoldUpExit()
    {
        using var load = System.Diagnostics.Process.Start("/bin/sh", ["-c", "exec dd if=/dev/zero of=/dev/null bs=1 count=50000000 2>/dev/null"]);
        var started = System.Diagnostics.Stopwatch.StartNew();
        var result = Tracer.Run("-e", "tracepoint:syscalls:sys_enter_read { printf(\"%d %s %d\\n\", pid, comm, args.count); } interval:ms:500 { exit(3); }");
        load.Kill();
        Assert.Equal(3, result.Code);
        Assert.True(started.Elapsed < TimeSpan.FromSeconds(10), $"it took {started.Elapsed}");
    }

    [KernelFact]
    public void OutputComesInTheOrderOfTheProgram()
    {
        var result = Tracer.Run("-q", "-e", "begin { @[1] = count(); print(@); printf(\"one\\n\"); @[1] = count(); print(@[1]); printf(\"two\\n\"); @x = 5; print(@x); clear(@); exit(); }");
        string[] lines = [.. result.Output.Split('\n').Where(l => l.Length > 0)];
        // Maps are read when the order is carried out, which is after the program; their place in the output is exact.
        Assert.Equal(["@[1]: 2", "one", "2", "two", "@x: 5", "@x: 5"], lines);
    }

    private static int Lines(TraceResult result) => result.Output.Split('\n').Count(line => line.Contains(" dd ") || line.Contains("pid  comm"));

    /// <summary>All that happened was printed, or is said to be lost or missed.</summary>
    private static void AssertAll(long count, long printed, TraceResult result)
    {
        long told = printed + Live.Messages.Lost(result.Messages);
        Assert.InRange(count, told, told + Live.Messages.Missed(result.Messages));
    }
}
