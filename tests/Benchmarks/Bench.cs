using System.Diagnostics;
using System.Globalization;

namespace Ctrace.Benchmarks;

/// <summary>What all measurements share.</summary>
/// <param name="Options">From the command line.</param>
/// <param name="Tools">ctrace, and bpftrace where there is one.</param>
/// <param name="Folder">For files, on the way.</param>
internal sealed record Bench(Options Options, Tool[] Tools, string Folder)
{
    /// <summary>The CPU of the load, and the one of the tool.</summary>
    public static int LoadCpu => Environment.ProcessorCount - 1;

    /// <inheritdoc cref="LoadCpu"/>
    public static int ToolCpu => 0;

    /// <summary>The column titles for the tools and their ratio.</summary>
    public string[] Titles => [.. Tools.Select(t => t.Name), .. Tools.Length > 1 ? new[] { "ratio", "target" } : []];

    public string OutputFile => Path.Combine(Folder, "output");

    /// <summary>Reads as many bytes one by one, on a CPU of its own.</summary>
    /// <returns>How long that took.</returns>
    public static TimeSpan ReadBytes(int count)
    {
        long start = Stopwatch.GetTimestamp();
        Native.Pin(LoadCpu);
        using var process = Process.Start("dd", Reading(count));
        Native.Pin(-1);
        process.WaitForExit();
        return Stopwatch.GetElapsedTime(start);
    }

    /// <summary>A process that does the same as soon as it is given a line.</summary>
    public static Process PrepareReading(int count)
    {
        Native.Pin(LoadCpu);
        var process = Process.Start(new ProcessStartInfo("sh", ["-c", "read line; exec dd \"$@\"", "sh", .. Reading(count)])
        {
            RedirectStandardInput = true,
        })!;
        Native.Pin(-1);
        return process;
    }

    /// <summary>Starts a program several times.</summary>
    public static void StartPrograms(int count)
    {
        for (int i = 0; i < count; i++)
        {
            using var process = Process.Start("true");
            process.WaitForExit();
        }
    }

    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? double.NaN : (sorted[sorted.Length / 2] + sorted[(sorted.Length - 1) / 2]) / 2;
    }

    /// <summary>Cells for a row: each tool's value, their ratio, and whether it is within the target.</summary>
    public static string[] Compare(double[] values, string format, double? target = null)
    {
        IEnumerable<string> cells = values.Select(v => Text(v, format));
        if (values.Length > 1)
            cells = cells.Concat([Ratio(values[0] / values[1]), Judge(values[0] / values[1], target)]);
        return [.. cells];
    }

    /// <summary>Whether a ratio, as it is printed, is within a target.</summary>
    public static string Judge(double ratio, double? target) =>
        target is null ? "" : $"≤ {Text(target.Value, "0.##")} {(Math.Round(ratio, 2) <= target ? "ok" : "over")}";

    public static string Ratio(double ratio) => Text(ratio, Math.Abs(ratio) < 0.1 ? "0.000" : "0.00");

    public static string Text(double value, string format) =>
        double.IsNaN(value) ? "–" : value.ToString(format, CultureInfo.InvariantCulture);

    private static string[] Reading(int count) => ["if=/dev/zero", "of=/dev/null", "bs=1", $"count={count}", "status=none"];

    public static double Milliseconds(long ticks) => ticks * 1000.0 / Stopwatch.Frequency;
}
