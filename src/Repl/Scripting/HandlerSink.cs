using Ctrace.Compiler;
using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Layouts;
using Ctrace.Compiler.Text;
using Ctrace.Compiler.Values;
using Ctrace.Repl.Rendering;
using Ctrace.Runtime;
using Ctrace.Scripting.Protocol;

namespace Ctrace.Repl.Scripting;

/// <summary>Gives a program's C# the rows and tables that are meant for it, and all else to another sink.</summary>
internal sealed class HandlerSink : IOutputSink, IDisposable
{
    /// <summary>Rows go over in pieces of this many bytes, or when nothing more comes for the moment.</summary>
    private const int Batch = 32 << 10;

    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(1);

    private readonly TraceProgram _program;
    private readonly IOutputSink _inner;
    private readonly OutputStream _output;
    private readonly Action<string> _message;
    private readonly ScriptClient _client;
    private readonly WireHandler[] _handlers;
    private readonly object _writing = new();
    private readonly MemoryStream _rows = new();
    private readonly BinaryWriter _writer;
    private readonly Dictionary<(int Handler, int Line, string Message), int> _failures = [];
    private int _batchHandler = -1, _batchRows;
    private long _reported;

    /// <summary>Starts the C# of a program.</summary>
    /// <param name="program">The program.</param>
    /// <param name="inner">Takes all that is not for C#.</param>
    /// <param name="output">Where results go.</param>
    /// <param name="message">Shows one line that is no result.</param>
    /// <param name="options">What the C# gets.</param>
    /// <param name="maps">Reads a map.</param>
    /// <param name="others">Maps of other programs that its C# may read.</param>
    /// <exception cref="SessionException">C# can't be run.</exception>
    internal HandlerSink(TraceProgram program, IOutputSink inner, OutputStream output, Action<string> message, ScriptOptions options, Func<string, MapSnapshot?> maps, IEnumerable<MapSpec>? others = null)
    {
        (_program, _inner, _output, _message) = (program, inner, output, message);
        _writer = new BinaryWriter(_rows);
        _handlers = [.. program.Handlers.Select(Wire)];
        _client = ScriptClient.Start(options with { Handlers = _handlers }, maps);
        _client.OnPrint = Print;
        _client.OnFailed = Failed;
        _client.OnExit = code =>
        {
            ExitCode = code;
            Stop();
        };
        _client.OnSlow = handler => Say($"the handler at {At(handler)} has been running for 3 seconds: what it should get waits, and is then dropped");
        _client.OnGone = (handler, how) => Say($"C# has ended{(handler >= 0 ? $" in the handler at {At(handler)}" : "")}: {how}. Tracing goes on without it");
        _client.SetMaps([.. program.Maps.Where(m => m.Role == MapRole.User).Concat(others ?? []).DistinctBy(m => m.Name).Select(ClrTypes.Of)]);
    }

    /// <inheritdoc/>
    public event Action? ReaderGone
    {
        add => _inner.ReaderGone += value;
        remove => _inner.ReaderGone -= value;
    }

    /// <summary>Ends tracing, when C# asks for it.</summary>
    internal Action Stop { get; set; } = () => { };

    /// <summary>The exit code that C# asked for, or null.</summary>
    internal int? ExitCode { get; private set; }

    /// <summary>Waits for the compiler of C#.</summary>
    /// <returns>What it found wrong, in terms of the program's text.</returns>
    internal IReadOnlyList<Diagnostic> Compile() => [.. _client.WaitCompiled().Select(e =>
        new Diagnostic("CT4001", Severity.Error, new TextSpan(_program.Handlers[e.Handler].Code.Start + e.Start, e.Length), e.Message))];

    /// <inheritdoc/>
    public void Attached(int probes) => _inner.Attached(probes);

    /// <inheritdoc/>
    public void Event(EventLayout layout, ReadOnlySpan<byte> record)
    {
        switch (layout)
        {
            case RowEvent { Handler: >= 0 } row:
                Row(row, record);
                break;
            case HandlerEvent alone:
                Run(alone.Handler, null);
                break;
            default:
                // What came before is printed before.
                SendRows();
                lock (_writing)
                    _inner.Event(layout, record);
                break;
        }
    }

    /// <inheritdoc/>
    public void Ending()
    {
        SendRows();
        Finish();
        lock (_writing)
            _inner.Ending();
    }

    /// <inheritdoc/>
    public void Map(MapSnapshot map, int top, long divisor)
    {
        if (map.Spec.Handler >= 0 && top == 0 && divisor <= 1)
        {
            Run(map.Spec.Handler, map);
            return;
        }

        SendRows();
        lock (_writing)
            _inner.Map(map, top, divisor);
    }

    /// <inheritdoc/>
    public void Entry(MapSnapshot map)
    {
        lock (_writing)
            _inner.Entry(map);
    }

    /// <inheritdoc/>
    public void Lost(LossCounter counter, long count)
    {
        lock (_writing)
            _inner.Lost(counter, count);
    }

