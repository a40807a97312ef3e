namespace Ctrace.Benchmarks;

/// <summary>
/// Nanoseconds and instructions per event. The kernel's own count of a program's run time includes what counting costs, so
/// an empty program is measured in the same rounds and subtracted.
/// </summary>
internal static class EventCost
{
    private const string ReadEntry = "tracepoint:syscalls:sys_enter_read", ReadExit = "tracepoint:syscalls:sys_exit_read",
        AnyEntry = "tracepoint:raw_syscalls:sys_enter", StatEntry = "tracepoint:syscalls:sys_enter_newfstatat";

    /// <summary>So few fit in bpftrace's buffer while nobody reads it. An event that is lost costs less than one that is not.</summary>
    private const int PrintedEvents = 50_000;

    private static readonly Case[] s_cases =
    [
        new(AnyEntry, AnyEntry + " { @ = count(); }"),
        new(AnyEntry, AnyEntry + " { @[comm] = count(); }"),
        new(AnyEntry, AnyEntry + " { @[pid, args.id] = count(); }"),
        new(AnyEntry, AnyEntry + " /comm == \"nosuch\"/ { @[pid] = count(); }"),
        new(ReadEntry, ReadEntry + " { @ = hist(args.count); }"),
        new(ReadEntry, ReadEntry + " { @[comm] = lhist(args.count, 0, 100, 10); }"),
        new(ReadExit, ReadExit + " /args.ret > 0/ { @s[comm] = sum(args.ret); @a[comm] = avg(args.ret); }"),
        new(ReadEntry, ReadEntry + " { @t[tid] = nsecs; } " +
            ReadExit + " /@t[tid]/ { @ = hist(nsecs - @t[tid]); delete(@t, tid); }"),
        new(ReadEntry, ReadEntry + " { @t[tid] = nsecs; } " +
            ReadExit + " /@t[tid]/ { @[comm] = count(); @d[comm] = hist(nsecs - @t[tid]); delete(@t, tid); }")
        {
            Query = "span:syscall:read < count(), hist(duration) by comm >", Target = 0.8,
        },
        new(StatEntry, StatEntry + " { @[str(args.filename)] = count(); }"),
        new(ReadEntry, ReadEntry + " { printf(\"%d %s %d\\n\", pid, comm, args.count); }", PrintedEvents),
    ];

    public static void Run(Bench bench)
    {
        using var counting = Native.CountRuns();
        var table = new Table(["program", .. Columns(bench)]);
        var cases = bench.Options.Program is { } program
            ? [new Case(program.Split(' ')[0], program)]
            : s_cases.Where(c => bench.Options.Cases.IsMatch(c.Program));
        foreach (var test in cases)
            table.Add([Name(test), .. Measure(bench, test)]);
        Console.WriteLine($"""
            ## One event

            Nanoseconds per run of a program, least (median) of {bench.Options.Rounds} alternating rounds of {bench.Options.Events} events, above
            what an empty program shows in the same rounds. Where the ratio of the least and that of the medians disagree about
            the target, it is unclear. Instructions after the verifier's rewriting (two programs: the sum).

            """);
        table.Print();
    }

    private static string Name(Case test) =>
        $"`{test.Program.Replace("tracepoint:", "").Replace("|", "\\|")}`{(test.Query is { } query ? $"; in ctrace `{query}`" : "")}";

    private static IEnumerable<string> Columns(Bench bench) =>
        ["empty", .. bench.Tools.Select(t => t.Name + " ns"), .. bench.Tools.Length > 1 ? new[] { "ratio", "target" } : [],
            .. bench.Tools.Select(t => t.Name + " instr."), .. bench.Tools.Length > 1 ? new[] { "ratio", "target" } : []];

