using System.Diagnostics;
using Ctrace.Compiler;
using Ctrace.Compiler.Binding;
using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Layouts;
using Ctrace.Compiler.Syntax;
using Ctrace.Compiler.Targets;
using Ctrace.Compiler.Text;
using Ctrace.Compiler.Values;
using Ctrace.Runtime;
using Ctrace.Runtime.Kernel;
using Ctrace.Runtime.Loading;
using Xunit.Abstractions;

namespace Ctrace.Kernel.Tests.Properties;

/// <summary>
/// Random programs give in the kernel what a plain interpreter gives. Usually a few hundred are tried;
/// <c>CTRACE_PROPERTY_PROGRAMS=10000</c> tries so many, from <c>CTRACE_PROPERTY_FIRST</c> on.
/// </summary>
public class CodeTests(ITestOutputHelper output)
{
    private const int Usual = 300, Fewest = 50;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly KernelTarget _target = new();
    private int _givenUp;

    [KernelFact]
    public void RandomProgramsDoWhatTheyMean()
    {
        bool all = int.TryParse(Environment.GetEnvironmentVariable("CTRACE_PROPERTY_PROGRAMS"), out int count);
        _ = int.TryParse(Environment.GetEnvironmentVariable("CTRACE_PROPERTY_FIRST"), out int first);
        count = all ? count : Usual;
        var clock = Stopwatch.StartNew();
        var failures = new List<string>();
        int tried = 0;
        for (int seed = first; seed < first + count && failures.Count < 10 && (all || tried < Fewest || clock.Elapsed < Patience); seed++, tried++)
        {
            string program = ProgramGenerator.Make(seed, _target.Supports(KernelFeature.PerCpuLookup));
            // Every fourth is compiled as for an older kernel, and as many for one that calls the bodies of loops: what was made for those runs here as well.
            if (Problem(program, (seed % 4) switch { 3 => LimitedTarget.Older(_target), 1 => LimitedTarget.Without(KernelFeature.MayGoto), _ => _target }) is { } problem)
                failures.Add($"{seed}: {problem}\n{program}");
        }

        output.WriteLine($"{tried} programs from {first} in {clock.Elapsed.TotalSeconds:0.0} s; the verifier gave up on {_givenUp}");
        Assert.True(failures.Count == 0, string.Join("\n\n", failures));
        Assert.InRange(_givenUp, 0, 1 + tried / 100);
        Assert.InRange(tried, Math.Min(count, Fewest), count);
    }

    /// <summary>How what a program gives differs from what it means; null where it doesn't.</summary>
    private string? Problem(string text, ITarget target)
    {
        try
        {
            var source = new SourceText(text);
            var options = new CompilationOptions { EventBufferSize = 1 << 18 };
            var compiled = Compilation.Compile(source, target, options);
            if (compiled.Program is null)
                return string.Concat(compiled.Diagnostics.Where(d => d.Severity == Severity.Error).Select(d => DiagnosticPrinter.Format(source, d)));
            var meant = new TreeInterpreter();
            var diagnostics = new DiagnosticBag();
            meant.Run(ProgramBinder.Bind(Parser.Parse(source, diagnostics)!, target, ref options, diagnostics)!);
            var sink = new ValueSink();
            using var session = new TraceSession(compiled.Program, target, new SessionOptions(), sink);
            session.Run();
            string wanted = Report(meant.Printed, meant.Entries()), given = Report(sink.Printed, sink.Entries);
            return wanted == given ? null : $"means\n{Difference(wanted, given)}gives\n{Difference(given, wanted)}";
        }
        catch (LoadException refused) when (refused.Diagnostic.Message.Contains("too large") || refused.Diagnostic.Message.Contains("too complex"))
        {
            // Both ways of all branches in all rounds of all loops: what a verifier can follow has an end.
            _givenUp++;
            return null;
        }
        catch (LoadException refused)
        {
            return DiagnosticPrinter.Format(new SourceText(text), refused.Diagnostic);
        }
        catch (Exception e) when (e is InvalidOperationException or KeyNotFoundException or SessionException or ArgumentException or InvalidCastException or NullReferenceException)
        {
            return e.ToString();
        }
    }

    private static string Report(IEnumerable<string> printed, IEnumerable<string> entries) =>
        string.Concat(printed.Select((p, i) => $"  print {i}: {p}\n").Concat(entries.Order(StringComparer.Ordinal).Select(e => $"  {e}\n")));

    private static string Difference(string one, string other)
    {
        var there = other.Split('\n').ToHashSet();
        return string.Concat(one.Split('\n').Where(line => !there.Contains(line)).Select(line => line + "\n"));
    }

    /// <summary>Takes printed values and maps as <see cref="TreeInterpreter"/> writes them.</summary>
    private sealed class ValueSink : ITraceSink
    {
        public List<string> Printed { get; } = [];
        public List<string> Entries { get; } = [];

        public void Event(EventLayout layout, ReadOnlySpan<byte> record)
        {
            if (layout is PrintValueEvent { Fields: [var field] })
                Printed.Add(Format(ValueDecoder.Decode(field.Type, record[field.Offset..], [])));
        }

        public void Map(MapSnapshot map, int top, long divisor)
        {
            foreach (var entry in map.Entries())
                Entries.Add($"{map.Spec.Name}[{string.Join(",", entry.Keys.Select(Format))}]={Format(entry.Values[0])}");
        }

        public void Attached(int probes)
        {
        }

        public void Ending()
        {
        }

        public void Entry(MapSnapshot map)
        {
        }

        public void Lost(LossCounter counter, long count) => Printed.Add($"lost: {counter.Cause} {counter.Subject} {count}");

        public void Warn(string message) => Printed.Add(message);

        public void Flush()
        {
        }

        private static string Format(TraceValue value) => value switch
        {
            TupleValue tuple => "(" + string.Join(",", tuple.Items.Select(Format)) + ")",
            BoolValue b => b.Value ? "true" : "false",
            NumberValue { Signed: true } n => n.Bits.ToString(System.Globalization.CultureInfo.InvariantCulture),
            NumberValue n => ((ulong)n.Bits).ToString(System.Globalization.CultureInfo.InvariantCulture),
            TextValue text => $"'{System.Text.Encoding.Latin1.GetString(text.Bytes.Span)}'",
            _ => value.ToString()!,
        };
    }
}
