using Ctrace.Compiler;
using Ctrace.Runtime.Loading;
using Ctrace.Runtime.Sys;

namespace Ctrace.Runtime.Attaching;

/// <summary>An access to memory, by a debug register of each CPU.</summary>
internal sealed class BreakpointProbe(Attachment attachment, LoadedProgram program) : PerCpuProbe(attachment, program)
{
    /// <inheritdoc/>
    protected override int OpenOn(int cpu) => DebugRegisters.Work ? PerfEvents.OpenBreakpoint(Plan.Address, Plan.Length, Plan.Access, cpu) : -Errno.ENOENT;

    /// <inheritdoc/>
    protected override SessionException Explain(int error) => error switch
    {
        Errno.ENOSPC => new SessionException($"can't watch {Name}: all of the CPU's debug registers are in use", "x86-64 has four: watch fewer places"),
        Errno.ENOENT or Errno.EOPNOTSUPP or Errno.ENODEV => new SessionException($"can't watch {Name}: this machine has no debug registers that the kernel can use", "virtual machines often have none"),
        Errno.EINVAL => new SessionException($"the kernel can't watch {Name}", "the address must be a multiple of the length, and not in the kernel's own entry code"),
        _ => Failure(error),
    };

    private BreakpointPlan Plan => (BreakpointPlan)Attachment.Plan;
}
