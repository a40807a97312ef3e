using System.Diagnostics;
using Ctrace.Compiler.Values;
using Ctrace.Repl.Prompting;
using Ctrace.Repl.Rendering;
using Ctrace.Runtime;
using Ctrace.Runtime.Symbols;
using Ctrace.Scripting.Protocol;

namespace Ctrace.Repl.Scripting;

/// <summary>
/// Talks with ctrace-cs. Rows go through a queue that a thread of its own sends.
/// </summary>
internal sealed class ScriptClient : IDisposable
{
    /// <summary>A handler that takes longer for one batch is said to hang.</summary>
    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(3);

    /// <summary>How long what is left in the pipe of a process that was ended is waited for.</summary>
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(1);

    /// <summary>How long a row that is being run may still take when tracing has ended.</summary>
    private static readonly TimeSpan LastRow = TimeSpan.FromMilliseconds(300);

    private readonly ConfinedProcess _process;
    private readonly Pipe _pipe;
    private readonly Func<string, MapSnapshot?> _maps;
    private readonly ValueWriter _values;
    private readonly ScriptQueue _queue;
    private readonly TaskCompletionSource<IReadOnlyList<ScriptError>> _compiled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly int _handlers;
    private TaskCompletionSource<(string? Text, string? Error)>? _evaluating;
    private TaskCompletionSource<IReadOnlyList<(string Text, string Kind, string Description)>>? _completing;
    private Thread _receiver = Thread.CurrentThread;
    private volatile bool _nonsense;
    private bool _saidSlow;

    private ScriptClient(ConfinedProcess process, ScriptOptions options, Func<string, MapSnapshot?> maps)
    {
        (_process, _maps, _values) = (process, maps, new ValueWriter(options.Symbols));
        _handlers = options.Handlers.Count;
        _queue = new ScriptQueue(_handlers);
        _pipe = new Pipe(process.Output, process.Input);
    }

    /// <summary>Text to print.</summary>
    internal Action<string> OnPrint { get; set; } = _ => { };

    /// <summary>A handler failed: its number, the line, what happened.</summary>
    internal Action<int, int, string> OnFailed { get; set; } = (_, _, _) => { };

    /// <summary>Ctrl-C in code.</summary>
    internal Action<int> OnExit { get; set; } = _ => { };

    /// <summary>A handler has not come back for some seconds.</summary>
    internal Action<int> OnSlow { get; set; } = _ => { };

    /// <summary>The process has ended: the handler that it was in (or -1), and how it ended.</summary>
    internal Action<int, string> OnGone { get; set; } = (_, _) => { };

    /// <summary>Whether the process is still there.</summary>
    internal bool IsAlive => !_queue.IsGone;

    /// <summary>Starts the process, and has it compile the handlers in the background.</summary>
    /// <exception cref="SessionException">It can't be started.</exception>
    internal static ScriptClient Start(ScriptOptions options, Func<string, MapSnapshot?> maps)
    {
        var client = new ScriptClient(ScriptLauncher.Start(options.AllowRoot, Environment.GetEnvironmentVariable), options, maps);
        client._receiver = new Thread(client.Receive, 1 << 20) { IsBackground = true, Name = "ctrace C#" };
        client._receiver.Start();
        new Thread(client.SendForever, 1 << 18) { IsBackground = true, Name = "ctrace C# rows" }.Start();
        client.Send(Message.Program, w =>
        {
            w.Write7BitEncodedInt(options.Parameters.Count);
            foreach (string parameter in options.Parameters)
                w.Write(parameter);
            w.Write7BitEncodedInt(options.Handlers.Count);
            foreach (var handler in options.Handlers)
                handler.Write(w);
        });
        return client;
    }

    /// <summary>Waits until all handlers are compiled.</summary>
    /// <returns>What is wrong with them.</returns>
    /// <exception cref="SessionException">The process ended.</exception>
    internal IReadOnlyList<ScriptError> WaitCompiled() => _compiled.Task.GetAwaiter().GetResult();

