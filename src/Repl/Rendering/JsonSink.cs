using System.Text;
using Ctrace.Compiler;
using Ctrace.Compiler.Layouts;
using Ctrace.Compiler.Values;
using Ctrace.Runtime;
using Ctrace.Runtime.Symbols;

namespace Ctrace.Repl.Rendering;

/// <summary>Shows a session's results as JSON documents, one per line (docs/json.md); messages go where text's messages go.</summary>
public sealed class JsonSink : IOutputSink
{
    private readonly OutputStream _output;
    private readonly Action<string> _message;
    private readonly IReadOnlyList<string> _probeNames;
    private readonly TextSinkOptions _options;
    private readonly ValueFormatter _values;
    private readonly JsonWriter _json, _rows;
    private readonly JsonMaps _maps;
    private readonly FormattedTexts _texts;
    private readonly Dictionary<EventLayout, PrintfRenderer> _printfs = new(ReferenceEqualityComparer.Instance);
    private readonly ByteWriter _scratch = new();

    /// <summary>A sink.</summary>
    /// <param name="output">Where results go.</param>
    /// <param name="message">Shows one line that is not a result.</param>
    /// <param name="probeNames">What probe-name values in events index.</param>
    /// <param name="options">Choices.</param>
    public JsonSink(OutputStream output, Action<string> message, IReadOnlyList<string> probeNames, TextSinkOptions options)
    {
        (_output, _message, _probeNames, _options) = (output, message, probeNames, options);
        _values = new ValueFormatter(options.Clock ?? new Clock(), options.Symbols);
        _json = new JsonWriter(_values);
        _rows = new JsonWriter(_values, namesConstants: true);
        _maps = new JsonMaps(_json, _rows);
        _texts = new FormattedTexts(probeNames, _values);
    }

    /// <inheritdoc/>
    public event Action? ReaderGone;

    /// <inheritdoc/>
    public void Attached(int probes)
    {
        if (!_options.Quiet)
            Line($"{{\"type\": \"attached_probes\", \"count\": {probes}, \"data\": {{\"probes\": {probes}}}}}");
        // What waits for this line must not wait for the first event.
        _output.Flush();
    }

    /// <inheritdoc/>
    public void Event(EventLayout layout, ReadOnlySpan<byte> record)
    {
        switch (layout)
        {
            case PrintfEvent printf:
                if (!_printfs.TryGetValue(layout, out var renderer))
                    _printfs[layout] = renderer = new PrintfRenderer(printf, _probeNames, _values);
                _scratch.Clear();
                renderer.Write(_scratch, record);
                Text("printf", _scratch.Written);
                break;
            case RowEvent row:
                Row(row, record);
                break;
            case PrintValueEvent:
                Begin("value");
                _json.Write(_output, Decode(layout.Fields[0], record));
                End();
                break;
            case TimeEvent:
                _scratch.Clear();
                _values.Write(_scratch, Decode(layout.Fields[0], record));
                Text("time", _scratch.Written);
                break;
            case JoinEvent join:
                _scratch.Clear();
                FormattedTexts.Join(_scratch, record[EventLayout.HeaderSize..], join.Separator);
                Text("join", _scratch.Written);
                break;
            case FormattedEvent formatted:
                Use(formatted, _texts.Format(formatted, record));
                break;
            default:
                throw new InvalidOperationException($"no output for {layout.GetType().Name}");
        }
    }

    /// <summary>Text as a <c>printf</c> of the program would give it.</summary>
    internal void Text(string text) => Text("printf", System.Text.Encoding.UTF8.GetBytes(text));

    /// <summary>Nothing stands between events and maps: their types tell them apart.</summary>
    public void Ending()
    {
    }

    /// <inheritdoc/>
    public void Map(MapSnapshot map, int top, long divisor)
    {
        if (!_maps.Write(_output, map, top, divisor))
            return;
        _output.Write((byte)'\n');
        EndPiece();
    }

    /// <inheritdoc/>
    public void Entry(MapSnapshot map)
    {
        var value = MapRenderer.EntryValues(map);
        Begin("value");
        _json.Write(_output, value.Length == 1 ? value[0] : new TupleValue([.. value]));
        End();
    }

    /// <inheritdoc/>
    public void Lost(LossCounter counter, long count)
    {
        switch (counter.Cause)
        {
            case LossCause.EventBufferFull:
                Loss("lost_events", "events", count, counter);
                break;
            case LossCause.OrderBufferFull:
                Loss("lost_orders", "orders", count, counter);
                break;
            case LossCause.MapFull:
                Loss("lost_updates", "updates", count, counter);
                break;
            case LossCause.LoopCut:
                Loss("lost_rounds", "loops", count, counter);
                break;
            case LossCause.HelperFailed:
                Failure(count, counter);
                break;
            case LossCause.TextCut:
                Loss("cut_texts", "texts", count, counter);
                break;
            default:
                Loss("lost_calls", "calls", count, counter);
                break;
        }

        if (!_options.Quiet)
            Message(LossText.Format(counter, count, _options.Source));
    }