    /// <inheritdoc/>
    public void LostInAll(LossCounter counter, long total, int reports)
    {
        lock (_writing)
            _inner.LostInAll(counter, total, reports);
    }

    /// <inheritdoc/>
    public void Warn(string message)
    {
        lock (_writing)
            _inner.Warn(message);
    }

    /// <inheritdoc/>
    public void Flush()
    {
        SendRows();
        lock (_writing)
            _inner.Flush();
        long now = Environment.TickCount64;
        if (now - _reported < 1000)
            return;
        _reported = now;
        Report();
    }

    /// <summary>Waits for what C# still has to do, and says what it did not get.</summary>
    internal void Finish()
    {
        if (_client.IsAlive && !_client.Drain(EndLimit))
        {
            Say($"the handler at {At(_client.Running)} did not end and was stopped");
            _client.Kill();
        }

        Report();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _client.Dispose();
        foreach (var ((handler, line, message), count) in _failures)
            if (count > 1)
                Say($"handler at line {line}: {message}: {count - 1} more times");
    }

    private static WireColumn[] Columns(TraceProgram program, int handler)
    {
        var events = program.Events.OfType<RowEvent>().Where(e => e.Handler == handler).ToList();
        // A wildcard's probes may have fields of different types: then C# finds out when it runs.
        return events.Count == 0 ? [] : [.. events[0].Names.Select((name, i) => new WireColumn(name,
            events.Select(e => ClrTypes.Of(e.Fields[i].Type).CSharp).Distinct().Count() == 1 ? ClrTypes.Of(events[0].Fields[i].Type) : WireType.Of("dynamic")))];
    }

    private WireHandler Wire(Handler handler, int index)
    {
        string code = _program.Source.Text.Substring(handler.Code.Start, handler.Code.Length);
        int line = _program.Source.Locate(handler.Code.Start).Line + 1;
        return handler.Kind switch
        {
            HandlerKind.Row => new WireHandler(WireHandler.Row, code, line, Columns(_program, index), ""),
            HandlerKind.Refresh => new WireHandler(WireHandler.Table, code, line, [], _program.Maps.First(m => m.Handler == index).Name),
            _ => new WireHandler(WireHandler.Alone, code, line, [], ""),
        };
    }

    private void Row(RowEvent row, ReadOnlySpan<byte> record)
    {
        if (_batchHandler != row.Handler)
            SendRows();
        _batchHandler = row.Handler;
        var values = new TraceValue[row.Fields.Length];
        for (int i = 0; i < values.Length; i++)
            values[i] = ValueDecoder.Decode(row.Fields[i].Type, row.Fields[i].Offset < record.Length ? record[row.Fields[i].Offset..] : default, _program.ProbeNames);
        _client.WriteRow(_writer, values, _handlers[row.Handler].Columns);
        _batchRows++;
        if (_rows.Length >= Batch)
            SendRows();
    }

    private void SendRows()
    {
        if (_batchRows == 0)
            return;
        var content = new MemoryStream();
        using var writer = new BinaryWriter(content);
        writer.Write(_batchHandler);
        writer.Write(_batchRows);
        writer.Write(_rows.GetBuffer(), 0, (int)_rows.Length);
        writer.Flush();
        _client.Enqueue(Message.Rows, _batchHandler, _batchRows, content.ToArray());
        _rows.SetLength(0);
        _batchRows = 0;
    }

    private void Run(int handler, MapSnapshot? table)
    {
        SendRows();
        var content = new MemoryStream();
        using var writer = new BinaryWriter(content);
        writer.Write(handler);
        _client.WriteRows(writer, table);
        writer.Flush();
        _client.Enqueue(Message.Run, handler, 1, content.ToArray());
    }

    private void Print(string text)
    {
        lock (_writing)
        {
            if (_inner is JsonSink json)
                json.Text(text);
            else
                _output.Write(text);
            _output.EndPiece();
            if (!_output.IsTerminal && text.Length > 0)
                _inner.Flush();
        }
    }

    private void Failed(int handler, int line, string message)
    {
        lock (_failures)
        {
            var key = (handler, line, message);
            _failures[key] = _failures.GetValueOrDefault(key) + 1;
            if (_failures[key] > 1)
                return;
        }

        Say($"handler at line {line}: {message}");
    }

    private void Report()
    {
        long[] dropped = _client.TakeDropped();
        for (int i = 0; i < dropped.Length; i++)
        {
            if (dropped[i] == 0)
                continue;
            Say($"{dropped[i]} {(_program.Handlers[i].Kind == HandlerKind.Row ? "rows" : "runs")} were dropped: the handler at {At(i)} {(_client.IsAlive ? "is slower than they come" : "has ended")}");
            if (_inner is JsonSink json)
                lock (_writing)
                    json.LostRows(dropped[i], At(i));
        }
    }

    private string At(int handler)
    {
        if (handler < 0)
            return "an unknown place";
        var place = _program.Source.Locate(_program.Handlers[handler].Code.Start);
        return $"line {place.Line + 1}, column {place.Column + 1}";
    }

    private void Say(string message) => _message("ctrace: " + message);
}
