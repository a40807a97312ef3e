using Ctrace.Compiler.Catalog.Dotnet;
using Ctrace.Runtime.Attaching;

namespace Ctrace.Runtime.Dotnet;

/// <summary>The events of one process, for which programs are run until it is closed.</summary>
internal sealed class EventStream : IDisposable
{
    private readonly Lock _running = new();
    private readonly int _process;
    private readonly Action<SessionException> _failed;
    private readonly EventWriter _writer;
    private readonly List<DotnetEvent> _asked;
    private readonly Dictionary<(string Provider, int Id), DotnetEvent> _wanted;
    private readonly ILookup<DotnetEvent, DotnetProbe> _probes;
    private readonly ComposedEvents? _composed;
    private bool _closed;

    /// <summary>Prepares it.</summary>
    /// <param name="process">The process.</param>
    /// <param name="probes">What is wanted of it.</param>
    /// <param name="failed">Called when a program can't be run any more.</param>
    public EventStream(int process, List<DotnetProbe> probes, Action<SessionException> failed)
    {
        (_process, _failed, _writer) = (process, failed, new EventWriter(process));
        _asked = [.. probes.SelectMany(p => p.Plan.Event.Parts.IsEmpty ? [p.Plan.Event] : p.Plan.Event.Parts.Select(n => DotnetEvents.Find(n)!)).Distinct()];
        _wanted = _asked.ToDictionary(e => (e.Provider, e.Id));
        _probes = probes.ToLookup(p => p.Plan.Event);
        _composed = probes.Exists(p => !p.Plan.Event.Parts.IsEmpty) ? new ComposedEvents() : null;
    }

    /// <summary>The connection; only after <see cref="TryStart"/>.</summary>
    public EventPipeSession Session { get; private set; } = null!;

    /// <summary>Asks the process; tells whether it agrees.</summary>
    public bool TryStart()
    {
        if (DiagnosticsSocket.Find(_process) is { } socket && EventPipeSession.TryStart(socket, _asked, Take) is { } session)
        {
            Session = session;
            return true;
        }

        _writer.Dispose();
        return false;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // What still comes is for nobody: the programs may be gone.
        lock (_running)
        {
            _closed = true;
            _writer.Dispose();
        }

        Session.Dispose();
    }

    private void Take(in NettraceEvent e)
    {
        if (!_wanted.TryGetValue((e.Provider, e.Id), out var known))
            return;
        lock (_running)
        {
            if (_closed)
                return;
            try
            {
                if (_probes.Contains(known))
                {
                    _writer.Begin(e, e.Stack);
                    _writer.Fields(known, e.Payload);
                    Run(known);
                }

                if (_composed?.Take(known, e) is var (made, fields, stack) && _probes.Contains(made))
                {
                    _writer.Begin(e, stack);
                    _writer.Fields(made, fields);
                    Run(made);
                }
            }
            catch (SessionException failure)
            {
                _closed = true;
                _failed(failure);
            }
        }
    }

    private void Run(DotnetEvent e)
    {
        foreach (var probe in _probes[e])
            probe.Run(_writer.Address);
    }
}
