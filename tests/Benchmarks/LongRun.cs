using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Ctrace.Runtime.Sys;

namespace Ctrace.Benchmarks;

/// <summary>
/// Many events for many minutes, among processes that come and go: whether memory stays, descriptors are given back, and each event is
/// printed or told to be lost; and whether a limit on a probe's cost holds.
/// </summary>
internal static partial class LongRun
{
    private const string Reads = "tracepoint:syscalls:sys_enter_read /pid == LOAD/ ";

    private const string Program = Reads + "{ @n = count(); @c[comm, args.count] = count(); @h = hist(args.count); @s[ustack(5)] = count(); printf(\"%d %s %d\\n\", pid, comm, args.count); } "
        + "tracepoint:sched:sched_process_exec { @e[comm] = count(); } interval:s:1 { print(@h); clear(@h); }";

    private const string Limit = "5%";

    private const int LimitSeconds = 20, ProcessesPerSecond = 20;

    public static void Run(Bench bench)
    {
        var ctrace = bench.Tools[0];
        Console.WriteLine($"## A long run\n\n`{Program.Replace("tracepoint:", "")}`, {bench.Options.Minutes} minutes, into a pipe; meanwhile\n{ProcessesPerSecond} processes a second come and go.\n");
        Endure(bench, ctrace);
        Restrain(ctrace);
    }

    private static void Endure(Bench bench, Tool ctrace)
    {
        using var load = Bench.PrepareReading(int.MaxValue);
        string pipe = bench.OutputFile + ".pipe";
        Process.Start("mkfifo", [pipe]).WaitForExit();
        var reader = new PipeReader(pipe);
        using var tracer = new Tracer(ctrace, Program.Replace("LOAD", load.Id.ToString(CultureInfo.InvariantCulture)), pipe);
        tracer.AwaitAttached();
        load.StandardInput.WriteLine();
        var table = new Table("minutes", "resident memory, MB", "descriptors", "lines printed", "lines per second", "CPU, %");
        long start = Stopwatch.GetTimestamp(), lines = 0, cpu = tracer.CpuNanoseconds();
        for (int minute = 1; minute <= bench.Options.Minutes; minute++)
        {
            long began = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(start).TotalMinutes < minute)
            {
                Bench.StartPrograms(1);
                Thread.Sleep(1000 / ProcessesPerSecond);
            }

            double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
            long now = tracer.CpuNanoseconds();
            table.Add(Bench.Text(minute, "0"), Bench.Text(tracer.Memory() / 1024.0, "0.0"), Bench.Text(Directory.GetFileSystemEntries($"/proc/{tracer.Pid}/fd").Length, "0"),
                Bench.Text(reader.Lines, "N0"), Bench.Text((reader.Lines - lines) / seconds, "N0"), Bench.Text((now - cpu) / 1e7 / seconds, "0"));
            (lines, cpu) = (reader.Lines, now);
        }

        LibC.kill(load.Id, Native.SigKill);
        load.WaitForExit();
        Thread.Sleep(500);
        tracer.Stop();
        reader.Wait();
        table.Print();
        long produced = reader.Produced, lost = tracer.Lines.Select(l => Lost().Match(l.Text)).Where(m => m.Success).Select(m => long.Parse(m.Groups[1].Value, NumberStyles.AllowThousands, CultureInfo.InvariantCulture)).DefaultIfEmpty().Max();
        Console.WriteLine($"Produced {produced:N0}; printed {reader.Events:N0}, told to be lost {lost:N0}, neither {produced - reader.Events - lost:N0}.\n");
    }

    /// <summary>A dear probe on a busy process, with a limit on what it may take of a CPU.</summary>
    private static void Restrain(Tool ctrace)
    {
        using var load = Bench.PrepareReading(int.MaxValue);
        var limited = ctrace with { Command = [.. ctrace.Command, "-v", "--max-cpu", Limit] };
        using var tracer = new Tracer(limited, Reads.Replace("LOAD", load.Id.ToString(CultureInfo.InvariantCulture)) + "{ @[ustack] = count(); } interval:s:1 { @seconds = count(); }");
        tracer.AwaitAttached();
        load.StandardInput.WriteLine();
        Thread.Sleep(TimeSpan.FromSeconds(LimitSeconds));
        LibC.kill(load.Id, Native.SigKill);
        load.WaitForExit();
        tracer.Stop();
        Console.WriteLine($"`--max-cpu {Limit}` with `{{ @[ustack] = count(); }}` on each read, for {LimitSeconds} s:\n");
        foreach (string line in tracer.Lines.Select(l => l.Text).Where(l => l.Contains('%') || l.Contains("detach", StringComparison.Ordinal)))
            Console.WriteLine("    " + line);
        Console.WriteLine();
    }

    [GeneratedRegex("([0-9,]+) events? lost")]
    private static partial Regex Lost();

    /// <summary>Reads what comes through a pipe, and keeps only what has to be known of it.</summary>
    private sealed class PipeReader
    {
        private readonly Thread _thread;
        private long _lines, _events;

        public PipeReader(string pipe)
        {
            _thread = new Thread(() => Read(pipe)) { IsBackground = true };
            _thread.Start();
        }

        public long Lines => Interlocked.Read(ref _lines);

        /// <summary>Lines of events: those that begin with a number.</summary>
        public long Events => Interlocked.Read(ref _events);

        /// <summary>What the program counted.</summary>
        public long Produced { get; private set; }

        public void Wait() => _thread.Join();

        private void Read(string pipe)
        {
            using var stream = new FileStream(pipe, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1);
            byte[] buffer = new byte[1 << 20];
            int held = 0;
            for (int count; (count = stream.Read(buffer, held, buffer.Length - held)) > 0;)
            {
                var text = buffer.AsSpan(0, held + count);
                long lines = 0, events = 0;
                for (int end; (end = text.IndexOf((byte)'\n')) >= 0; text = text[(end + 1)..])
                {
                    lines++;
                    if (end > 0 && text[0] is >= (byte)'0' and <= (byte)'9')
                        events++;
                    else if (text.StartsWith("@n: "u8))
                        Produced = long.Parse(text[4..end], CultureInfo.InvariantCulture);
                }

                text.CopyTo(buffer);
                held = text.Length;
                Interlocked.Add(ref _lines, lines);
                Interlocked.Add(ref _events, events);
            }
        }
    }
}
