using System.Diagnostics;
using Ctrace.Scripting.Protocol;

namespace Ctrace.Repl.Scripting;

/// <summary>Rows for a handler, or a call of it.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Content">What is sent.</param>
/// <param name="Handler">The handler.</param>
/// <param name="Rows">How many rows.</param>
internal sealed record ScriptWork(Message Kind, byte[] Content, int Handler, int Rows)
{
    /// <summary>When it was sent (a timestamp of <see cref="Stopwatch"/>).</summary>
    public long SentAt { get; set; }

    /// <summary>Rows of it that are known to have been run.</summary>
    public int Run { get; set; }
}

/// <summary>
/// What waits for ctrace-cs, and what was sent and is not known to have been run. It has a bound, so that nobody who traces ever waits; what
/// does not fit is counted.
/// </summary>
/// <param name="handlers">How many handlers there are.</param>
internal sealed class ScriptQueue(int handlers)
{
    /// <summary>Bytes of rows that may wait, sent ones that are not run yet included.</summary>
    private const int Room = 8 << 20;

    private readonly object _lock = new();
    private readonly Queue<ScriptWork> _queue = [];
    private readonly Queue<ScriptWork> _sent = [];
    private readonly long[] _dropped = new long[handlers];
    private int _waiting;
    private volatile bool _gone, _closing;

    /// <summary>Whether nobody is there any more who takes from it.</summary>
    public bool IsGone => _gone;

    /// <summary>Whether we want no more of it.</summary>
    public bool IsClosing => _closing;

    /// <summary>The handler that is running, or -1.</summary>
    public int Running
    {
        get
        {
            lock (_lock)
                return _sent.TryPeek(out var work) ? work.Handler : -1;
        }
    }

    /// <summary>Puts something into it; false where it is full, and then its rows are counted.</summary>
    public bool Enqueue(ScriptWork work)
    {
        lock (_lock)
        {
            if (_gone || (_waiting + work.Content.Length > Room && _waiting > 0))
            {
                _dropped[work.Handler] += work.Rows;
                return false;
            }

            _waiting += work.Content.Length;
            _queue.Enqueue(work);
            Monitor.PulseAll(_lock);
            return true;
        }
    }

    /// <summary>Waits for the next to be sent.</summary>
    /// <param name="idle">Called now and then while there is none, with what was sent first and is not run yet, if anything.</param>
    /// <returns>What to send; null where there will be no more.</returns>
    public ScriptWork? Next(Action<ScriptWork?> idle)
    {
        lock (_lock)
        {
            while (_queue.Count == 0 && !_closing && !_gone)
            {
                Monitor.Wait(_lock, 500);
                idle(_sent.TryPeek(out var oldest) ? oldest : null);
            }

            if (_closing || _gone)
                return null;
            var work = _queue.Dequeue();
            work.SentAt = Stopwatch.GetTimestamp();
            _sent.Enqueue(work);
            return work;
        }
    }

    /// <summary>So many rows of what is being run are done.</summary>
    public void Progress(int run)
    {
        lock (_lock)
            if (_sent.TryPeek(out var work) && work.Kind == Message.Rows)
                work.Run = Math.Clamp(run, 0, work.Rows);
    }

    /// <summary>What was sent first has been run, or so many rows of it.</summary>
    public void Finish(int run)
    {
        lock (_lock)
        {
            if (!_sent.TryDequeue(out var work))
                return;
            _waiting -= work.Content.Length;
            _dropped[work.Handler] += work.Rows - Math.Clamp(run, 0, work.Rows);
            Monitor.PulseAll(_lock);
        }
    }

    /// <summary>Waits until nothing waits and nothing is run.</summary>
    /// <returns>Whether it came to that.</returns>
    public bool WaitIdle(TimeSpan limit)
    {
        long started = Stopwatch.GetTimestamp();
        lock (_lock)
        {
            while (!_gone && (_queue.Count > 0 || _sent.Count > 0))
            {
                var left = limit - Stopwatch.GetElapsedTime(started);
                if (left <= TimeSpan.Zero || (!Monitor.Wait(_lock, left) && Stopwatch.GetElapsedTime(started) >= limit))
                    return _queue.Count + _sent.Count == 0;
            }

            return true;
        }
    }

    /// <summary>How many rows each handler did not get since this was last asked.</summary>
    public long[] TakeDropped()
    {
        lock (_lock)
        {
            long[] dropped = [.. _dropped];
            Array.Clear(_dropped);
            return dropped;
        }
    }

    /// <summary>Drops what was not sent yet.</summary>
    public void DropWaiting()
    {
        lock (_lock)
        {
            foreach (var work in _queue)
                Drop(work);
            _queue.Clear();
        }
    }

    /// <summary>Sends nothing more.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _closing = true;
            Monitor.PulseAll(_lock);
        }
    }

    /// <summary>Counts what is not run any more, and takes nothing from here on.</summary>
    /// <returns>The handler that was running, or -1.</returns>
    public int End()
    {
        lock (_lock)
        {
            int handler = _sent.TryPeek(out var running) ? running.Handler : -1;
            foreach (var work in _sent.Concat(_queue))
                Drop(work);
            _sent.Clear();
            _queue.Clear();
            _gone = true;
            Monitor.PulseAll(_lock);
            return handler;
        }
    }

    private void Drop(ScriptWork work)
    {
        _waiting -= work.Content.Length;
        _dropped[work.Handler] += work.Rows - work.Run;
    }
}
