using Ctrace.Compiler;
using Ctrace.Runtime.Loading;
using Ctrace.Runtime.Sys;

namespace Ctrace.Runtime.Attaching;

/// <summary>A perf event on each CPU that is online.</summary>
internal abstract class PerCpuProbe : AttachedProbe
{
    private readonly List<FileDescriptor> _events = [];

    /// <summary>Opens the events, stopped.</summary>
    protected PerCpuProbe(Attachment attachment, LoadedProgram program) : base(attachment, program)
    {
        foreach (int cpu in Cpus.Online())
        {
            int fd = OpenOn(cpu);
            if (fd == -Errno.ENODEV)
                continue; // It went offline since the list was read.
            if (fd >= 0)
                _events.Add(new FileDescriptor(fd));
            int result = fd < 0 ? fd : PerfEvents.SetProgram(fd, program.Fd);
            if (result < 0)
            {
                Dispose();
                throw Explain(-result);
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

    /// <summary>Opens one CPU's event; its descriptor, or minus the error number.</summary>
    protected abstract int OpenOn(int cpu);

    /// <summary>What an error means.</summary>
    protected abstract SessionException Explain(int error);
}

/// <summary>A cpu-clock event: a high-resolution timer in the kernel, no hardware needed.</summary>
internal sealed class ProfileClock(Attachment attachment, LoadedProgram program) : PerCpuProbe(attachment, program)
{
    /// <inheritdoc/>
    protected override int OpenOn(int cpu) => PerfEvents.OpenCpuClock(cpu, Plan.Value, Plan.IsFrequency);

    /// <inheritdoc/>
    protected override SessionException Explain(int error) => error == Errno.EINVAL && Plan.IsFrequency
        ? new SessionException($"{Name}: the kernel does not sample that often",
            "the limit is in /proc/sys/kernel/perf_event_max_sample_rate")
        : Failure(error);

    /// <summary>The base opens the events before this class's own fields are set.</summary>
    private ProfilePlan Plan => (ProfilePlan)Attachment.Plan;
}

/// <summary>An event that the kernel or the CPU counts.</summary>
internal sealed class CounterProbe(Attachment attachment, LoadedProgram program) : PerCpuProbe(attachment, program)
{
    /// <inheritdoc/>
    protected override int OpenOn(int cpu) => PerfEvents.OpenCounter(Plan.Type, Plan.Config, Plan.Every, cpu);

    /// <inheritdoc/>
    protected override SessionException Explain(int error) => error is Errno.ENOENT or Errno.EOPNOTSUPP
        ? new SessionException($"can't attach to {Name}: this machine does not count that", "virtual machines often have no hardware counters")
        : Failure(error);

    private CounterPlan Plan => (CounterPlan)Attachment.Plan;
}
