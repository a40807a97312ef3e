using System.Diagnostics;
using System.Globalization;

namespace Ctrace.Benchmarks;

/// <summary>From the start to attached probes, and from Ctrl-C to the result; and the memory in between.</summary>
internal static class StartAndStop
{
    /// <summary>As many functions the binary for the wildcard has.</summary>
    private const int Functions = 1000;

    public static void Run(Bench bench)
    {
        Console.WriteLine($"## Start and stop\n\nMedians of {bench.Options.Runs} alternating runs.\n");
        Measure(bench, new Case("`syscalls:sys_enter_execve { @ = count(); }`", "tracepoint:syscalls:sys_enter_execve { @ = count(); }", () => Bench.StartPrograms(10)));
        Measure(bench, new Case("20 tracepoints whose records are read", Tracepoints(), () => Bench.StartPrograms(10)));
        if (MakeFunctions(bench) is { } binary)
            Measure(bench, new Case("`uprobe:BINARY:f* { @ = count(); }`, 1,000 functions", $"uprobe:{binary}:f* {{ @ = count(); }}", () => Process.Start(binary).WaitForExit()));
    }

    /// <summary>Ten system calls, in and out, each by a clause that needs the record.</summary>
    private static string Tracepoints()
    {
        string[] calls = ["lseek", "close", "read", "write", "newfstat", "mmap", "munmap", "brk", "mprotect", "openat"];
        string clauses = string.Concat(calls.Select(c => $"tracepoint:syscalls:sys_enter_{c} {{ @e[args.__syscall_nr] = count(); }} tracepoint:syscalls:sys_exit_{c} {{ @x[args.ret >= 0] = count(); }} "));
        return clauses + "begin { @ = count(); }";
    }

    /// <summary>A binary with many functions, by a path that is the same for a tool in another root folder; null where there is no compiler.</summary>
    private static string? MakeFunctions(Bench bench)
    {
        string file = Path.Combine(bench.Folder, "many"), source = file + ".c";
        File.WriteAllText(source, string.Concat(Enumerable.Range(0, Functions).Select(i => string.Create(CultureInfo.InvariantCulture, $"__attribute__((noinline)) int f{i}(int x) {{ return x + {i}; }}\n"))) + "int main(void) { return f7(1) > 8; }\n");
        try
        {
            using var compiler = Process.Start("gcc", ["-O1", "-o", file, source]);
            compiler.WaitForExit();
            return compiler.ExitCode == 0 ? $"/proc/{Environment.ProcessId}/root{file}" : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Console.Error.WriteLine("there is no gcc: functions by a wildcard are left out");
            return null;
        }
    }

    private static void Measure(Bench bench, Case @case)
    {
        // One of each that does not count: the files are then in memory.
        var runs = bench.Tools.Select(_ => new List<Measured>()).ToArray();
        for (int run = 0; run <= bench.Options.Runs; run++)
        {
            for (int i = 0; i < runs.Length; i++)
            {
                var measured = Once(bench.Tools[i], @case);
                if (run > 0)
                    runs[i].Add(measured);
            }
        }

        var table = new Table([@case.Title, .. bench.Titles]);
        table.Add(["start → attached, ms", .. Row(m => m.Attached, "0.0", 0.15)]);
        table.Add(["the same, CPU time, ms", .. Row(m => m.Cpu, "0.0", 0.15)]);
        table.Add(["peak resident memory, MB", .. Row(m => m.Memory, "0.0", 0.2)]);
        table.Add(["Ctrl-C → result printed, ms", .. Row(m => m.Result, "0.0")]);
        table.Add(["Ctrl-C → process gone, ms", .. Row(m => m.Gone, "0.0")]);
        table.Print();

        string[] Row(Func<Measured, double> what, string format, double? target = null) =>
            Bench.Compare([.. runs.Select(r => Bench.Median(r.Select(what)))], format, target);
    }

    private static Measured Once(Tool tool, Case @case)
    {
        using var tracer = new Tracer(tool, @case.Program);
        long attached = tracer.AwaitAttached();
        long cpu = tracer.CpuNanoseconds();
        @case.Work();
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

    private sealed record Case(string Title, string Program, Action Work);

    private sealed record Measured(double Attached, double Cpu, double Memory, double Result, double Gone);
}
