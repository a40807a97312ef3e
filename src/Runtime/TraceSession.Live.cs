using System.Collections.Concurrent;
using Ctrace.Compiler.Layouts;
using Ctrace.Runtime.Attaching;
using Ctrace.Runtime.Loading;
using Ctrace.Runtime.Reading;
using Ctrace.Runtime.Sys;

namespace Ctrace.Runtime;

/// <summary>What can be done with a session from outside while it runs, and with its maps after it has ended.</summary>
public sealed partial class TraceSession
{
    private readonly EventDescriptor _wake = new();
    private readonly ConcurrentQueue<Action> _requests = [];
    private readonly Lock _reading = new();
    private SessionLoop? _loop;
    private bool _paused;

    /// <summary>The user's maps.</summary>
    public IReadOnlyList<MapSpec> Maps => [.. _program.Maps.Where(m => m.Role == MapRole.User)];

    /// <summary>A map's entries now; null where there is no such map. Safe from any thread until the session is disposed of.</summary>
    /// <param name="name">With the <c>@</c>.</param>
    public MapSnapshot? Snapshot(string name)
    {
        lock (_reading)
            return IndexOf(name) is >= 0 and var index && _maps is { } maps ? maps.Snapshot(index) : null;
    }

    /// <summary>Removes a map's entries. Safe from any thread until the session is disposed of.</summary>
    /// <param name="name">With the <c>@</c>.</param>
    /// <returns>Whether there is such a map.</returns>
    public bool Clear(string name)
    {
        lock (_reading)
        {
            if (IndexOf(name) is not (>= 0 and var index) || _maps is not { } maps)
                return false;
            foreach (var part in maps.Parts(index))
                MapWriter.Clear(part);
            maps.Cleared(index);
            return true;
        }
    }

    /// <summary>Takes the probes off, or puts them on again; soon, on the session's own thread.</summary>
    /// <param name="paused">Which of the two.</param>
    public void Pause(bool paused)
    {
        _requests.Enqueue(() => ApplyPause(paused));
        _wake.Signal();
    }

    /// <summary>Takes all but the maps out of the kernel, after <see cref="Run"/>: they can still be read, and used by others.</summary>
    public void Detach()
    {
        _history?.Dispose();
        _dotnet?.Dispose();
        _probes.Dispose();
        lock (_reading)
        {
            _events?.Dispose();
            _orders?.Dispose();
            _packets?.Dispose();
            (_events, _orders, _packets) = (null, null, null);
            _trace?.Unload();
        }
    }

    private int IndexOf(string name)
    {
        for (int i = 0; i < _program.Maps.Length; i++)
            if (_program.Maps[i].Role == MapRole.User && _program.Maps[i].Name == name)
                return i;
        return -1;
    }

    private KernelMap? FindShared(MapSpec spec)
    {
        if (spec.Role is not (MapRole.User or MapRole.ShortKeys))
            return null;
        foreach (var other in _options.SharesWith)
            if (other._trace?.Maps.FirstOrDefault(m => m.Spec.Role == spec.Role && m.Spec.Name == spec.Name) is { } map)
                return map;
        return null;
    }

    private void RunRequests()
    {
        _wake.Reset();
        while (_requests.TryDequeue(out var request))
            request();
    }

    /// <summary>The probes are opened anew: what was disabled can't be enabled again on every kernel.</summary>
    private void ApplyPause(bool paused)
    {
        if (_loop is not { Stopping: false } loop || paused == _paused)
            return;
        _paused = paused;
        if (paused)
        {
            _dotnet?.Stop(_pump!.Drain);
            _dotnet = null;
            _probes.Disable();
            _probes.Dispose();
            return;
        }

        _probes.Open(_program.Attachments, _trace!.Programs, _program.ProbeNames);
        WatchIntervals(loop);
        _probes.Enable();
        StartDotnet();
    }

    private void WatchIntervals(SessionLoop loop)
    {
        foreach (var timer in _probes.Probes.OfType<IntervalTimer>())
        {
            var each = timer;
            // It may have been closed by what was ready at the same time.
            loop.Watch(each.Descriptor, () =>
            {
                if (!each.Descriptor.IsClosed)
                    each.RunTicks();
            });
        }

        foreach (var watcher in _probes.Probes.OfType<SignalWatcher>())
        {
            var each = watcher;
            loop.Watch(each.Descriptor, () =>
            {
                if (!each.Descriptor.IsClosed)
                    each.RunSignals();
            });
        }
    }
}
