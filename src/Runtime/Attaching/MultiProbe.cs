using System.Runtime.InteropServices;
using System.Text;
using Ctrace.Compiler;
using Ctrace.Runtime.Kernel;
using Ctrace.Runtime.Loading;
using Ctrace.Runtime.Sys;

namespace Ctrace.Runtime.Attaching;

/// <summary>Many functions by one link: thousands are attached in the time that a few perf events take.</summary>
internal sealed class MultiProbe(Attachment attachment, LoadedProgram program, ulong[] cookies) : AttachedProbe(attachment, program)
{
    private FileDescriptor? _link;

    /// <inheritdoc/>
    public override void Enable()
    {
        int fd = Attachment.Plan switch
        {
            KprobeMultiPlan plan => LinkKernel(plan),
            UprobeMultiPlan plan => Bpf.LinkUserFunctions(Program.Fd, Encoding.UTF8.GetBytes(plan.Path + '\0'), plan.FileOffsets.AsSpan(),
                plan.SemaphoreOffsets.AsSpan(), cookies, Program.Program.AttachType, plan.IsReturn),
            var other => throw new InvalidOperationException($"{other.GetType().Name} is not many functions"),
        };
        _link = fd >= 0 ? new FileDescriptor(fd) : throw Rights.Failure(-fd, $"attach to {Name} and {Attachment.ProbeNames.Length - 1} more");
    }

    /// <inheritdoc/>
    public override bool IsDisablingSlow => true;

    /// <inheritdoc/>
    public override void Disable() => _link?.Dispose();

    /// <inheritdoc/>
    public override void Dispose() => _link?.Dispose();

    private int LinkKernel(KprobeMultiPlan plan)
    {
        nint[] names = [.. plan.Symbols.Select(Marshal.StringToCoTaskMemUTF8)];
        try
        {
            return Bpf.LinkKernelFunctions(Program.Fd, names, cookies, Program.Program.AttachType, plan.IsReturn);
        }
        finally
        {
            foreach (nint name in names)
                Marshal.FreeCoTaskMem(name);
        }
    }
}
