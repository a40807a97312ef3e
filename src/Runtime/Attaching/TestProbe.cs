using Ctrace.Compiler;
using Ctrace.Runtime.Kernel;
using Ctrace.Runtime.Loading;
using Ctrace.Runtime.Sys;

namespace Ctrace.Runtime.Attaching;

/// <summary>A program that the session runs when it is asked to, to check or to time it.</summary>
internal sealed class TestProbe(Attachment attachment, LoadedProgram program) : AttachedProbe(attachment, program)
{
    /// <summary>What it is called, and what it is for.</summary>
    public TestPlan Plan => (TestPlan)Attachment.Plan;

    /// <summary>Runs the program once, in this thread; gives what it returns.</summary>
    public uint Run()
    {
        int result = Bpf.RunProgram(Program.Fd, out uint returned);
        return result < 0 ? throw Rights.Failure(-result, $"run {Name}") : returned;
    }

    /// <inheritdoc/>
    public override void Enable()
    {
    }

    /// <inheritdoc/>
    public override void Disable()
    {
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
    }
}