    /// <summary>Says which maps there are.</summary>
    internal void SetMaps(IReadOnlyCollection<WireMap> maps) => Send(Message.Maps, w =>
    {
        w.Write7BitEncodedInt(maps.Count);
        foreach (var map in maps)
            map.Write(w);
    });

    /// <summary>Puts rows or a run into the queue; false where it is full, and then they are counted.</summary>
    internal bool Enqueue(Message kind, int handler, int rows, byte[] content) => _queue.Enqueue(new ScriptWork(kind, content, handler, rows));

    /// <summary>How many rows each handler did not get since this was last asked.</summary>
    internal long[] TakeDropped() => _queue.TakeDropped();

    /// <summary>Waits until all that was queued has been run. After the limit, what waits is dropped, and what runs may end.</summary>
    /// <returns>Whether it came to an end; otherwise a handler hangs.</returns>
    internal bool Drain(TimeSpan limit)
    {
        if (_queue.WaitIdle(limit))
            return true;
        _queue.DropWaiting();
        // Not from here: a process that reads nothing must not keep us.
        Task.Run(() => Send(Message.Stop, null));
        return _queue.WaitIdle(LastRow);
    }

    /// <summary>The handler that is running, or -1.</summary>
    internal int Running => _queue.Running;

    /// <summary>Evaluates a line.</summary>
    internal async Task<(string? Text, string? Error)> EvaluateAsync(string code, CancellationToken cancellation)
    {
        var answer = new TaskCompletionSource<(string?, string?)>(TaskCreationOptions.RunContinuationsAsynchronously);
        _evaluating = answer;
        Send(Message.Evaluate, w => w.Write(code));
        using var registration = cancellation.Register(() => answer.TrySetCanceled(cancellation));
        if (_queue.IsGone)
            answer.TrySetResult((null, "the C# process has ended"));
        return await answer.Task;
    }

    /// <summary>What may stand at a place in a line.</summary>
    internal async Task<IReadOnlyList<(string Text, string Kind, string Description)>> CompleteAsync(string code, int caret, CancellationToken cancellation)
    {
        if (_queue.IsGone || !_ready.Task.IsCompleted)
            return [];
        var answer = new TaskCompletionSource<IReadOnlyList<(string, string, string)>>(TaskCreationOptions.RunContinuationsAsynchronously);
        _completing = answer;
        Send(Message.Complete, w =>
        {
            w.Write(code);
            w.Write(caret);
        });
        using var registration = cancellation.Register(() => answer.TrySetResult([]));
        // A menu that comes late is none.
        return await Task.WhenAny(answer.Task, Task.Delay(1500, cancellation)) == answer.Task ? await answer.Task : [];
    }

    /// <summary>Ends the process, without a word: what it said before still counts, and what waits is dropped.</summary>
    internal void Kill()
    {
        _queue.Close();
        _process.End();
        // The pipe still holds what was printed, and by which rows.
        if (Thread.CurrentThread != _receiver)
            _receiver.Join(LastWords);
        _queue.End();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Kill();
        _process.Dispose();
    }

    private void SendForever()
    {
        while (_queue.Next(Watch) is { } work)
            Send(work.Kind, w => w.Write(work.Content));
    }

    /// <summary>Says it when a handler has not come back.</summary>
    private void Watch(ScriptWork? oldest)
    {
        if (_saidSlow || oldest is null || Stopwatch.GetElapsedTime(oldest.SentAt) < Slow)
            return;
        _saidSlow = true;
        OnSlow(oldest.Handler);
    }

    private void Send(Message kind, Action<BinaryWriter>? content)
    {
        try
        {
            _pipe.Send(kind, content);
        }
        catch (IOException)
        {
            // The receiving thread notices the end, and says how it came.
        }
        catch (ObjectDisposedException)
        {
            // We are closing.
        }
    }

    private void Receive()
    {
        try
        {
            while (_pipe.Receive() is var (kind, content))
                Handle(kind, content);
        }
        catch (Exception e) when (e is IOException or InvalidOperationException or ArgumentException or FormatException or OutOfMemoryException or IndexOutOfRangeException)
        {
            // C# can write to the pipe what it likes; it can't make us do anything but stop listening.
            _nonsense = true;
            _process.End();
        }

        Gone();
    }

