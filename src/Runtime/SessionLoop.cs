using System.Diagnostics;
using Ctrace.Runtime.Reading;
using Ctrace.Runtime.Sys;

namespace Ctrace.Runtime;

/// <summary>
/// Waits for what happens, in one thread. While events come it looks for them every few milliseconds, so that the
/// traced programs need not wake it; when none come it sleeps until it is woken.
/// </summary>
internal sealed class SessionLoop : IDisposable
{
    /// <summary>How long it sleeps while events come; a full buffer of 8 MB lasts longer at two million a second.</summary>
    private const int BusyMilliseconds = 4;

    /// <summary>How long a flood of events may keep it from looking at timers.</summary>
    private static readonly long TimerDelay = Stopwatch.Frequency / 1000;

    private readonly Epoll _epoll = new();
    /// <summary>The descriptors are kept too: one that nobody holds any more is closed by the collector, and then never wakes us.</summary>
    private readonly List<(FileDescriptor Descriptor, Action? Action)> _watched = [];
    private readonly IRecordSource? _events, _orders;
    private readonly RecordPump _pump;

    /// <summary>Watches the buffers.</summary>
    public SessionLoop(RecordPump pump, IRecordSource? events, IRecordSource? orders, IRecordSource? packets)
    {
        (_pump, _events, _orders) = (pump, events, orders);
        foreach (var source in new[] { events, orders, packets })
            foreach (var fd in source?.Descriptors ?? [])
                Watch(fd, null, onWakeUp: true);
    }

    /// <summary>Whether the loop ends before it waits again. May be set by an action.</summary>
    public bool Stopping { get; set; }

    /// <summary>Called at times when there was something to do, before the loop waits.</summary>
    public Action? AfterWork { get; set; }

    /// <summary>Called every so many milliseconds, where the kernel can't tell us about a process's end; null otherwise.</summary>
    public (int Milliseconds, Action Check)? Periodic { get; set; }

    /// <summary>Calls an action when a descriptor is readable.</summary>
    public void Watch(FileDescriptor fd, Action? action, bool onWakeUp = false)
    {
        _epoll.Watch(fd, _watched.Count, onWakeUp);
        _watched.Add((fd, action));
    }

    /// <summary>Runs until <see cref="Stopping"/>.</summary>
    public void Run()
    {
        long polled = Stopwatch.GetTimestamp(), position = _pump.EventPosition;
        bool worked = true;
        while (!Stopping)
        {
            if (_pump.Step())
            {
                worked = true;
                long now = Stopwatch.GetTimestamp();
                if (now - polled < TimerDelay)
                    continue;
                polled = now;
                _events?.Release(wake: false);
                Poll(0);
                continue;
            }

            if (!worked)
            {
                Poll(Periodic?.Milliseconds ?? -1);
                Periodic?.Check();
                polled = Stopwatch.GetTimestamp();
                worked = true;
                continue;
            }

            AfterWork?.Invoke();
            long read = _pump.EventPosition - position;
            position += read;
            _events?.Release(wake: read == 0);
            worked = read > 0;
            if (read == 0)
                continue; // Once more, now that the next record wakes us.
            Rest(read);
            polled = Stopwatch.GetTimestamp();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _epoll.Dispose();

    /// <summary>Sleeps while more events gather, less or not at all where the buffer fills quickly.</summary>
    private void Rest(long read)
    {
        int milliseconds = read * 8 > _events!.Capacity ? 0 : _events.Capacity < 1 << 20 ? 1 : BusyMilliseconds;
        if (_events.AlwaysWakes)
        {
            Thread.Sleep(milliseconds);
            milliseconds = 0;
        }

        Poll(milliseconds);
    }

    private void Poll(int milliseconds)
    {
        Span<int> tokens = stackalloc int[16];
        int count = _epoll.Wait(tokens, milliseconds);
        foreach (int token in tokens[..count])
            _watched[token].Action?.Invoke();
    }
}
