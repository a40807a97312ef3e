using System.Text;
using Ctrace.Compiler;
using Ctrace.Runtime.Kernel;
using Ctrace.Runtime.Loading;
using Ctrace.Runtime.Sys;

namespace Ctrace.Runtime.Attaching;

/// <summary>A raw tracepoint: attached and detached in well under a millisecond, so nothing is opened in advance.</summary>
internal sealed class RawTracepoint(Attachment attachment, LoadedProgram program, RawTracepointPlan plan)
    : AttachedProbe(attachment, program)
{
    private FileDescriptor? _link;

    /// <inheritdoc/>
    public override void Enable()
    {
        int fd = Bpf.OpenRawTracepoint(Encoding.UTF8.GetBytes(plan.Name + '\0'), Program.Fd);
        if (fd == -Errno.ENOENT)
            throw new SessionException($"the kernel has no raw tracepoint {plan.Name}");
        if (fd == -Errno.EINVAL)
        {
            throw new SessionException($"the kernel refuses to attach to {Name}",
                "a program may only read the arguments that the tracepoint has");
        }

        _link = fd >= 0 ? new FileDescriptor(fd) : throw Rights.Failure(-fd, $"attach to {Name}");
    }

    /// <inheritdoc/>
    public override void Disable() => _link?.Dispose();

    /// <inheritdoc/>
    public override void Dispose() => _link?.Dispose();
}
