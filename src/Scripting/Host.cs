using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using Ctrace.Scripting.Protocol;

namespace Ctrace.Scripting;

/// <summary>Takes messages one after another, and answers.</summary>
internal sealed class Host
{
    /// <summary>Text that waits to be sent; more is sent at once.</summary>
    private const int PrintBlock = 16 << 10;

    /// <summary>No text waits longer.</summary>
    private const int FlushMilliseconds = 100;

    private readonly Pipe _pipe;
    private readonly BlockingCollection<(Message Kind, BinaryReader Content)> _work = [];
    private readonly ConcurrentQueue<TaskCompletionSource<List<object?[]>?>> _asked = [];
    private readonly Stopwatch _elapsed = Stopwatch.StartNew();
    private readonly StringBuilder _printed = new();
    private readonly Lock _printing = new();
    private readonly List<Func<object?, Task>> _compiled = [];
    private WireHandler[] _handlers = [];
    private string[] _parameters = [];
    private volatile bool _stopped;

    /// <summary>Rows of the present batch that were run to their end; what was printed up to there; whether a row is being run.</summary>
    private int _run, _printedByRun;
    private volatile bool _inRows;

    /// <summary>The rows that the handler about to run is for: its map as it was then.</summary>
    private List<object?[]>? _table;
    private ScriptSession? _session;

    internal Host(Pipe pipe) => _pipe = pipe;

    /// <summary>Runs until the pipe ends.</summary>
    internal int Run()
    {
        Console.SetOut(new PrintWriter(Print));
        Console.SetError(new PrintWriter(Print));
        new Thread(Receive) { IsBackground = true }.Start();
        using var flushing = new Timer(FlushNow, null, FlushMilliseconds, FlushMilliseconds);
        var maps = new MapCollection(ReadMap, () => _session?.MapNames ?? []);
        foreach (var (kind, content) in _work.GetConsumingEnumerable())
        {
            try
            {
                _session ??= ScriptSession.StartAsync(new Globals(maps, ReadParameters(kind, content), () => _elapsed.Elapsed, Print, Exit)).GetAwaiter().GetResult();
                Handle(kind, content);
                FlushPrinted();
            }
            catch (IOException)
            {
                return 1;
            }
        }

        return 0;
    }

    /// <summary>Whatever comes first, it is the program: it says the parameters.</summary>
    private string[] ReadParameters(Message kind, BinaryReader content)
    {
        if (kind != Message.Program)
            return _parameters;
        _parameters = new string[content.Read7BitEncodedInt()];
        for (int i = 0; i < _parameters.Length; i++)
            _parameters[i] = content.ReadString();
        _handlers = new WireHandler[content.Read7BitEncodedInt()];
        for (int i = 0; i < _handlers.Length; i++)
            _handlers[i] = WireHandler.Read(content);
        return _parameters;
    }

    private void Handle(Message kind, BinaryReader content)
    {
        switch (kind)
        {
            case Message.Program:
                if (_handlers.Length == 0)
                    _session!.CompleteAsync("Maps.", 5).GetAwaiter().GetResult();
                _pipe.Send(Message.Ready);
                break;
            case Message.Maps:
                _session!.SetMaps([.. Enumerable.Range(0, content.Read7BitEncodedInt()).Select(_ => WireMap.Read(content))]);
                if (_compiled.Count == 0 && _handlers.Length > 0)
                    Compile();
                break;
            case Message.Rows:
                Rows(content);
                break;
            case Message.Run:
                int handler = content.ReadInt32();
                _table = ReadRows(content);
                Guarded(handler, () => _compiled[handler](null));
                _table = null;
                Done(1);
                break;
            case Message.Evaluate:
                var (text, error) = _session!.EvaluateAsync(content.ReadString()).GetAwaiter().GetResult();
                FlushPrinted();
                _pipe.Send(Message.Evaluated, w =>
                {
                    w.Write(text is not null);
                    w.Write(text ?? "");
                    w.Write(error is not null);
                    w.Write(error ?? "");
                });
                break;
            case Message.Complete:
                Complete(content.ReadString(), content.ReadInt32());
                break;
        }
    }

    private void Compile()
    {
        var errors = new List<(int Handler, int Start, int Length, string Message)>();
        for (int i = 0; i < _handlers.Length; i++)
        {
            var (compiled, found) = _session!.CompileAsync(_handlers[i]).GetAwaiter().GetResult();
            _compiled.Add(compiled ?? (_ => Task.CompletedTask));
            errors.AddRange(found.Select(e => (i, e.Start, e.Length, e.Message)));
        }

        _pipe.Send(Message.Compiled, w =>
        {
            w.Write(errors.Count);
            foreach (var (handler, start, length, message) in errors)
            {
                w.Write(handler);
                w.Write(start);
                w.Write(length);
                w.Write(message);
            }
        });
    }

