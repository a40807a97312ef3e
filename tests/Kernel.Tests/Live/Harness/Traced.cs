using System.Collections.Immutable;
using System.Runtime.ExceptionServices;
using System.Text;
using Ctrace.Compiler;
using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Layouts;
using Ctrace.Compiler.Targets;
using Ctrace.Compiler.Text;
using Ctrace.Compiler.Values;
using Ctrace.Runtime;
using Ctrace.Runtime.Kernel;
using Ctrace.Runtime.Loading;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>One program, run on this kernel in this process while something happens, and what it showed.</summary>
internal sealed class Traced
{
    /// <summary>Long enough for the slowest machine: a session that takes longer hangs.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly Recorder _recorder;

    private Traced(Recorder recorder, int exitCode, IReadOnlyList<ProgramStatistics> statistics) =>
        (_recorder, ExitCode, Statistics) = (recorder, exitCode, statistics);

    public int ExitCode { get; }

    public IReadOnlyList<ProgramStatistics> Statistics { get; }

    public string Text => _recorder.Text;

    public List<string> Messages => _recorder.Messages;

    /// <summary>Events that no program saw, as the messages tell.</summary>
    public long Missed => Live.Messages.Missed(string.Join('\n', Messages));

    public long Events => _recorder.Events;

    public int Probes => _recorder.Probes;

    /// <summary>The maps of <c>print(@map)</c>, in order.</summary>
    public List<MapSnapshot> Printed => _recorder.Printed;

    public long Lost(LossCause cause) => _recorder.Losses.GetValueOrDefault(cause);

    /// <summary>What was printed, line by line, without the empty ones.</summary>
    public string[] Lines => Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Runs a program. In it, <c>$1</c> is the thread that calls this and <c>$2</c> its process, and more can follow.</summary>
    /// <param name="program">The text.</param>
    /// <param name="workload">What to do when all is attached; null waits for the program to end by itself.</param>
    public static Traced Run(string program, Action? workload = null, params object[] parameters) =>
        Run(program, workload is null ? null : _ => workload(), new CompilationOptions(), parameters: parameters);

