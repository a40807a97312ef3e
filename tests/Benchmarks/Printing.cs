using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Ctrace.Runtime.Sys;

namespace Ctrace.Benchmarks;

/// <summary>Events printed: how fast, and whether each one is printed or told to be lost.</summary>
internal static partial class Printing
{
    /// <summary>What is printed of each event: a line of text; in the second a row, which bpftrace has to write as a line.</summary>
    private static readonly Shape Lines = new("a line for each", Reads + "{ printf(\"%d %s %d\\n\", pid, comm, args.count); @n = count(); }", null),
        Rows = new("a row for each", Reads + "< pid, comm, args.count > " + Reads + "{ @n = count(); }",
            Reads + "{ printf(\"%7d  %-16s  %12d\\n\", pid, comm, args.count); } " + Reads + "{ @n = count(); }");

    private const string Reads = "tracepoint:syscalls:sys_enter_read /pid == LOAD/ ";

    /// <summary>Room for all events of a burst, in pages: 256 MiB.</summary>
    private const string LargeBuffer = "config = { perf_rb_pages = 65536 } ";

    private const int ShortBurst = 60_000;

    private enum Stop
    {
        /// <summary>When nothing has been printed for a while.</summary>
        Late,

        /// <summary>The same, but the tool stood still while the events were made: it prints with nothing else to wait for.</summary>
        Drained,

        /// <summary>When the load has ended.</summary>
        AtItsEnd,

        /// <summary>While the load goes on.</summary>
        Amid,
    }

    public static void Run(Bench bench)
    {
        Console.WriteLine($"## Printing\n\n`{Lines.Ctrace.Replace("tracepoint:", "")}`, output to a file; the best of {Runs(bench)}\n" +
            "alternating runs for each, but the worst for events that are neither printed nor reported as lost.\n");
        Run(bench, Lines, bench.Options.Burst, Stop.Late, "as fast as one CPU can make them, stopped when all is printed");
        Run(bench, Lines, bench.Options.Burst, Stop.Drained, "made while the tool stands still, with room for all in its buffer");
        Run(bench, Lines, ShortBurst, Stop.AtItsEnd, "stopped at once");
        Run(bench, Lines, bench.Options.Burst, Stop.Amid, "stopped in mid-burst, after 0.3 s");
        Console.WriteLine($"`{Rows.Ctrace.Replace("tracepoint:", "")}`, in bpftrace `{Rows.Bpftrace!.Replace("tracepoint:", "")}`:\n");
        Run(bench, Rows, bench.Options.Burst, Stop.Late, "as fast as one CPU can make them, stopped when all is printed");
        Run(bench, Rows, bench.Options.Burst, Stop.Drained, "made while the tool stands still, with room for all in its buffer");
    }

    private static int Runs(Bench bench) => Math.Max(1, bench.Options.Runs / 5);

    private static void Run(Bench bench, Shape shape, int burst, Stop stop, string title)
    {
        var runs = bench.Tools.Select(_ => new List<Measured>()).ToArray();
        for (int run = 0; run < Runs(bench); run++)
        {
            for (int i = 0; i < runs.Length; i++)
            {
                var m = Once(bench, bench.Tools[i], i == 0 ? shape.Ctrace : shape.Bpftrace ?? shape.Ctrace, burst, stop);
                Console.Error.WriteLine($"{bench.Tools[i].Name}: {m}");
                runs[i].Add(m);
            }
        }

        bool isTimed = stop is Stop.Late or Stop.Drained;
        var table = new Table([$"{Bench.Text(burst, "N0")} reads, {shape.Title}, {title}", .. bench.Tools.Select(t => t.Name)]);
        table.Add(["events produced", .. Row(m => m.Produced, "N0")]);
        table.Add(["printed", .. Row(m => m.Printed, "N0")]);
        table.Add(["reported as lost", .. Row(m => m.Lost, "N0")]);
        table.Add(["neither", .. runs.Select(r => Bench.Text(r.Max(m => m.Produced - m.Printed - m.Lost), "N0"))]);
        if (isTimed)
        {
            if (stop == Stop.Late)
                table.Add(["load's time, s", .. Row(m => m.LoadSeconds, "0.00")]);
            table.Add(["until the last line, s", .. Row(m => m.PrintSeconds, "0.00")]);
            table.Add(["printed per second", .. Row(m => m.Rate, "N0")]);
            if (stop == Stop.Late)
                table.Add(["peak resident memory, MB", .. Row(m => m.Memory, "0.0")]);
        }

        table.Add(["Ctrl-C → process gone, ms", .. Row(m => m.Gone, "0")]);
        table.Print();
        if (isTimed && runs.Length > 1)
        {
            Console.WriteLine($"Printed per second: {Best(runs[0]).Rate / Best(runs[1]).Rate:0.0} times bpftrace's.\n");
            double ratio = Best(runs[0]).Memory / Best(runs[1]).Memory;
            if (stop == Stop.Late)
                Console.WriteLine($"Memory: ratio {Bench.Ratio(ratio)}, target {Bench.Judge(ratio, 0.2)}.\n");
        }

        IEnumerable<string> Row(Func<Measured, double> what, string format) =>
            runs.Select(r => Bench.Text(what(Best(r)), format));

        Measured Best(List<Measured> all) => isTimed ? all.MaxBy(m => m.Rate)! : all.MaxBy(m => m.Printed / m.Produced)!;
    }

