using Ctrace.Compiler;
using Ctrace.Runtime.Kernel;
using Ctrace.Runtime.Loading;
using Ctrace.Runtime.Sys;

namespace Ctrace.Runtime.Attaching;

/// <summary><c>begin</c> or <c>end</c>: a program that the session itself runs, at its time.</summary>
internal sealed class OneShot(Attachment attachment, LoadedProgram program) : AttachedProbe(attachment, program)
{
    /// <summary>Whether it runs at the end.</summary>
    public bool AtEnd => ((OncePlan)Attachment.Plan).AtEnd;

    /// <summary>Runs the program once, in this thread.</summary>
    public void Run()
    {
        int result = Bpf.RunProgram(Program.Fd);
        if (result < 0)
            throw Rights.Failure(-result, $"run {Name}");
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
