using Ctrace.Compiler;
using Ctrace.Runtime.Kernel;
using Ctrace.Runtime.Loading;
using Ctrace.Runtime.Sys;

namespace Ctrace.Runtime.Attaching;

/// <summary>A kernel function by its trampoline: the program was loaded for just that function.</summary>
internal sealed class TracingProbe(Attachment attachment, LoadedProgram program, TracingPlan plan) : AttachedProbe(attachment, program)
{
    private FileDescriptor? _link;

    /// <inheritdoc/>
    public override void Enable()
    {
        int fd = Bpf.LinkTracing(Program.Fd);
        _link = fd >= 0 ? new FileDescriptor(fd) : throw Explain(-fd);
    }

    private SessionException Explain(int error) => error switch
    {
        // It finds another instruction at the function's start than the one that it could replace.
        Errno.EBUSY => new SessionException($"the kernel can't probe {Name}", "it is compiled without a place for tracing, or on the kernel's list of functions that can't be probed") { IsMissingProbe = true },
        _ => Rights.Failure(error, $"attach to {plan.Function} ({Name})"),
    };

    /// <inheritdoc/>
    public override bool IsDisablingSlow => true;

    /// <inheritdoc/>
    public override void Disable() => _link?.Dispose();

    /// <inheritdoc/>
    public override void Dispose() => _link?.Dispose();
}
