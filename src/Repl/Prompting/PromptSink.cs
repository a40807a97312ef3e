using System.Collections.Concurrent;
using System.Text;
using Ctrace.Compiler;
using Ctrace.Compiler.Layouts;
using Ctrace.Repl.Rendering;
using Ctrace.Repl.Scripting;
using Ctrace.Runtime;
using Ctrace.Runtime.Symbols;

namespace Ctrace.Repl.Prompting;

/// <summary>What a background trace says: whole lines, marked with its number, go to the screen.</summary>
internal sealed class PromptSink : ITraceSink
{
    private readonly int _number;
    private readonly TraceProgram _program;
    private readonly IScreen _screen;
    private readonly IOutputSink _inner;
    private readonly ConcurrentDictionary<string, MapSnapshot> _periods = [];
    private readonly MemoryStream _line = new();
    private readonly StringBuilder _lines = new();
    private readonly HandlerSink? _handlers;
    private bool _ending;

    /// <summary>A sink for a program.</summary>
    /// <param name="number">The trace's number.</param>
    /// <param name="program">What it runs.</param>
    /// <param name="format">How results are shown.</param>
    /// <param name="screen">Where.</param>
    /// <param name="isUnsafe">Whether its C# may be root.</param>
    /// <param name="maps">Reads a map for its C#.</param>
    /// <param name="others">The maps of other traces.</param>
    /// <exception cref="SessionException">Its C# can't be run.</exception>
    /// <exception cref="ScriptErrorsException">Its C# has mistakes.</exception>
    internal PromptSink(int number, TraceProgram program, ResultFormat format, IScreen screen, bool isUnsafe, Func<string, MapSnapshot?> maps, IEnumerable<MapSpec> others)
    {
        (_number, _program, _screen, Symbols) = (number, program, screen, new Symbolizer(program.Demangles, program.ShowsLines));
        int width = screen.Width > 0 ? Math.Max(20, screen.Width - Palette.MarkWidth) : 0;
        // Not the screen's width: lines are gathered and go out together, so nothing is flushed for each.
        var output = new OutputStream(Take) { Width = width };
        _inner = OutputFormats.CreateSink(format, output, screen.Message, program, Symbols);
        if (program.Handlers.IsEmpty)
            return;
        _handlers = new HandlerSink(program, _inner, output, screen.Message, new ScriptOptions { AllowRoot = isUnsafe, Symbols = Symbols }, maps, others);
        _inner = _handlers;
        if (_handlers.Compile() is not { Count: > 0 } errors)
            return;
        _handlers.Dispose();
        throw new ScriptErrorsException(errors);
    }

    /// <summary>Names addresses for it.</summary>
    internal Symbolizer Symbols { get; }

    /// <summary>Ends the trace, when its C# asks for it.</summary>
    internal void SetStop(Action stop)
    {
        if (_handlers is not null)
            _handlers.Stop = stop;
    }

    /// <summary>Lets go of its C#, after the end.</summary>
    internal void Close()
    {
        _handlers?.Finish();
        Flush();
        _handlers?.Dispose();
    }


    /// <summary>Called when all is attached.</summary>
    internal Action? OnAttached { get; set; }

    /// <summary>The entries of a query's map in its last whole period; null for other maps.</summary>
    internal MapSnapshot? LastPeriod(string map) => _periods.GetValueOrDefault(map);

    public void Attached(int probes)
    {
        OnAttached?.Invoke();
        if (!_screen.IsLive)
            _inner.Attached(probes);
        _screen.Changed();
    }

    public void Event(EventLayout layout, ReadOnlySpan<byte> record) => _inner.Event(layout, record);

    public void Ending()
    {
        Flush();
        if (_line.Length > 0)
            EndLine();
        Send();
        _ending = true;
        if (!_screen.IsLive)
            return;
        _screen.Print(Palette.Paint(_number, $"{_number}│ ended: ", _screen.HasColour) + Palette.OneLine(_program.Source.Text, _screen.Width - Palette.MarkWidth - 8));
    }

    public void Map(MapSnapshot map, int top, long divisor)
    {
        if (!_ending && _screen.IsLive && IsRefreshed(map))
        {
            _periods[map.Spec.Name] = map;
            _screen.Changed();
            return;
        }

        // What the last period gathered after its last refresh is shown at the end.
        _inner.Map(map, top, divisor);
    }

    public void Entry(MapSnapshot map) => _inner.Entry(map);

    public void Lost(LossCounter counter, long count) => _inner.Lost(counter, count);

    /// <inheritdoc/>
    public void LostInAll(LossCounter counter, long total, int reports) => _inner.LostInAll(counter, total, reports);

    public void Warn(string message) => _inner.Warn(message);

    public void Flush()
    {
        _inner.Flush();
        Send();
    }

    private bool IsRefreshed(MapSnapshot map) => _program.Refreshes.Any(r => _program.Maps[r.MapIndex].Name == map.Spec.Name);

    private bool Take(ReadOnlySpan<byte> bytes)
    {
        lock (_lines)
        {
            while (bytes.IndexOf((byte)'\n') is >= 0 and var end)
            {
                _line.Write(bytes[..end]);
                EndLine();
                bytes = bytes[(end + 1)..];
            }

            _line.Write(bytes);
        }

        if (_lines.Length > 16 << 10)
            Send();
        return true;
    }

    private void EndLine()
    {
        string text = Encoding.UTF8.GetString(_line.GetBuffer(), 0, (int)_line.Length);
        _line.SetLength(0);
        if (_screen.IsLive && !_ending)
            _lines.Append(Palette.Paint(_number, $"{_number}│ ", _screen.HasColour));
        _lines.Append(text).Append('\n');
    }

    private void Send()
    {
        string text;
        lock (_lines)
        {
            if (_lines.Length == 0)
                return;
            text = _lines.ToString(0, _lines.Length - 1);
            _lines.Clear();
        }

        _screen.Print(text);
    }
}
