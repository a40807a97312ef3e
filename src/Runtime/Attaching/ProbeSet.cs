using Ctrace.Compiler;
using Ctrace.Runtime.Loading;

namespace Ctrace.Runtime.Attaching;

/// <summary>All of a program's probes: they start together, and stop together.</summary>
internal sealed class ProbeSet : IDisposable
{
    private readonly List<AttachedProbe> _probes = [];
    private bool _enabled;

    /// <summary>All of them.</summary>
    public IReadOnlyList<AttachedProbe> Probes => _probes;

    /// <summary>Opens all, so that enabling them takes next to no time.</summary>
    /// <exception cref="SessionException">The kernel refused one.</exception>
    public void Open(IEnumerable<Attachment> attachments, IReadOnlyList<LoadedProgram> programs)
    {
        foreach (var attachment in attachments)
            _probes.Add(AttachedProbe.Open(attachment, programs[attachment.ProgramIndex]));
    }

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
        foreach (var probe in _probes)
            probe.Enable();
    }

    /// <summary>Stops all.</summary>
    public void Disable()
    {
        if (!_enabled)
            return;
        _enabled = false;
        foreach (var probe in _probes)
            probe.Disable();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var probe in _probes)
            probe.Dispose();
        _probes.Clear();
    }
}
