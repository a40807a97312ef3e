using System.Diagnostics;
using Ctrace.Runtime.Attaching;
using Ctrace.Runtime.Reading;
using Ctrace.Runtime.Sys;

namespace Ctrace.Runtime;

/// <summary>What a <c>test</c> probe gave.</summary>
/// <param name="Name">The test.</param>
/// <param name="Passed">Whether it returned 0, and nothing ended the program with an error.</param>
/// <param name="Duration">From its start until its output was shown.</param>
public sealed record TestResult(string Name, bool Passed, TimeSpan Duration);

/// <summary>What a <c>bench</c> probe gave.</summary>
/// <param name="Name">The benchmark.</param>
/// <param name="Nanoseconds">One run, on average.</param>
/// <param name="Runs">How many there were.</param>
public sealed record BenchmarkResult(string Name, double Nanoseconds, int Runs);

/// <summary>Running <c>test</c> and <c>bench</c> probes.</summary>
public sealed partial class TraceSession
{
    /// <summary>So many runs at a time, until they have taken long enough to be timed.</summary>
    private const int BenchmarkBatch = 10_000;
    private static readonly TimeSpan BenchmarkTime = TimeSpan.FromMilliseconds(200);

    /// <summary>Runs the program's <c>begin</c> and then its tests, one after the other.</summary>
    /// <param name="starting">Told of each before it runs.</param>
    /// <param name="ended">Told of each when its output was shown.</param>
    public void RunTests(Action<string> starting, Action<TestResult> ended)
    {
        var pump = Prepare();
        foreach (var test in _probes.Probes.OfType<TestProbe>().Where(p => !p.Plan.IsBenchmark))
        {
            starting(test.Plan.Name);
            _exitCode = null;
            long start = Stopwatch.GetTimestamp();
            uint returned = test.Run();
            pump.Drain();
            _sink.Flush();
            ended(new TestResult(test.Plan.Name, returned == 0 && _exitCode is null or 0, Stopwatch.GetElapsedTime(start)));
        }
    }

    /// <summary>Runs the program's <c>begin</c> and then its benchmarks, one after the other; what they print is not shown.</summary>
    public IEnumerable<BenchmarkResult> RunBenchmarks()
    {
        Prepare();
        using var statistics = new FileDescriptor(Math.Max(-1, Bpf.EnableStatistics()));
        foreach (var test in _probes.Probes.OfType<TestProbe>().Where(p => p.Plan.IsBenchmark))
        {
            var before = test.Program.Statistics();
            long start = Stopwatch.GetTimestamp();
            int runs = 0;
            while (Stopwatch.GetElapsedTime(start) < BenchmarkTime)
            {
                for (int i = 0; i < BenchmarkBatch; i++)
                    test.Run();
                runs += BenchmarkBatch;
            }

            var after = test.Program.Statistics();
            yield return new BenchmarkResult(test.Plan.Name, (after.RunNanoseconds - before.RunNanoseconds) / (double)Math.Max(1, after.RunCount - before.RunCount), runs);
        }
    }

    private RecordPump Prepare()
    {
        if (_trace is null)
            Load();
        using var pump = new RecordPump(_program, _events, _orders, _packets, _maps!, _sink) { ExitRequested = code => _exitCode ??= code };
        _probes.Open(_program.Attachments, _trace!.Programs, _program.ProbeNames);
        _probes.RunOnce(atEnd: false);
        pump.Drain();
        return pump;
    }
}
