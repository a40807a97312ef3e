using Ctrace.Compiler;
using Ctrace.Compiler.Layouts;
using Ctrace.Compiler.Text;
using Ctrace.Compiler.Values;
using Ctrace.Repl.Rendering.HeatMaps;
using Ctrace.Runtime;
using Ctrace.Runtime.Symbols;

namespace Ctrace.Repl.Rendering;

/// <summary>Shows a session's results as plain text: results on one descriptor, messages on another.</summary>
public sealed class TextSink : IOutputSink
{
    private readonly OutputStream _output;
    private readonly Action<string> _message;
    private readonly IReadOnlyList<string> _probeNames;
    private readonly TextSinkOptions _options;
    private readonly ValueFormatter _values;
    private readonly MapRenderer _maps;
    private readonly FormattedTexts _texts;
    private readonly Dictionary<EventLayout, PrintfRenderer> _printfs = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<EventLayout, RowRenderer> _rows = new(ReferenceEqualityComparer.Instance);
    private EventLayout? _lastLayout;
    private PrintfRenderer? _lastPrintf;

    /// <summary>A sink.</summary>
    /// <param name="output">Where results go.</param>
    /// <param name="message">Shows one line that is not a result.</param>
    /// <param name="probeNames">What probe-name values in events index.</param>
    /// <param name="options">Choices.</param>
    public TextSink(OutputStream output, Action<string> message, IReadOnlyList<string> probeNames, TextSinkOptions options)
    {
        (_output, _message, _probeNames, _options) = (output, message, probeNames, options);
        _values = new ValueFormatter(options.Clock ?? new Clock(), options.Symbols);
        _maps = new MapRenderer(_values)
        {
            History = output.IsTerminal ? Sparklines.ForTerminal() : null,
            Heat = !options.DrawsHeat ? null : new HeatLines(output.IsTerminal ? HeatShades.ForTerminal() : HeatShades.ForTerminal().WithoutColours(), TimeProvider.System),
        };
        _texts = new FormattedTexts(probeNames, _values);
    }

    /// <inheritdoc/>
    public event Action? ReaderGone;

    /// <inheritdoc/>
    public void Attached(int probes)
    {
        if (!_options.Quiet)
            Message($"Attached {probes} {(probes == 1 ? "probe" : "probes")}");
    }

    /// <inheritdoc/>
    public void Pinned(string file)
    {
        if (!_options.Quiet)
            Message($"Program pinned to {file}");
    }

    /// <inheritdoc/>
    public void Event(EventLayout layout, ReadOnlySpan<byte> record)
    {
        // Most events in a row come from the same place.
        if (ReferenceEquals(layout, _lastLayout))
            _lastPrintf!.Write(_output, record);
        else
            OtherEvent(layout, record);
        _output.EndPiece();
        if (_output.IsBroken)
            StopReading();
    }

    /// <summary>Tracing has ended and the maps follow: bpftrace puts two line breaks here, with maps or without.</summary>
    public void Ending()
    {
        if (_maps.Heat is { } heat)
            heat.HasEnded = true;
        _output.Write("\n\n"u8);
        _output.EndPiece();
    }

    /// <inheritdoc/>
    public void Map(MapSnapshot map, int top, long divisor)
    {
        _maps.Write(_output, map, top, divisor);
        _output.EndPiece();
    }

    /// <inheritdoc/>
    public void Entry(MapSnapshot map)
    {
        _maps.WriteEntry(_output, map);
        _output.EndPiece();
    }

    /// <inheritdoc/>
    public void Lost(LossCounter counter, long count)
    {
        if (!_options.Quiet)
            Message(LossText.Format(counter, count, _options.Source));
    }

    /// <inheritdoc/>
    public void LostInAll(LossCounter counter, long total, int reports)
    {
        if (!_options.Quiet && reports > 1)
            Message(LossText.InAll(counter, total));
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

    private void OtherEvent(EventLayout layout, ReadOnlySpan<byte> record)
    {
        switch (layout)
        {
            case PrintfEvent printf:
                if (!_printfs.TryGetValue(layout, out var renderer))
                    _printfs[layout] = renderer = new PrintfRenderer(printf, _probeNames, _values);
                (_lastLayout, _lastPrintf) = (layout, renderer);
                renderer.Write(_output, record);
                break;
            case RowEvent row:
                if (!_rows.TryGetValue(layout, out var rows))
                    _rows[layout] = rows = new RowRenderer(row, _probeNames, _values);
                rows.Write(_output, record, _output.Width);
                break;
            case PrintValueEvent:
                WriteField(layout.Fields[0], record);
                _output.Write((byte)'\n');
                break;
            case TimeEvent:
                WriteField(layout.Fields[0], record);
                break;
            case JoinEvent join:
                FormattedTexts.Join(_output, record[EventLayout.HeaderSize..], join.Separator);
                _output.Write((byte)'\n');
                break;
            case FormattedEvent formatted:
                Use(formatted, _texts.Format(formatted, record));
                break;
            default:
                throw new InvalidOperationException($"no output for {layout.GetType().Name}");
        }
    }

    private void Use(FormattedEvent layout, ReadOnlySpan<byte> text)
    {
        switch (layout.Use)
        {
            case FormatUse.File:
                Write(FormattedTexts.ReadFile(text, _options.MaxFileBytes, out string problem), problem);
                break;
            case FormatUse.Command:
                // What it prints elsewhere comes after what was printed before.
                _output.Flush();
                // As in bpftrace, a line's end is behind what it says.
                Write(FormattedTexts.RunCommand(text, out problem) is { } said ? [.. said, (byte)'\n'] : null, problem);
                break;
            default:
                if (!_options.NoWarnings || layout.Use == FormatUse.Error)
                    Message(FormattedTexts.Message(layout, text, _options.Source));
                break;
        }
    }

    private void Write(byte[]? text, string problem)
    {
        if (text is null)
            Warn(problem);
        else
            _output.Write(text);
    }

    private void WriteField(EventField field, ReadOnlySpan<byte> record)
    {
        var bytes = field.Offset < record.Length ? record[field.Offset..] : default;
        _values.Write(_output, ValueDecoder.Decode(field.Type, bytes, _probeNames));
    }

    /// <summary>Messages and results may end up on the same screen: keep their order.</summary>
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

/// <summary>How a <see cref="TextSink"/> behaves.</summary>
public sealed record TextSinkOptions
{
    /// <summary>Only results and errors.</summary>
    public bool Quiet { get; init; }

    /// <summary>Histograms are drawn over time, a line each time that one is printed.</summary>
    public bool DrawsHeat { get; init; }

    /// <summary>No warnings. What was lost is told all the same.</summary>
    public bool NoWarnings { get; init; }

    /// <summary>Names addresses; this machine's by default.</summary>
    public Symbolizer? Symbols { get; init; }

    /// <summary>The most bytes of a file that <c>cat</c> shows; 0 for the usual 10 KiB.</summary>
    public int MaxFileBytes { get; init; }

    /// <summary>The program's text: where <c>errorf</c> stands in it.</summary>
    public SourceText? Source { get; init; }

    /// <summary>The clock for timestamps; this machine's by default.</summary>
    public Clock? Clock { get; init; }
}
