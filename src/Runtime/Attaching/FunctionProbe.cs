using System.Runtime.InteropServices;
using System.Text;
using Ctrace.Compiler;
using Ctrace.Runtime.Loading;
using Ctrace.Runtime.Symbols;
using Ctrace.Runtime.Sys;

namespace Ctrace.Runtime.Attaching;

/// <summary>
/// One function's entry or return, or one place in code, by a perf event of the kernel's kprobe or uprobe unit. Opening the event
/// plants the probe; the program is attached by a link, which also carries the cookie.
/// </summary>
internal sealed unsafe class FunctionProbe : AttachedProbe
{
    private readonly FileDescriptor _event;
    private readonly TraceEvent? _traceEvent;
    private readonly ulong _cookie;
    private FileDescriptor? _link;

    /// <summary>Plants the probe.</summary>
    public FunctionProbe(Attachment attachment, LoadedProgram program, ulong cookie) : base(attachment, program)
    {
        _cookie = cookie;
        int fd = attachment.Plan switch
        {
            KprobePlan { InTracefs: true } plan => OpenTraceEvent(plan, out _traceEvent),
            KprobePlan plan => OpenKernel(plan),
            UprobePlan plan => OpenUser(plan),
            var other => throw new InvalidOperationException($"{other.GetType().Name} is no function"),
        };
        if (fd < 0)
        {
            _traceEvent?.Dispose();
            throw Explain(-fd);
        }

        _event = new FileDescriptor(fd);
    }

    /// <inheritdoc/>
    public override void Enable()
    {
        int link = Bpf.LinkPerfEvent(Program.Fd, _event.Number, _cookie);
        int result = link == -Errno.EINVAL ? PerfEvents.SetProgram(_event.Number, Program.Fd) : link;
        if (link >= 0)
            _link = new FileDescriptor(link);
        if (result >= 0)
            result = PerfEvents.Enable(_event.Number);
        if (result < 0)
            throw Explain(-result);
    }

    /// <inheritdoc/>
    public override bool IsDisablingSlow => true;

    /// <inheritdoc/>
    public override void Disable() => PerfEvents.Disable(_event.Number);

    /// <inheritdoc/>
    public override IEnumerable<int> SlowDescriptors => _event.IsClosed || _traceEvent is not null ? [] : [_event.Number];

    /// <inheritdoc/>
    public override void Dispose()
    {
        _link?.Dispose();
        _event.Dispose();
        _traceEvent?.Dispose();
    }

    private static int OpenTraceEvent(KprobePlan plan, out TraceEvent? made)
    {
        (made, int error) = TraceEvent.Create(plan);
        return made is null ? -error : PerfEvents.OpenTracepoint(made.Id);
    }

    private static int OpenKernel(KprobePlan plan)
    {
        if (ProbeUnits.Kprobe is not { } unit)
            return -Errno.ENOENT;
        fixed (byte* symbol = Encoding.UTF8.GetBytes(plan.Symbol + '\0'))
            return PerfEvents.OpenProbe(unit.Type, plan.IsReturn ? unit.ReturnBit : 0, plan.Symbol.Length == 0 ? 0 : (ulong)symbol, (ulong)plan.Offset);
    }

    private static int OpenUser(UprobePlan plan)
    {
        if (ProbeUnits.Uprobe is not { } unit)
            return -Errno.ENOENT;
        fixed (byte* path = Encoding.UTF8.GetBytes(plan.Path + '\0'))
            return PerfEvents.OpenProbe(unit.Type, (plan.IsReturn ? unit.ReturnBit : 0) | (ulong)plan.SemaphoreOffset << 32, (ulong)path, (ulong)plan.FileOffset);
    }

    private Exception Explain(int error) => (Attachment.Plan, error) switch
    {
        (KprobePlan { InTracefs: true }, Errno.ENOENT) when !TraceEvent.IsPossible => Missing($"can't attach to {Name}: this kernel has no kprobes (CONFIG_KPROBE_EVENTS)", "a tracepoint may serve: ctrace -l"),
        (UprobePlan, Errno.ENOENT) when ProbeUnits.Uprobe is null => Missing($"can't attach to {Name}: this kernel has no uprobes (CONFIG_UPROBE_EVENTS)", null),
        (_, Errno.EILSEQ) => NoInstruction(),
        // The kernel of arm64 says the same of any distance that is no multiple of an instruction's four bytes.
        (KprobePlan { Offset: var offset }, Errno.EINVAL) when offset % 4 != 0 && RuntimeInformation.ProcessArchitecture == Architecture.Arm64 => NoInstruction(),
        // From 6.6 on the kernel does not choose one of them by chance.
        (KprobePlan { Symbol: var symbol }, Errno.EADDRNOTAVAIL or Errno.EINVAL) when KernelSymbols.Read().CountOf(symbol) is > 1 and var count =>
            Missing($"the kernel can't probe {Name}: it has {count} functions of that name", $"probe one by its address: grep -w {symbol} /proc/kallsyms, then kprobe:0x…"),
        (KprobePlan, Errno.ENOENT or Errno.EINVAL or Errno.EADDRNOTAVAIL) => Missing($"the kernel can't probe {Name}", "it may be inlined, or on the kernel's list of functions that can't be probed"),
        (UprobePlan, Errno.ENOTSUPP) => Unprobeable(Name),
        (UprobePlan, Errno.EINVAL or Errno.ENOENT) => Missing($"can't attach to {Name}: {Errno.Text(error)}", null),
        _ => Failure(error),
    };

    private SessionException NoInstruction() => Missing($"the kernel can't probe {Name}: no instruction starts there", "disassemble the function, and take the distance of one");

    private static SessionException Missing(string message, string? hint) => new(message, hint) { IsMissingProbe = true };
}
