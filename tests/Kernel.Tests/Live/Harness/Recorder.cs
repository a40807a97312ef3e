using System.Text;
using Ctrace.Compiler;
using Ctrace.Compiler.Layouts;
using Ctrace.Compiler.Values;
using Ctrace.Repl.Rendering;
using Ctrace.Runtime;
using Ctrace.Runtime.Symbols;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>Keeps all that a session shows, and has the product's own sink render it.</summary>
internal sealed class Recorder : ITraceSink
{
    private readonly TraceProgram _program;
    private readonly List<byte> _bytes = [];
    private readonly TextSink _text;
    private readonly bool _render;
    private bool _ended;

    /// <summary>A recorder for one run.</summary>
    /// <param name="program">The program that runs.</param>
    /// <param name="render">Whether events become text; otherwise they are only counted.</param>
    public Recorder(TraceProgram program, bool render)
    {
        (_program, _render) = (program, render);
        var output = new OutputStream(bytes =>
        {
            _bytes.AddRange(bytes);
            return true;
        });
        _text = new TextSink(output, Messages.Add, program.ProbeNames, new TextSinkOptions { Symbols = Symbols = new Symbolizer(program.Demangles, program.ShowsLines) });
    }

    /// <summary>Set when all probes are attached.</summary>
    public ManualResetEventSlim IsAttached { get; } = new();

    /// <summary>Names addresses for the session that is recorded.</summary>
    public Symbolizer Symbols { get; }

    /// <summary>Number of probes attached.</summary>
    public int Probes { get; private set; }

    /// <summary>Number of events that arrived.</summary>
    public long Events { get; private set; }

    /// <summary>Set by the first event.</summary>
    public ManualResetEventSlim HasEvent { get; } = new();

    /// <summary>What is not a result.</summary>
    public List<string> Messages { get; } = [];

    /// <summary>Maps printed while the program ran.</summary>
    public List<MapSnapshot> Printed { get; } = [];

    /// <summary>Maps printed at the end.</summary>
    public List<MapSnapshot> Final { get; } = [];

    /// <summary>What was lost, by cause.</summary>
    public Dictionary<LossCause, long> Losses { get; } = [];

    /// <summary>What was printed.</summary>
    public string Text
    {
        get
        {
            _text.Flush();
            return Encoding.UTF8.GetString([.. _bytes]);
        }
    }

    public void Attached(int probes)
    {
        Probes = probes;
        _text.Attached(probes);
        IsAttached.Set();
    }

    public void Event(EventLayout layout, ReadOnlySpan<byte> record)
    {
        if (Events++ == 0)
            HasEvent.Set();
        if (_render)
            _text.Event(layout, record);
    }

    public void Ending()
    {
        _ended = true;
        _text.Ending();
    }

    public void Map(MapSnapshot map, int top, long divisor)
    {
        (_ended ? Final : Printed).Add(map);
        if (_render)
            _text.Map(map, top, divisor);
    }

    public void Entry(MapSnapshot map) => _text.Entry(map);

    public void Lost(LossCounter counter, long count)
    {
        Losses[counter.Cause] = Losses.GetValueOrDefault(counter.Cause) + count;
        _text.Lost(counter, count);
    }

    public void Warn(string message) => _text.Warn(message);

    public void Flush() => _text.Flush();
}
