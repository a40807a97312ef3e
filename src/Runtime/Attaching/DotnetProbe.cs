using Ctrace.Compiler;
using Ctrace.Runtime.Kernel;
using Ctrace.Runtime.Loading;
using Ctrace.Runtime.Sys;

namespace Ctrace.Runtime.Attaching;

/// <summary>A program that is run for each event of .NET programs, while it is enabled.</summary>
internal sealed class DotnetProbe(Attachment attachment, LoadedProgram program, DotnetPlan plan) : AttachedProbe(attachment, program)
{
    private volatile bool _enabled;

    /// <summary>Which events.</summary>
    public DotnetPlan Plan => plan;

    /// <summary>Runs the program with the address of an event's record, while it is enabled.</summary>
    /// <exception cref="SessionException">The kernel refused.</exception>
    public void Run(ulong record)
    {
        if (!_enabled)
            return;
        int result = Bpf.RunProgram(Program.Fd, [record]);
        if (result < 0)
            throw Rights.Failure(-result, $"run {Name}");
    }

    /// <inheritdoc/>
    public override void Enable() => _enabled = true;

    /// <inheritdoc/>
    public override void Disable() => _enabled = false;

    /// <inheritdoc/>
    public override void Dispose()
    {
    }
}