    private static Measured Once(Bench bench, Tool tool, string text, int burst, Stop stop)
    {
        // Only the load is traced, so that other processes neither add events nor prolong the printing.
        using var load = Bench.PrepareReading(burst);
        string program = (stop == Stop.Drained ? LargeBuffer : "") + text.Replace("LOAD", load.Id.ToString(CultureInfo.InvariantCulture));
        using var tracer = new Tracer(tool, program, bench.OutputFile, Bench.ToolCpu);
        tracer.AwaitAttached();
        if (stop == Stop.Drained)
            tracer.Pause();
        long start = Stopwatch.GetTimestamp();
        load.StandardInput.WriteLine();
        if (stop == Stop.Amid)
            Thread.Sleep(300);
        else
            load.WaitForExit();
        double loadSeconds = Stopwatch.GetElapsedTime(start).TotalSeconds, least = loadSeconds;
        if (stop == Stop.Drained)
        {
            start = Stopwatch.GetTimestamp();
            least = 0;
            tracer.Resume();
        }

        double printSeconds = stop is Stop.Late or Stop.Drained ? AwaitSilence(bench.OutputFile, start, least) : double.NaN;
        int memory = tracer.PeakMemory();
        long interrupted = tracer.Interrupt();
        long gone = tracer.AwaitEnd();
        if (stop == Stop.Amid)
        {
            if (load.HasExited)
                throw new InvalidOperationException("the load ended too early: raise --burst");
            LibC.kill(load.Id, Native.SigKill);
        }

        return Count(tracer, bench.OutputFile) with
        {
            LoadSeconds = loadSeconds,
            PrintSeconds = printSeconds,
            Memory = memory / 1024.0,
            Gone = Bench.Milliseconds(gone - interrupted),
        };
    }

    /// <summary>Waits until the output has not grown for a second.</summary>
    /// <returns>Seconds from the start to the last growth.</returns>
    private static double AwaitSilence(string file, long start, double least)
    {
        double last = least;
        for (long length = 0; Stopwatch.GetElapsedTime(start).TotalSeconds < last + 1; Thread.Sleep(5))
        {
            long now = new FileInfo(file).Length;
            if (now == length)
                continue;
            length = now;
            last = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        return last;
    }

    private static Measured Count(Tracer tracer, string file)
    {
        double produced = double.NaN, total = double.NaN, printed = 0, lost = 0;
        foreach (string line in File.ReadLines(file).Concat(tracer.Lines.Select(l => l.Text)))
        {
            if (line.AsSpan().TrimStart(' ') is [>= '0' and <= '9', ..])
                printed++;
            else if (line.StartsWith("@n: ", StringComparison.Ordinal))
                produced = double.Parse(line[4..], CultureInfo.InvariantCulture);
            else if (TotalLost().Match(line) is { Success: true } all)
                total = double.Parse(all.Groups[1].Value, CultureInfo.InvariantCulture);
            else if (SomeLost().Match(line) is { Success: true } some)
                lost += double.Parse(some.Groups[1].Value + some.Groups[2].Value, NumberStyles.AllowThousands, CultureInfo.InvariantCulture);
        }

        return new Measured(produced, printed, double.IsNaN(total) ? lost : total);
    }

    [GeneratedRegex("Total lost event count: ([0-9]+)")]
    private static partial Regex TotalLost();

    [GeneratedRegex("^Lost ([0-9]+) events|([0-9,]+) events? lost")]
    private static partial Regex SomeLost();

    private sealed record Measured(double Produced, double Printed, double Lost)
    {
        public double Rate => Printed / PrintSeconds;
        public double LoadSeconds { get; init; }
        public double PrintSeconds { get; init; }
        public double Memory { get; init; }
        public double Gone { get; init; }
    }

    /// <summary>What is printed.</summary>
    /// <param name="Title">In a few words.</param>
    /// <param name="Ctrace">The program.</param>
    /// <param name="Bpftrace">How bpftrace writes it; null for the same.</param>
    private sealed record Shape(string Title, string Ctrace, string? Bpftrace);
}