    private void Rows(BinaryReader content)
    {
        int handler = content.ReadInt32(), count = content.ReadInt32();
        string[] names = [.. _handlers[handler].Columns.Select(c => c.Name)];
        _inRows = true;
        for (int i = 0; i < count && !_stopped; i++)
        {
            var row = new EventRow(names, WireReader.Values(content));
            Guarded(handler, () => _compiled[handler](row));
            lock (_printing)
            {
                _run++;
                _printedByRun = _printed.Length;
            }
        }

        _inRows = false;
        Done(_run);
        lock (_printing)
            _run = 0;
    }

    private static List<object?[]>? ReadRows(BinaryReader content)
    {
        int count = content.ReadInt32();
        if (count < 0)
            return null;
        var rows = new List<object?[]>(count);
        for (int i = 0; i < count; i++)
            rows.Add(WireReader.Values(content));
        return rows;
    }

    /// <summary>Runs a handler: what it throws is said, and no more.</summary>
    private void Guarded(int handler, Func<Task> run)
    {
        try
        {
            run().GetAwaiter().GetResult();
        }
        catch (Exception e)
        {
            while (e is System.Reflection.TargetInvocationException or AggregateException && e.InnerException is { } inner)
                e = inner;
            if (e is IOException && e.TargetSite?.DeclaringType == typeof(Pipe))
                throw;
            int line = new StackTrace(e, true).GetFrames().FirstOrDefault(f => f.GetFileName()?.EndsWith(CodeWriter.FileName, StringComparison.Ordinal) == true)?.GetFileLineNumber() ?? _handlers[handler].Line;
            FlushPrinted();
            _pipe.Send(Message.Failed, w =>
            {
                w.Write(handler);
                w.Write(line);
                w.Write($"{e.GetType().Name}: {e.Message.ReplaceLineEndings(" ")}");
            });
        }
    }

    private void Complete(string code, int caret)
    {
        List<(string Text, string Kind, string Description)> found = [];
        try
        {
            found = _session!.CompleteAsync(code, caret).GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is not IOException)
        {
            // A line that the compiler can't make sense of has no completions.
        }

        _pipe.Send(Message.Completed, w =>
        {
            w.Write(found.Count);
            foreach (var (text, kind, description) in found)
            {
                w.Write(text);
                w.Write(kind);
                w.Write(description);
            }
        });
    }

    /// <summary>Asks ctrace for a map's rows, and waits for them.</summary>
    private (string[] Names, int Keys, List<object?[]> Rows)? ReadMap(string name)
    {
        if (_session?.Shape(name) is not var (names, keys))
            return null;
        if (_table is { } table)
        {
            _table = null;
            return (names, keys, table);
        }

        var answer = new TaskCompletionSource<List<object?[]>?>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_asked)
        {
            _asked.Enqueue(answer);
            _pipe.Send(Message.Ask, w => w.Write("@" + name));
        }

        return answer.Task.GetAwaiter().GetResult() is { } rows ? (names, keys, rows) : null;
    }

    private void Receive()
    {
        while (_pipe.Receive() is var (kind, content))
        {
            if (kind == Message.Stop)
            {
                _stopped = true;
                continue;
            }

            if (kind != Message.Snapshot)
            {
                _work.Add((kind, content));
                continue;
            }

            if (!_asked.TryDequeue(out var waiting))
                continue;
            waiting.SetResult(ReadRows(content));
        }

        // ctrace is gone: nobody is left to run for.
        Environment.Exit(0);
    }

    private void Print(string text)
    {
        lock (_printing)
        {
            _printed.Append(text);
            if (_printed.Length >= PrintBlock)
                FlushPrinted();
        }
    }

    /// <summary>Sends what was printed, and how many rows of the batch it comes from: whoever ends us then knows which rows were run.</summary>
    /// <param name="whole">Whether the text of the row that is being run goes along.</param>
    private void FlushPrinted(bool whole = true)
    {
        lock (_printing)
        {
            int length = whole ? _printed.Length : _printedByRun;
            if (length == 0)
                return;
            string text = _printed.ToString(0, length);
            _printed.Remove(0, length);
            _printedByRun = 0;
            _pipe.Send(Message.Print, w =>
            {
                w.Write(_run);
                w.Write(text);
            });
        }
    }

    /// <summary>A handler that takes its time is seen at work.</summary>
    private void FlushNow(object? state)
    {
        try
        {
            FlushPrinted(whole: !_inRows);
        }
        catch (IOException)
        {
            // ctrace is gone; the receiving thread ends us.
        }
    }

    private void Done(int count)
    {
        FlushPrinted();
        _pipe.Send(Message.Done, w => w.Write(count));
    }

    private void Exit(int code)
    {
        FlushPrinted();
        _pipe.Send(Message.Exit, w => w.Write(code));
    }

    /// <summary>What handlers write to the console is printed like all else.</summary>
    private sealed class PrintWriter(Action<string> print) : TextWriter
    {
        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(char value) => print(value.ToString());

        public override void Write(string? value) => print(value ?? "");

        public override void WriteLine(string? value) => print(value + "\n");
    }
}