    private void Handle(Message kind, BinaryReader content)
    {
        switch (kind)
        {
            case Message.Ready:
                _ready.TrySetResult();
                break;
            case Message.Compiled:
                _compiled.TrySetResult([.. Enumerable.Range(0, content.ReadInt32()).Select(_ => new ScriptError(content.ReadInt32(), content.ReadInt32(), content.ReadInt32(), content.ReadString()))]);
                break;
            case Message.Ask:
                Answer(content.ReadString());
                break;
            case Message.Print:
                _queue.Progress(content.ReadInt32());
                OnPrint(content.ReadString());
                break;
            case Message.Failed:
                OnFailed(Known(content.ReadInt32()), content.ReadInt32(), content.ReadString());
                break;
            case Message.Done:
                _queue.Finish(content.ReadInt32());
                break;
            case Message.Exit:
                OnExit(content.ReadInt32());
                break;
            case Message.Evaluated:
                string? text = content.ReadBoolean() ? content.ReadString() : Nothing(content);
                string? error = content.ReadBoolean() ? content.ReadString() : Nothing(content);
                _evaluating?.TrySetResult((text, error));
                break;
            case Message.Completed:
                _completing?.TrySetResult([.. Enumerable.Range(0, content.ReadInt32()).Select(_ => (content.ReadString(), content.ReadString(), content.ReadString()))]);
                break;
        }
    }

    private int Known(int handler) => handler >= 0 && handler < _handlers ? handler : throw new InvalidOperationException("no such handler");

    private static string? Nothing(BinaryReader content)
    {
        content.ReadString();
        return null;
    }

    private void Answer(string map)
    {
        MapSnapshot? snapshot = null;
        try
        {
            snapshot = _maps(map);
        }
        catch (Exception e) when (e is SessionException or ObjectDisposedException)
        {
            // A map that can't be read any more is not there.
        }

        Send(Message.Snapshot, w => WriteRows(w, snapshot));
    }

    /// <summary>A map's rows on the wire.</summary>
    internal void WriteRows(BinaryWriter writer, MapSnapshot? snapshot)
    {
        if (snapshot is null)
        {
            writer.Write(-1);
            return;
        }

        var types = ClrTypes.Of(snapshot.Spec);
        var rows = MapRows.Choose(snapshot, 0);
        writer.Write(rows.Count);
        foreach (var row in rows)
        {
            writer.Write7BitEncodedInt(row.Keys.Length + row.Values.Length);
            lock (_values)
            {
                for (int i = 0; i < row.Keys.Length; i++)
                    _values.Write(writer, row.Keys[i], types.Keys[i].Type);
                for (int i = 0; i < row.Values.Length; i++)
                    _values.Write(writer, row.Values[i], types.Columns[i].Type);
            }
        }
    }

    /// <summary>Values of a row on the wire.</summary>
    internal void WriteRow(BinaryWriter writer, IReadOnlyList<TraceValue> row, IReadOnlyList<WireColumn> columns)
    {
        writer.Write7BitEncodedInt(row.Count);
        lock (_values)
            for (int i = 0; i < row.Count; i++)
                _values.Write(writer, row[i], columns[i].Type);
    }

    private void Gone()
    {
        int handler = _queue.End();
        bool closing = _queue.IsClosing;
        string how = _nonsense ? "it does not keep to the protocol, and was stopped" : "it closed its pipe";
        for (int i = 0; i < 50 && !closing && !_nonsense; i++)
        {
            if (_process.Ending() is { } ending)
            {
                how = ScriptLauncher.Explain(ending, ScriptLauncher.CanLoad);
                break;
            }

            Thread.Sleep(20);
        }

        var problem = new SessionException($"the C# process has ended: {how}");
        _compiled.TrySetException(problem);
        _evaluating?.TrySetResult((null, problem.Message));
        _completing?.TrySetResult([]);
        if (!closing)
            OnGone(handler, how);
    }
}
