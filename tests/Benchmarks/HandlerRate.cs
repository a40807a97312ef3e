using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Ctrace.Runtime.Sys;

namespace Ctrace.Benchmarks;

/// <summary>Rows through a trivial C# handler: how many a second, and whether each is handled or told to be dropped.</summary>
internal static partial class HandlerRate
{
    private const string Program =
        "tracepoint:syscalls:sys_enter_read /tid == LOAD/ < pid, comm, args.count > => { if (pid < 0) Print(row); } " +
        "tracepoint:syscalls:sys_enter_read /tid == LOAD/ { @n = count(); }";

    private const int PerSecond = 100_000, Seconds = 5, StepsPerSecond = 20;

    public static void Run(Bench bench)
    {
        // The program itself, not a copy of it: ctrace-cs stands beside it. It becomes who called sudo; here that is anybody.
        if (Tool.Find("ctrace", Path.GetFullPath(bench.Options.Ctrace)) is not { } ctrace)
            return;
        foreach (string name in new[] { "SUDO_UID", "SUDO_GID" })
            if (Environment.GetEnvironmentVariable(name) is not { Length: > 1 })
                Environment.SetEnvironmentVariable(name, "65534");
        Console.WriteLine("## C# handlers\n\n`sys_enter_read < pid, comm, args.count > => { if (pid < 0) Print(row); }`\n");
        var table = new Table("rows", "produced", "handled", "dropped", "CPU of ctrace, s");
        Once(bench, ctrace, table, $"{PerSecond:N0} a second for {Seconds} s", () => Paced(PerSecond * Seconds));
        Once(bench, ctrace, table, "as fast as one thread can", () => Burst(1_000_000));
        table.Print();
    }

    private static void Once(Bench bench, Tool ctrace, Table table, string title, Action load)
    {
        var start = new ManualResetEventSlim();
        int thread = 0;
        var known = new ManualResetEventSlim();
        var worker = new Thread(() =>
        {
            thread = (int)LibC.syscall(SyscallNumberOfGettid, 0, 0, 0, 0, 0);
            known.Set();
            start.Wait();
            load();
        });
        worker.Start();
        known.Wait();
        using var tracer = new Tracer(ctrace, Program.Replace("LOAD", thread.ToString(CultureInfo.InvariantCulture)), bench.OutputFile);
        try
        {
            tracer.AwaitAttached();
        }
        finally
        {
            start.Set();
        }

        worker.Join();
        Thread.Sleep(500);
        double cpu = tracer.CpuNanoseconds() / 1e9;
        tracer.Stop();
        long produced = File.ReadLines(bench.OutputFile).Where(l => l.StartsWith("@n: ", StringComparison.Ordinal)).Select(l => long.Parse(l[4..], CultureInfo.InvariantCulture)).FirstOrDefault();
        long dropped = tracer.Lines.Select(l => Dropped().Match(l.Text)).Where(m => m.Success).Sum(m => long.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture));
        table.Add(title, $"{produced:N0}", $"{produced - dropped:N0}", $"{dropped:N0}", Bench.Text(cpu, "0.00"));
    }

    private static nint SyscallNumberOfGettid => System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? 178 : 186;

    private static void Paced(int count)
    {
        long began = Stopwatch.GetTimestamp();
        for (int step = 0, done = 0; done < count; step++)
        {
            for (int i = 0; i < PerSecond / StepsPerSecond; i++, done++)
                Read();
            var wait = TimeSpan.FromSeconds((step + 1.0) / StepsPerSecond) - Stopwatch.GetElapsedTime(began);
            if (wait > TimeSpan.Zero)
                Thread.Sleep(wait);
        }
    }

    private static void Burst(int count)
    {
        for (int i = 0; i < count; i++)
            Read();
    }

    private static unsafe void Read() => LibC.read(-1, null, 0);

    [GeneratedRegex("([0-9]+) rows were dropped")]
    private static partial Regex Dropped();
}
