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
    private IReadOnlyList<string> _leftOut = [];
    private FileDescriptor? _link;

    /// <inheritdoc/>
    public override IReadOnlyList<string> LeftOut => _leftOut;

    /// <inheritdoc/>
    public override void Enable()
    {
        int fd = Attachment.Plan switch
        {
            KprobeMultiPlan plan => LinkKernel(plan),
            UprobeMultiPlan plan => LinkUser(plan),
            var other => throw new InvalidOperationException($"{other.GetType().Name} is not many functions"),
        };
        _link = fd >= 0 ? new FileDescriptor(fd)
            : fd == -Errno.ENOTSUPP ? throw Unprobeable(Name)
            : throw Rights.Failure(-fd, $"attach to {Name} and {Attachment.ProbeNames.Length - 1} more");
    }

    /// <summary>Attaches to all places but those that the kernel can't put a breakpoint on, for one of which it refuses them all.</summary>
    private int LinkUser(UprobeMultiPlan plan)
    {
        List<int> places = [.. Enumerable.Range(0, plan.FileOffsets.Length)];
        int fd = Link(plan, places);
        if (fd != -Errno.ENOTSUPP)
            return fd;
        var refused = Refused(plan, places).ToHashSet();
        places.RemoveAll(refused.Contains);
        // A static probe at several places has one name for all.
        if (places.Count > 0 && Attachment.ProbeNames.Length > 1)
            _leftOut = [.. Attachment.ProbeNames.Where((_, i) => refused.Contains(i % plan.FileOffsets.Length))];
        return places.Count > 0 ? Link(plan, places) : fd;
    }

    /// <summary>Those among some places that are refused, each alone.</summary>
    private IEnumerable<int> Refused(UprobeMultiPlan plan, List<int> places)
    {
        int fd = Link(plan, places);
        if (fd >= 0)
            new FileDescriptor(fd).Dispose();
        if (fd != -Errno.ENOTSUPP)
            return [];
        int half = places.Count / 2;
        return half == 0 ? places : Refused(plan, places[..half]).Concat(Refused(plan, places[half..]));
    }

    private int Link(UprobeMultiPlan plan, List<int> places) => Bpf.LinkUserFunctions(
        Program.Fd, Encoding.UTF8.GetBytes(plan.Path + '\0'), [.. places.Select(i => plan.FileOffsets[i])],
        plan.SemaphoreOffsets.IsEmpty ? [] : [.. places.Select(i => plan.SemaphoreOffsets[i])], [.. places.Select(i => cookies[i])], Program.Program.AttachType, plan.IsReturn);

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
