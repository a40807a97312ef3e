using System.Globalization;
using Ctrace.Repl.Rendering;
using Ctrace.Runtime;

namespace Ctrace.Repl;

/// <summary>Shows what <c>--test</c> and <c>--bench</c> give.</summary>
/// <param name="output">Where results go.</param>
/// <param name="json">Whether as documents.</param>
/// <param name="colour">Whether in colours.</param>
internal sealed class TestRunner(OutputStream output, bool json, bool colour)
{
    private const string Green = "\e[32m", Red = "\e[31m", Plain = "\e[0m";

    /// <summary>Runs all tests; 0 when all have passed.</summary>
    internal int Test(TraceSession session, int count)
    {
        var failed = new List<string>();
        int passed = 0;
        if (!json)
            Line(Green, "==========", $"Running {Tests(count)}.");
        session.RunTests(
            name =>
            {
                if (!json)
                    Line(Green, " RUN      ", name);
            },
            result =>
            {
                if (result.Passed)
                    passed++;
                else
                    failed.Add(result.Name);
                Show(result);
            });
        if (!json)
            Sum(passed, failed);
        output.Flush();
        return failed.Count == 0 ? 0 : 1;
    }

    /// <summary>Runs all benchmarks.</summary>
    internal int Benchmark(TraceSession session)
    {
        if (!json)
            output.Write($"{"Benchmark",-41}{"Time(ns)",-15}{"Iterations",-10}\n{new string('-', 66)}\n");
        foreach (var result in session.RunBenchmarks())
        {
            string time = result.Nanoseconds.ToString("F0", CultureInfo.InvariantCulture);
            if (json)
            {
                output.Write("{\"type\": \"benchmark_result\", \"data\": {");
                JsonWriter.WriteText(output, result.Name);
                output.Write($": {{\"average\": {time}, \"iters\": {result.Runs}}}}}}}\n");
            }
            else
            {
                output.Write($"{result.Name,-41}{time,-15}{result.Runs}\n");
            }

            output.Flush();
        }

        return 0;
    }

    private void Show(TestResult result)
    {
        long microseconds = (long)result.Duration.TotalMicroseconds;
        if (json)
        {
            output.Write("{\"type\": \"test_result\", \"data\": {");
            JsonWriter.WriteText(output, result.Name);
            output.Write($": {{\"duration\": {microseconds}, \"passed\": {(result.Passed ? "true" : "false")}}}}}}}\n");
        }
        else if (result.Passed)
        {
            Line(Green, "       OK ", $"{result.Name} ({microseconds} μs)");
        }
        else
        {
            Line(Red, "  FAILED  ", $"{result.Name} ({microseconds} μs)");
        }

        output.Flush();
    }

    private void Sum(int passed, List<string> failed)
    {
        Line(Green, "==========", $"{Tests(passed + failed.Count)} ran.");
        Line(Green, "  PASSED  ", $"{Tests(passed)}.");
        if (failed.Count == 0)
            return;
        Line(Red, "  FAILED  ", $"{Tests(failed.Count)}, listed below:");
        foreach (string name in failed)
            Line(Red, "  FAILED  ", name);
    }

    private static string Tests(int count) => count == 1 ? "1 test" : $"{count} tests";

    private void Line(string paint, string mark, string text) =>
        output.Write(colour ? $"{paint}[{mark}]{Plain} {text}\n" : $"[{mark}] {text}\n");
}
