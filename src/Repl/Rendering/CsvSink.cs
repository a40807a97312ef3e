using Ctrace.Compiler;
using Ctrace.Compiler.Layouts;
using Ctrace.Compiler.Values;
using Ctrace.Runtime;

namespace Ctrace.Repl.Rendering;

/// <summary>Event rows and maps as comma-separated values; what a program prints itself stays as it is.</summary>
public sealed class CsvSink : IOutputSink
{
    private readonly OutputStream _output;
    private readonly TextSink _text;
    private readonly IReadOnlyList<string> _probeNames;
    private readonly CsvWriter _csv;
    private readonly HashSet<RowEvent> _headed = new(ReferenceEqualityComparer.Instance);

    /// <summary>A sink.</summary>
    /// <param name="output">Where results go.</param>
    /// <param name="message">Shows one line that is not a result.</param>
    /// <param name="probeNames">What probe-name values in events index.</param>
    /// <param name="options">Choices.</param>
    public CsvSink(OutputStream output, Action<string> message, IReadOnlyList<string> probeNames, TextSinkOptions options)
    {
        (_output, _probeNames, _csv) = (output, probeNames, new CsvWriter(new ValueFormatter(new Clock(), options.Symbols)));
        _text = new TextSink(output, message, probeNames, options);
    }

    /// <inheritdoc/>
    public event Action? ReaderGone
    {
        add => _text.ReaderGone += value;
        remove => _text.ReaderGone -= value;
    }

    /// <inheritdoc/>
    public void Attached(int probes) => _text.Attached(probes);

    /// <inheritdoc/>
    public void Event(EventLayout layout, ReadOnlySpan<byte> record)
    {
        if (layout is not RowEvent row)
        {
            _text.Event(layout, record);
            return;
        }

        if (_headed.Add(row))
            CsvWriter.WriteLine(_output, row.Names);
        var cells = new string[row.Fields.Length];
        for (int i = 0; i < cells.Length; i++)
        {
            var field = row.Fields[i];
            cells[i] = _csv.Text(ValueDecoder.Decode(field.Type, field.Offset < record.Length ? record[field.Offset..] : default, _probeNames));
        }

        CsvWriter.WriteLine(_output, cells);
        _output.EndPiece();
    }

    /// <summary>Nothing separates events from maps: each has its header.</summary>
    public void Ending()
    {
    }

    /// <inheritdoc/>
    public void Map(MapSnapshot map, int top, long divisor) => _csv.Write(_output, map, top, divisor);

    /// <inheritdoc/>
    public void Entry(MapSnapshot map) => _text.Entry(map);

    /// <inheritdoc/>
    public void Lost(LossCounter counter, long count) => _text.Lost(counter, count);

    /// <inheritdoc/>
    public void LostInAll(LossCounter counter, long total, int reports) => _text.LostInAll(counter, total, reports);

    /// <inheritdoc/>
    public void Warn(string message) => _text.Warn(message);

    /// <inheritdoc/>
    public void Flush() => _text.Flush();
}