    private static IEnumerable<string> Measure(Bench bench, Case test)
    {
        var empty = new List<double>();
        var costs = bench.Tools.Select(_ => new List<double>()).ToArray();
        double[] instructions = new double[bench.Tools.Length];
        for (int round = 0; round < bench.Options.Rounds; round++)
        {
            empty.Add(Once(bench, bench.Tools[0], test.Probe + " { }", test).Cost);
            for (int i = 0; i < bench.Tools.Length; i++)
            {
                (double cost, instructions[i]) = Once(bench, bench.Tools[i], i == 0 ? test.Query ?? test.Program : test.Program, test);
                costs[i].Add(cost);
            }

            Console.Error.WriteLine($"{round + 1}: empty {empty[^1]:0.0}, " +
                string.Join(", ", bench.Tools.Select((t, i) => $"{t.Name} {costs[i][^1]:0.0} ({instructions[i]})")) + $"  {test.Program}");
        }

        double[] least = [.. costs.Select(c => c.Min() - empty.Min())];
        double[] median = [.. costs.Select(c => Bench.Median(c.Zip(empty, (a, b) => a - b)))];
        yield return Bench.Text(empty.Min(), "0");
        for (int i = 0; i < least.Length; i++)
            yield return $"{Bench.Text(least[i], "0.0")} ({Bench.Text(median[i], "0.0")})";
        if (least.Length > 1)
        {
            double[] ratios = [least[0] / least[1], median[0] / median[1]];
            string[] verdicts = [.. ratios.Select(r => Bench.Judge(r, test.Target)).Distinct()];
            yield return $"{Bench.Ratio(ratios[0])} ({Bench.Ratio(ratios[1])})";
            yield return verdicts.Length == 1 ? verdicts[0] : $"≤ {Bench.Text(test.Target, "0.0")} unclear";
        }

        foreach (string cell in Bench.Compare(instructions, "0", 1.0))
            yield return cell;
    }

    private static (double Cost, int Instructions) Once(Bench bench, Tool tool, string program, Case test)
    {
        using var tracer = new Tracer(tool, program, bench.OutputFile, Bench.ToolCpu);
        tracer.AwaitAttached();
        int[] programs = tracer.Programs();
        var before = programs.Select(Native.Read).ToArray();
        int events = Math.Min(bench.Options.Events, test.MostEvents);
        test.Produce(events);
        var after = programs.Select(Native.Read).ToArray();
        tracer.Stop();

        long nanoseconds = 0, runs = 0;
        int instructions = 0;
        for (int i = 0; i < programs.Length; i++)
        {
            if (before[i] is not { } first || after[i] is not { } last || last.Runs == first.Runs)
                continue;
            nanoseconds += last.Nanoseconds - first.Nanoseconds;
            runs += last.Runs - first.Runs;
            instructions += last.Instructions;
        }

        if (tracer.Lines.Any(l => l.Text.Contains("lost", StringComparison.OrdinalIgnoreCase)))
            Console.Error.WriteLine($"{tool.Name} lost events, so this figure is too low");
        return runs >= events ? ((double)nanoseconds / runs, instructions) : throw new InvalidOperationException(
            $"{tool.Name} saw {runs} of at least {events} events: {program}");
    }

    /// <summary>A program to measure.</summary>
    /// <param name="Probe">Where an empty program goes for comparison.</param>
    /// <param name="Program">The program.</param>
    /// <param name="MostEvents">How many a round may have.</param>
    private sealed record Case(string Probe, string Program, int MostEvents = int.MaxValue)
    {
        /// <summary>What ctrace is asked instead; null for the program.</summary>
        public string? Query { get; init; }

        /// <summary>ctrace's part of bpftrace's cost, at most.</summary>
        public double Target { get; init; } = 0.9;

        public void Produce(int events)
        {
            if (Probe != StatEntry)
            {
                Bench.ReadBytes(Probe == AnyEntry ? events / 2 : events);
                return;
            }

            Native.Pin(Bench.LoadCpu);
            Native.Stat("/etc/passwd", events);
            Native.Pin(-1);
        }
    }
}
