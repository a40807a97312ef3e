namespace Ctrace.Benchmarks;

/// <summary>From the start to attached probes, and from Ctrl-C to the result; and the memory in between.</summary>
internal static class StartAndStop
{
    private const string Program = "tracepoint:syscalls:sys_enter_execve { @ = count(); }";

    public static void Run(Bench bench)
    {
        // One of each that does not count: the files are then in memory.
        var runs = bench.Tools.Select(_ => new List<Measured>()).ToArray();
        for (int run = 0; run <= bench.Options.Runs; run++)
        {
            for (int i = 0; i < runs.Length; i++)
            {
                var measured = Once(bench.Tools[i]);
                if (run > 0)
                    runs[i].Add(measured);
            }
        }

        var table = new Table([$"`{Program.Replace("tracepoint:", "")}`", .. bench.Titles]);
        table.Add(["start → attached, ms", .. Row(m => m.Attached, "0.0", 0.15)]);
        table.Add(["the same, CPU time, ms", .. Row(m => m.Cpu, "0.0", 0.15)]);
        table.Add(["peak resident memory, MB", .. Row(m => m.Memory, "0.0", 0.2)]);
        table.Add(["Ctrl-C → result printed, ms", .. Row(m => m.Result, "0.0")]);
        table.Add(["Ctrl-C → process gone, ms", .. Row(m => m.Gone, "0.0")]);
        Console.WriteLine($"## Start and stop\n\nMedians of {bench.Options.Runs} alternating runs.\n");
        table.Print();

        string[] Row(Func<Measured, double> what, string format, double? target = null) =>
            Bench.Compare([.. runs.Select(r => Bench.Median(r.Select(what)))], format, target);
    }

    private static Measured Once(Tool tool)
    {
        using var tracer = new Tracer(tool, Program);
        long attached = tracer.AwaitAttached();
        long cpu = tracer.CpuNanoseconds();
        Bench.StartPrograms(10);
        int memory = tracer.PeakMemory();
        long interrupted = tracer.Interrupt();
        long gone = tracer.AwaitEnd();
        var result = tracer.Lines.LastOrDefault(l => l.Text.StartsWith("@: ", StringComparison.Ordinal));
        if (result.Text is null)
            throw new InvalidOperationException($"{tool.Name} printed no result");
        Console.Error.WriteLine($"{tool.Name}: attached after {Bench.Milliseconds(attached - tracer.StartedAt):0.0} ms, " +
            $"{cpu / 1e6:0.0} ms CPU, {memory} KiB, result {Bench.Milliseconds(result.Time - interrupted):0.0} ms, " +
            $"gone {Bench.Milliseconds(gone - interrupted):0.0} ms; {result.Text}");
        return new Measured(
            Bench.Milliseconds(attached - tracer.StartedAt), cpu / 1e6, memory / 1024.0,
            Bench.Milliseconds(result.Time - interrupted), Bench.Milliseconds(gone - interrupted));
    }

    private sealed record Measured(double Attached, double Cpu, double Memory, double Result, double Gone);
}
