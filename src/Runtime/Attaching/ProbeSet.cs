using Ctrace.Compiler;
using Ctrace.Runtime.Loading;

namespace Ctrace.Runtime.Attaching;

/// <summary>All of a program's probes: they start together, and stop together.</summary>
internal sealed class ProbeSet : IDisposable
{
    /// <summary>So many probes that are left out are named.</summary>
    private const int MostNamed = 5;

    private readonly List<AttachedProbe> _probes = [];
    private readonly HashSet<Attachment> _missing = [];
    private readonly HashSet<string> _leftOut = [];
    private IReadOnlyList<Thread> _disabling = [];
    private readonly List<Thread> _detaching = [];
    private bool _enabled;

    /// <summary>Whether the process ends when they are disposed: what takes long is then left to a copy of it.</summary>
    public bool EndsProcess { get; init; }

    /// <summary>What becomes of probes that the kernel turns out not to have.</summary>
    public MissingProbes Missing { get; init; }

    /// <summary>Is told of those that are left out, where that is worth a word.</summary>
    public Action<string>? Warn { get; init; }

    /// <summary>All of them.</summary>
    public IReadOnlyList<AttachedProbe> Probes => _probes;

    /// <summary>Whether a probe was left out, because the kernel has not got it.</summary>
    public bool IsLeftOut(Attachment attachment) => _missing.Contains(attachment);

    /// <summary>The names of the probes that an attachment stands for, without those that the kernel can't probe.</summary>
    public IEnumerable<string> Attached(Attachment attachment) => _leftOut.Count == 0 ? attachment.ProbeNames : attachment.ProbeNames.Where(name => !_leftOut.Contains(name));

    /// <summary>Opens all, so that enabling them takes next to no time.</summary>
    /// <exception cref="SessionException">The kernel refused one.</exception>
    public void Open(IReadOnlyCollection<Attachment> attachments, IReadOnlyList<LoadedProgram> programs, IReadOnlyList<string> probeNames)
    {
        var probeIndex = probeNames.Select((name, index) => (name, index)).ToDictionary(p => p.name, p => p.index);
        foreach (var attachment in attachments.Where(a => !RunsBeforeOthers(a.Plan)).Concat(attachments.Where(a => RunsBeforeOthers(a.Plan)).Reverse()))
            if (!_missing.Contains(attachment))
                Try(attachment, () => _probes.Add(AttachedProbe.Open(attachment, programs[attachment.ProgramIndex], probeIndex)));
    }

    /// <summary>Does something that the kernel may refuse because it has no such probe: then the program may go on without it.</summary>
    private bool Try(Attachment attachment, Action action)
    {
        try
        {
            action();
            return true;
        }
        catch (SessionException e) when (e.IsMissingProbe && Missing != MissingProbes.Error)
        {
            if (_missing.Add(attachment) && Missing == MissingProbes.Warn)
                Warn?.Invoke(e.Hint is null ? e.Message : $"{e.Message} ({e.Hint})");
            return false;
        }
        catch (SessionException e) when (e.IsUnprobeable && attachment.Plan is UprobePlan { IsOneOfMany: true })
        {
            _missing.Add(attachment);
            _leftOut.UnionWith(attachment.ProbeNames);
            return false;
        }
    }

    /// <summary>
    /// Whether the kernel puts the probe in front of others at the same function. What is attached from the last to the first runs in the order of
    /// the source. What a kprobe pushes at the entry is taken off at the return, so that kretprobes run the other way round.
    /// </summary>
    private static bool RunsBeforeOthers(AttachPlan plan) => plan is KprobePlan { IsReturn: false } or KprobeMultiPlan or UprobePlan or UprobeMultiPlan or TracingPlan;

    /// <summary>Runs the <c>begin</c> or the <c>end</c> programs, in source order.</summary>
    public void RunOnce(bool atEnd)
    {
        foreach (var probe in _probes)
            if (probe is OneShot once && once.AtEnd == atEnd)
                once.Run();
    }

    /// <summary>Lets all run.</summary>
    public void Enable()
    {
        _enabled = true;
        foreach (var probe in _probes.ToList())
            if (!Try(probe.Attachment, probe.Enable))
            {
                probe.Dispose();
                _probes.Remove(probe);
            }

        _leftOut.UnionWith(_probes.SelectMany(p => p.LeftOut));
        if (_leftOut.Count > 0 && Missing != MissingProbes.Ignore)
            Warn?.Invoke($"the kernel can't put a breakpoint on the first instruction of {string.Join(", ", _leftOut.Order(StringComparer.Ordinal).Take(MostNamed))}"
                + (_leftOut.Count > MostNamed ? $" and {_leftOut.Count - MostNamed} more: they are left out" : _leftOut.Count == 1 ? ": it is left out" : ": they are left out"));
    }

    /// <summary>Stops all. What that still has to wait for goes on in the background.</summary>
    public void Disable()
    {
        if (!_enabled)
            return;
        _enabled = false;
        foreach (var probe in _probes)
            if (!probe.IsDisablingSlow)
                probe.Disable();

        // The programs are off as soon as the threads are in the kernel; what these then wait for need not keep us.
        var slow = _probes.FindAll(p => p.IsDisablingSlow);
        _disabling = Parallel.Start(slow, p => p.Disable());
        foreach (var probe in slow)
            while (!probe.IsDisabled && _disabling.Any(t => t.IsAlive))
                Thread.Sleep(0);
    }

    /// <summary>Stops some for good, while the others go on. It takes effect soon; what the kernel waits for goes on in the background.</summary>
    public void Detach(Func<AttachedProbe, bool> which)
    {
        var detached = _probes.Where(which).ToList();
        foreach (var probe in detached.Where(p => !p.IsDisablingSlow))
            probe.Disable();
        _detaching.AddRange(Parallel.Start(detached.FindAll(p => p.IsDisablingSlow), p => p.Disable()));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var thread in _detaching)
            thread.Join();
        _detaching.Clear();
        foreach (var thread in _disabling)
            thread.Join();
        using var farewell = EndsProcess ? Farewell.Leave([.. _probes.SelectMany(p => p.SlowDescriptors)]) : null;
        foreach (var probe in _probes)
            probe.Dispose();
        _probes.Clear();
    }
}
