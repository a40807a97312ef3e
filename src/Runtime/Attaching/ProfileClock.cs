using Ctrace.Compiler;
using Ctrace.Runtime.Loading;
using Ctrace.Runtime.Sys;

namespace Ctrace.Runtime.Attaching;

/// <summary>A cpu-clock event on each CPU that is online: a high-resolution timer in the kernel, no hardware needed.</summary>
internal sealed class ProfileClock : AttachedProbe
{
    private readonly List<FileDescriptor> _events = [];

    /// <summary>Opens the events, stopped.</summary>
    public ProfileClock(Attachment attachment, LoadedProgram program, ProfilePlan plan) : base(attachment, program)
    {
        foreach (int cpu in Cpus.Online())
        {
            int fd = PerfEvents.OpenCpuClock(cpu, plan.Value, plan.IsFrequency);
            if (fd == -Errno.ENODEV)
                continue; // It went offline since the list was read.
            if (fd >= 0)
                _events.Add(new FileDescriptor(fd));
            int result = fd < 0 ? fd : PerfEvents.SetProgram(fd, program.Fd);
            if (result < 0)
            {
                Dispose();
                throw Explain(-result, plan);
            }
        }
    }

    /// <inheritdoc/>
    public override void Enable()
    {
        foreach (var each in _events)
            PerfEvents.Enable(each.Number);
    }

    /// <inheritdoc/>
    public override void Disable()
    {
        foreach (var each in _events)
            PerfEvents.Disable(each.Number);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        foreach (var each in _events)
            each.Dispose();
    }

    private SessionException Explain(int error, ProfilePlan plan) => error == Errno.EINVAL && plan.IsFrequency
        ? new SessionException($"{Name}: the kernel does not sample that often",
            "the limit is in /proc/sys/kernel/perf_event_max_sample_rate")
        : Failure(error);
}
