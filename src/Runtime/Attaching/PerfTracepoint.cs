using Ctrace.Compiler;
using Ctrace.Runtime.Loading;
using Ctrace.Runtime.Sys;

namespace Ctrace.Runtime.Attaching;

/// <summary>
/// A tracepoint by way of perf. The program hangs on the tracepoint, not on the event: it runs on all CPUs, whether the
/// event is enabled or not. So enabling is attaching, and disabling is taking the program off, for which there must be a
/// link (5.15). Closing a link takes the program off and then waits a grace period (since 6.13); many can wait together.
/// Closing an event waits while it holds a lock, so those are closed after the results are shown.
/// </summary>
internal sealed class PerfTracepoint : AttachedProbe
{
    private readonly FileDescriptor _event;
    private readonly int _programId;
    private FileDescriptor? _link;

    /// <summary>Opens the tracepoint's event.</summary>
    public PerfTracepoint(Attachment attachment, LoadedProgram program, TracepointPlan plan) : base(attachment, program)
    {
        int fd = PerfEvents.OpenTracepoint(plan.Id);
        if (fd < 0)
            throw Failure(-fd);
        _event = new FileDescriptor(fd);
        _programId = program.Id;
    }

    /// <inheritdoc/>
    public override void Enable()
    {
        int link = Bpf.LinkPerfEvent(Program.Fd, _event.Number);
        if (link >= 0)
        {
            _link = new FileDescriptor(link);
            return;
        }

        int result = link == -Errno.EINVAL ? PerfEvents.SetProgram(_event.Number, Program.Fd) : link;
        if (result < 0)
            throw Failure(-result);
    }

    /// <inheritdoc/>
    public override bool IsDisablingSlow => true;

    /// <inheritdoc/>
    public override bool IsDisabled => _link is not null && !PerfEvents.HasProgram(_event.Number, _programId);

    /// <inheritdoc/>
    public override void Disable()
    {
        if (_link is not null)
            _link.Dispose();
        else
            _event.Dispose();
    }

    /// <inheritdoc/>
    public override IEnumerable<int> SlowDescriptors => _event.IsClosed ? [] : [_event.Number];

    /// <inheritdoc/>
    public override void Dispose()
    {
        _link?.Dispose();
        _event.Dispose();
    }
}