    /// <inheritdoc/>
    public void LostInAll(LossCounter counter, long total, int reports)
    {
        Loss("lost_total", "count", total, counter);
        if (!_options.Quiet && reports > 1)
            Message(LossText.InAll(counter, total));
    }

    /// <summary>Rows that the C# at a place did not get.</summary>
    internal void LostRows(long rows, string handler)
    {
        Begin("lost_rows");
        _output.Write($"{{\"rows\": {rows}, \"cause\": \"row_queue_full\", \"handler\": ");
        JsonWriter.WriteText(_output, handler);
        _output.Write((byte)'}');
        End();
    }

    /// <inheritdoc/>
    public void Warn(string message)
    {
        if (!_options.Quiet && !_options.NoWarnings)
            Message("warning: " + message);
    }

    /// <inheritdoc/>
    public void Flush()
    {
        _output.Flush();
        if (_output.IsBroken)
            StopReading();
    }

    private void Row(RowEvent row, ReadOnlySpan<byte> record)
    {
        Begin("row");
        _output.Write((byte)'{');
        for (int i = 0; i < row.Fields.Length; i++)
        {
            if (i > 0)
                _output.Write(", "u8);
            JsonWriter.WriteText(_output, row.Names[i]);
            _output.Write(": "u8);
            _rows.Write(_output, Decode(row.Fields[i], record));
        }

        _output.Write((byte)'}');
        End();
    }

    private void Use(FormattedEvent layout, ReadOnlySpan<byte> text)
    {
        switch (layout.Use)
        {
            case FormatUse.File:
                Text("cat", FormattedTexts.ReadFile(text, _options.MaxFileBytes, out string problem), problem);
                break;
            case FormatUse.Command:
                _output.Flush();
                Text("syscall", FormattedTexts.RunCommand(text, out problem), problem);
                break;
            default:
                var (file, line, column) = FormattedTexts.Position(layout.Span, _options.Source);
                _output.Write(layout.Use == FormatUse.Error ? "{\"type\": \"errorf\", \"msg\": "u8 : "{\"type\": \"warnf\", \"msg\": "u8);
                JsonWriter.WriteText(_output, text);
                _output.Write(", \"filename\": "u8);
                JsonWriter.WriteText(_output, file);
                _output.Write($", \"line\": {line}, \"col\": {column}");
                End();
                break;
        }
    }

    private void Text(string type, byte[]? text, string problem)
    {
        if (text is null)
            Warn(problem);
        else
            Text(type, text.AsSpan());
    }

    private void Text(string type, ReadOnlySpan<byte> text)
    {
        Begin(type);
        JsonWriter.WriteText(_output, text);
        End();
    }

    private void Begin(string type)
    {
        _output.Write("{\"type\": \""u8);
        _output.Write(type);
        _output.Write("\", \"data\": "u8);
    }

    private void End()
    {
        _output.Write("}\n"u8);
        EndPiece();
    }

    private void Failure(long count, LossCounter counter)
    {
        // The names are bpftrace's, which has neither the number of times nor the probe.
        _output.Write("{\"type\": \"helper_error\", \"msg\": "u8);
        JsonWriter.WriteText(_output, counter.Error != 0 ? NameResolver.ErrorText(counter.Error) : counter.Subject == LossCounter.Lookup ? "Success" : counter.Subject!);
        _output.Write(", \"helper\": "u8);
        JsonWriter.WriteText(_output, counter.Subject!);
        var (file, line, column) = FormattedTexts.Position(counter.Span ?? default, _options.Source);
        _output.Write($", \"retcode\": {counter.Error}, \"filename\": ");
        JsonWriter.WriteText(_output, file);
        _output.Write($", \"line\": {line}, \"col\": {column}, \"count\": {count}, \"probe\": ");
        JsonWriter.WriteText(_output, counter.Probe);
        End();
    }

    private void Loss(string type, string what, long count, LossCounter counter)
    {
        Begin(type);
        _output.Write((byte)'{');
        if (counter.Subject is { } map)
        {
            _output.Write("\"map\": "u8);
            JsonWriter.WriteText(_output, map);
            _output.Write(", "u8);
        }

        _output.Write($"\"{what}\": {count}, \"cause\": \"{LossText.Cause(counter.Cause)}\", \"probe\": ");
        JsonWriter.WriteText(_output, counter.Probe);
        _output.Write((byte)'}');
        End();
    }

    private void Line(string text)
    {
        _output.Write(text);
        _output.Write((byte)'\n');
        EndPiece();
    }

    private void EndPiece()
    {
        _output.EndPiece();
        if (_output.IsBroken)
            StopReading();
    }

    private TraceValue Decode(EventField field, ReadOnlySpan<byte> record) =>
        ValueDecoder.Decode(field.Type, field.Offset < record.Length ? record[field.Offset..] : default, _probeNames);

    private void Message(string text)
    {
        _output.Flush();
        _message(text);
    }

    private void StopReading()
    {
        var gone = ReaderGone;
        ReaderGone = null;
        gone?.Invoke();
    }
}

/// <summary>A sink that writes to an output, whose reader may go away.</summary>
public interface IOutputSink : ITraceSink
{
    /// <summary>Raised once when the reader of the output is gone: there is no use in going on.</summary>
    event Action? ReaderGone;
}
