using Ctrace.Compiler;
using Ctrace.Runtime.Kernel;
using Ctrace.Runtime.Loading;
using Ctrace.Runtime.Sys;

namespace Ctrace.Runtime.Attaching;

/// <summary>A timer of ours that runs the program by BPF_PROG_TEST_RUN, once for each tick, late ones included.</summary>
internal sealed class IntervalTimer : AttachedProbe
{
    /// <summary>
    /// Ticks that are made up for at once: about a millisecond of work. More than that is owed only if the process was
    /// stopped, or if a tick takes longer than the period; then making up for all would never end.
    /// </summary>
    private const int MaxCatchUp = 1000;

    private readonly TimerDescriptor _timer = new();
    private readonly long _period;

    /// <summary>Creates the timer, stopped.</summary>
    public IntervalTimer(Attachment attachment, LoadedProgram program, IntervalPlan plan) : base(attachment, program) =>
        _period = (long)plan.Nanoseconds;

    /// <summary>Readable when there are ticks to run.</summary>
    public FileDescriptor Descriptor => _timer.Descriptor;

    /// <summary>Ticks that were given up.</summary>
    public long Skipped { get; private set; }

    /// <inheritdoc/>
    public override void Enable() => _timer.Start(_period);

    /// <inheritdoc/>
    public override void Disable() => _timer.Start(0);

    /// <summary>Runs the program for each tick since the last call.</summary>
    public void RunTicks()
    {
        long ticks = _timer.TakeExpirations();
        for (long i = 0; i < Math.Min(ticks, MaxCatchUp); i++)
        {
            int result = Bpf.RunProgram(Program.Fd);
            if (result < 0)
                throw Rights.Failure(-result, $"run {Name}");
        }

        Skipped += Math.Max(0, ticks - MaxCatchUp);
    }

    /// <inheritdoc/>
    public override void Dispose() => _timer.Dispose();
}
