using Ctrace.Compiler.Catalog.Dotnet;

namespace Ctrace.Runtime.Dotnet;

/// <summary>
/// Puts events together: a pause from the stop of all threads to their start, a wait or a request from its beginning to its end. What began
/// before tracing is not counted. The stack is that of the beginning: runtimes take none at an end.
/// </summary>
internal sealed class ComposedEvents
{
    /// <summary>Waits and requests under way: those of a program that never ends them are forgotten.</summary>
    private const int MostUnderWay = 100_000;

    /// <summary>Why threads are stopped (SUSPEND_REASON): for a collection, or to prepare one.</summary>
    private const ulong ForCollection = 1, ToPrepare = 6;

    /// <summary>A collection that goes on while threads run, and stops them once more (GC_ALLOC_TYPE of GCStart's Type).</summary>
    private const ulong InBackground = 1;

    private readonly Dictionary<(string Provider, Guid Activity), (long Time, ulong[] Stack, string[] Texts, ulong Number)> _requests = [];
    private readonly Dictionary<long, (long Time, ulong[] Stack, ulong Lock, ulong Owner)> _waits = [];
    private long _stopped = -1;
    private ulong[] _stack = [];
    /// <summary>The collection that began in this pause, and the one that goes on in the background; null for none.</summary>
    private (ulong Generation, ulong Count, ulong Reason)? _begun, _background;

    /// <summary>Takes an event; gives the one that it completes, with its fields and its stack, or null.</summary>
    public (DotnetEvent Event, object[] Fields, ulong[] Stack)? Take(DotnetEvent part, in NettraceEvent e)
    {
        var reader = new PayloadReader(e.Payload);
        switch (part.Name)
        {
            case "GCSuspendEEBegin":
                (_stopped, _stack, _begun) = (reader.Fixed(4) is ForCollection or ToPrepare ? e.Time : -1, e.Stack, null);
                return null;
            case "GCStart":
                ulong count = reader.Fixed(4), generation = reader.Fixed(4), reason = reader.Fixed(4);
                _begun = (generation, count, reason);
                if (reader.Fixed(4) == InBackground)
                    _background = _begun;
                return null;
            case "GCEnd":
                if (_background?.Count == reader.Fixed(4))
                    _background = null;
                return null;
            // Threads are also stopped for a collection that then is not needed any more.
            case "GCRestartEEEnd" when _stopped >= 0 && (_begun ?? _background) is var (ofGeneration, number, why):
                ulong pause = (ulong)Math.Max(0, e.Time - _stopped);
                _stopped = -1;
                return (Pause, [pause, ofGeneration, number, why], _stack);
            case "ContentionStart":
                _ = reader.Fixed(3);
                ulong id = reader.Fixed(8);
                _ = reader.Fixed(8);
                if (_waits.Count >= MostUnderWay)
                    _waits.Clear();
                _waits[e.Thread] = (e.Time, e.Stack, id, reader.Fixed(8));
                return null;
            case "ContentionStop":
                return _waits.Remove(e.Thread, out var wait) ? (Wait, [(ulong)Math.Max(0, e.Time - wait.Time), wait.Lock, wait.Owner], wait.Stack) : null;
            case "HttpRequestStart":
                reader.Characters();
                string host = reader.Text();
                ulong port = reader.Fixed(4);
                Begin(e, port, host, reader.Text());
                return null;
            case "HttpRequestStop" or "HttpRequestFailed":
                // A request that failed is stopped too.
                ulong status = part.Name == "HttpRequestStop" ? reader.Fixed(4) : 0;
                return _requests.Remove((e.Provider, e.Activity), out var request)
                    ? (Request, [(ulong)Math.Max(0, e.Time - request.Time), (int)status < 0 ? 0UL : status, request.Texts[0], request.Number, request.Texts[1]], request.Stack) : null;
            case "AspNetRequestStart":
                Begin(e, 0, reader.Text(), reader.Text());
                return null;
            case "AspNetRequestStop":
                return _requests.Remove((e.Provider, e.Activity), out var served) ? (Served, [(ulong)Math.Max(0, e.Time - served.Time), served.Texts[0], served.Texts[1]], served.Stack) : null;
            default:
                return null;
        }
    }

    private static DotnetEvent Pause { get; } = DotnetEvents.Find("GCPause")!;

    private static DotnetEvent Wait { get; } = DotnetEvents.Find("Contention")!;

    private static DotnetEvent Request { get; } = DotnetEvents.Find("HttpRequest")!;

    private static DotnetEvent Served { get; } = DotnetEvents.Find("AspNetRequest")!;

    private void Begin(in NettraceEvent e, ulong number, params string[] texts)
    {
        if (_requests.Count >= MostUnderWay)
            _requests.Clear();
        _requests[(e.Provider, e.Activity)] = (e.Time, e.Stack, texts, number);
    }
}