    /// <summary>Runs a program with choices; <c>dw_ustack</c> unwinds this process and what it starts.</summary>
    public static Traced Run(
        string program, Action<Recorder>? workload, CompilationOptions options, ITarget? target = null, bool render = true,
        params object[] parameters)
    {
        target ??= new KernelTarget();
        var compiled = Compile(program, options with
        {
            Parameters = [$"{Native.CurrentThread()}", $"{Environment.ProcessId}", .. parameters.Select(p => $"{p}")],
        }, target);
        var recorder = new Recorder(compiled, render);
        using var session = new TraceSession(compiled, target, new SessionOptions { Symbols = recorder.Symbols, UnwoundProcesses = options.UnwindsOthers ? [Environment.ProcessId] : [] }, recorder);
        int code = 0;
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                code = session.Run();
            }
            catch (LoadException e)
            {
                failure = ExceptionDispatchInfo.Capture(
                    new InvalidOperationException(DiagnosticPrinter.Format(new SourceText(program), e.Diagnostic), e));
            }
            catch (Exception e)
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
            finally
            {
                recorder.IsAttached.Set();
            }
        });
        thread.Start();
        Assert.True(recorder.IsAttached.Wait(Patience), "the probes are not attached after minutes");
        try
        {
            if (failure is null)
                workload?.Invoke(recorder);
        }
        finally
        {
            if (workload is not null)
                session.Stop();
            bool ended = thread.Join(Patience);
            failure?.Throw();
            Assert.True(ended, "the session does not end");
        }

        return new Traced(recorder, code, session.ProgramStatistics);
    }

    /// <summary>Compiles, and fails the test with the compiler's messages.</summary>
    public static TraceProgram Compile(string program, CompilationOptions? options = null, ITarget? target = null)
    {
        var source = new SourceText(program);
        var result = Compilation.Compile(source, target ?? new KernelTarget(), options ?? new CompilationOptions());
        Assert.True(result.Program is not null,
            program + "\n" + string.Concat(result.Diagnostics.Select(d => DiagnosticPrinter.Format(source, d))));
        return result.Program;
    }

    /// <summary>Has the kernel's verifier judge a program.</summary>
    public static void Load(string program, CompilationOptions? options = null)
    {
        var target = new KernelTarget();
        var compiled = Compile(program, options, target);
        using var session = new TraceSession(compiled, target, new SessionOptions(), new Recorder(compiled, true));
        try
        {
            session.Load();
        }
        catch (LoadException e)
        {
            Assert.Fail(DiagnosticPrinter.Format(new SourceText(program), e.Diagnostic));
        }
    }

    /// <summary>The only value of a map without keys.</summary>
    public TraceValue Value(string map = "@") => Assert.Single(Values(map)).Value;

    /// <summary>The same as a number; 0 where the map was never set.</summary>
    public long Number(string map = "@") => Snapshot(map) is null ? 0 : Number(Value(map));

    /// <summary>A map's values by key; none where it has no entry.</summary>
    public Dictionary<string, TraceValue> Values(string map = "@") => Snapshot(map) is { } m ? Rows(m) : [];

    /// <summary>The same as numbers.</summary>
    public Dictionary<string, long> Numbers(string map = "@") => Values(map).ToDictionary(v => v.Key, v => Number(v.Value));

    /// <summary>The time that a map's values were gathered in.</summary>
    public double Seconds(string map) => Snapshot(map)!.Seconds;

    /// <summary>The columns of a table's rows, by key.</summary>
    public Dictionary<string, TraceValue[]> Table(string map = "@") => Snapshot(map) is { } m
        ? m.Rows.ToDictionary(r => Key(m, r), r => m.Spec.Shape!.Columns
            .Select(c => c.Content.ToValue(r.Value.Span[c.Offset..], m.ProbeNames)).ToArray())
        : [];

    /// <summary>A snapshot's rows, all columns of each.</summary>
    public static List<TraceValue[]> Columns(MapSnapshot map) =>
        [.. map.Rows.Select(r => map.Spec.Shape!.Columns.Select(c => c.Content.ToValue(r.Value.Span[c.Offset..], map.ProbeNames)).ToArray())];

    /// <summary>A snapshot's values by key.</summary>
    public static Dictionary<string, TraceValue> Rows(MapSnapshot map)
    {
        var column = map.Spec.Shape!.Columns[0];
        return map.Rows.ToDictionary(r => Key(map, r), r => column.Content.ToValue(r.Value.Span[column.Offset..], map.ProbeNames));
    }

    /// <summary>A value as text.</summary>
    public static string Show(TraceValue value) => value switch
    {
        NumberValue n => n.Signed ? $"{n.Bits}" : $"{(ulong)n.Bits}",
        BoolValue b => b.Value ? "true" : "false",
        TextValue t => Encoding.UTF8.GetString(t.Bytes.Span),
        TupleValue t => $"({string.Join(", ", t.Items.Select(Show))})",
        AddressValue a => $"0x{a.Address:x}",
        StatsValue s => $"{s.Count} {s.Average} {s.Total}",
        HistogramValue h => string.Join(" ", h.Buckets.Select(b => $"{b.Label}={b.Count}")),
        _ => value.ToString(),
    };

    /// <summary>A number's 64 bits.</summary>
    public static long Number(TraceValue value) => value switch
    {
        NumberValue n => n.Bits,
        BoolValue b => b.Value ? 1 : 0,
        _ => throw new InvalidOperationException($"{value} is no number"),
    };

    public MapSnapshot? Snapshot(string name) => _recorder.Final.SingleOrDefault(m => m.Spec.Name == name);

    private static string Key(MapSnapshot map, MapRow row) =>
        string.Join(", ", map.Spec.Shape!.Keys.Select(k => Show(ValueDecoder.Decode(k.Type, row.Key.Span[k.Offset..], map.ProbeNames))));
}
