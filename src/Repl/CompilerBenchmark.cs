using System.Diagnostics;
using System.Globalization;
using Ctrace.Compiler;
using Ctrace.Repl.Rendering;

namespace Ctrace.Repl;

/// <summary><c>--mode compiler-bench</c>: how long the steps of the compiler take.</summary>
internal static class CompilerBenchmark
{
    private const int MostRounds = 1000;
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    /// <summary>Compiles again and again for a second; 1 where the program has an error.</summary>
    internal static int Run(Func<CompilationResult> compile)
    {
        // The first one also reads what later ones remember of the machine, and says what is wrong with the program.
        if (compile().Program is null)
            return 1;
        var times = new List<CompilationTimes>();
        for (long start = Stopwatch.GetTimestamp(); times.Count < MostRounds && Stopwatch.GetElapsedTime(start) < Longest;)
            times.Add(compile().Times);
        var output = new OutputStream(1);
        output.Write($"{"step",-10}{"rounds",8}{"microseconds",16}\n");
        foreach (var (name, values) in new[] { ("parse", times.Select(t => t.Parsing)), ("bind", times.Select(t => t.Binding)), ("lower", times.Select(t => t.Lowering)) })
            output.Write($"{name,-10}{times.Count,8}{Show([.. values.Select(v => v.TotalMicroseconds)]),16}\n");
        output.Flush();
        return 0;
    }

    private static string Show(double[] values)
    {
        double mean = values.Average(), spread = Math.Sqrt(values.Average(v => (v - mean) * (v - mean)));
        return string.Create(CultureInfo.InvariantCulture, $"{mean:F0} ± {spread:F0}");
    }
}
