using Ctrace.Compiler;
using Ctrace.Runtime.Loading;
using Ctrace.Runtime.Sys;

namespace Ctrace.Runtime.Attaching;

/// <summary>
/// A tracepoint by way of perf. The program hangs on the tracepoint, not on the event: it runs on all CPUs, whether the
/// event is enabled or not. So enabling is attaching, and disabling is taking the program off, for which there must be a
/// link (5.15): closing that takes microseconds, closing the event an RCU grace period.
/// </summary>
internal sealed class PerfTracepoint : AttachedProbe
{
    private readonly FileDescriptor _event;
    private FileDescriptor? _link;

    /// <summary>Opens the tracepoint's event.</summary>
    public PerfTracepoint(Attachment attachment, LoadedProgram program, TracepointPlan plan) : base(attachment, program)
    {
        int fd = PerfEvents.OpenTracepoint(plan.Id);
        if (fd < 0)
            throw Failure(-fd);
        _event = new FileDescriptor(fd);
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
    public override void Disable()
    {
        if (_link is not null)
            _link.Dispose();
        else
            _event.Dispose();
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _link?.Dispose();
        _event.Dispose();
    }
}
