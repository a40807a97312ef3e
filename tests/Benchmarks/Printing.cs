using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Ctrace.Runtime.Sys;

namespace Ctrace.Benchmarks;

/// <summary>Events printed: how fast, and whether each one is printed or told to be lost.</summary>
internal static partial class Printing
{
    private const string Program =
        "tracepoint:syscalls:sys_enter_read /pid == LOAD/ { printf(\"%d %s %d\\n\", pid, comm, args.count); @n = count(); }";

    private const int ShortBurst = 60_000;

    private enum Stop
    {
        /// <summary>When nothing has been printed for a while.</summary>
        Late,

        /// <summary>When the load has ended.</summary>
        AtItsEnd,

        /// <summary>While the load goes on.</summary>
        Amid,
    }

    public static void Run(Bench bench)
    {
        Console.WriteLine($"## Printing\n\n`{Program.Replace("tracepoint:", "")}`, output to a file; the best of {Runs(bench)}\n" +
            "alternating runs for each, but the worst for events that are neither printed nor reported as lost.\n");
        Run(bench, bench.Options.Burst, Stop.Late, "as fast as one CPU can make them, stopped when all is printed");
        Run(bench, ShortBurst, Stop.AtItsEnd, "stopped at once");
        Run(bench, bench.Options.Burst, Stop.Amid, "stopped in mid-burst, after 0.3 s");
    }

    private static int Runs(Bench bench) => Math.Max(1, bench.Options.Runs / 5);

    private static void Run(Bench bench, int burst, Stop stop, string title)
    {
        var runs = bench.Tools.Select(_ => new List<Measured>()).ToArray();
        for (int run = 0; run < Runs(bench); run++)
        {
            for (int i = 0; i < runs.Length; i++)
            {
                var m = Once(bench, bench.Tools[i], burst, stop);
                Console.Error.WriteLine($"{bench.Tools[i].Name}: {m}");
                runs[i].Add(m);
            }
        }

        var table = new Table([$"{Bench.Text(burst, "N0")} reads, {title}", .. bench.Tools.Select(t => t.Name)]);
        table.Add(["events produced", .. Row(m => m.Produced, "N0")]);
        table.Add(["printed", .. Row(m => m.Printed, "N0")]);
        table.Add(["reported as lost", .. Row(m => m.Lost, "N0")]);
        table.Add(["neither", .. runs.Select(r => Bench.Text(r.Max(m => m.Produced - m.Printed - m.Lost), "N0"))]);
        if (stop == Stop.Late)
        {
            table.Add(["load's time, s", .. Row(m => m.LoadSeconds, "0.00")]);
            table.Add(["until the last line, s", .. Row(m => m.PrintSeconds, "0.00")]);
            table.Add(["printed per second", .. Row(m => m.Printed / m.PrintSeconds, "N0")]);
            table.Add(["peak resident memory, MB", .. Row(m => m.Memory, "0.0")]);
        }

        table.Add(["Ctrl-C → process gone, ms", .. Row(m => m.Gone, "0")]);
        table.Print();
        if (stop == Stop.Late && runs.Length > 1)
        {
            double ratio = Best(runs[0]).Memory / Best(runs[1]).Memory;
            Console.WriteLine($"Memory: ratio {Bench.Ratio(ratio)}, target {Bench.Judge(ratio, 0.2)}.\n");
        }

        IEnumerable<string> Row(Func<Measured, double> what, string format) =>
            runs.Select(r => Bench.Text(what(Best(r)), format));

        Measured Best(List<Measured> all) => stop == Stop.Late
            ? all.MaxBy(m => m.Printed / m.PrintSeconds)!
            : all.MaxBy(m => m.Printed / m.Produced)!;
    }

    private static Measured Once(Bench bench, Tool tool, int burst, Stop stop)
    {
        // Only the load is traced, so that other processes neither add events nor prolong the printing.
        using var load = Bench.PrepareReading(burst);
        string program = Program.Replace("LOAD", load.Id.ToString(CultureInfo.InvariantCulture));
        using var tracer = new Tracer(tool, program, bench.OutputFile, Bench.ToolCpu);
        tracer.AwaitAttached();
        long start = Stopwatch.GetTimestamp();
        load.StandardInput.WriteLine();
        if (stop == Stop.Amid)
            Thread.Sleep(300);
        else
            load.WaitForExit();
        double loadSeconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        double printSeconds = stop == Stop.Late ? AwaitSilence(bench.OutputFile, start, loadSeconds) : double.NaN;
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
    private static double AwaitSilence(string file, long start, double loadSeconds)
    {
        double last = loadSeconds;
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
            if (line.Length > 0 && char.IsAsciiDigit(line[0]))
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
        public double LoadSeconds { get; init; }
        public double PrintSeconds { get; init; }
        public double Memory { get; init; }
        public double Gone { get; init; }
    }
}
