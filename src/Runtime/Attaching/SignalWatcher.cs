using System.Runtime.InteropServices;
using Ctrace.Compiler;
using Ctrace.Runtime.Kernel;
using Ctrace.Runtime.Loading;
using Ctrace.Runtime.Sys;

namespace Ctrace.Runtime.Attaching;

/// <summary><c>self:signal</c>: the session runs the program when the process gets the signal, once for each.</summary>
internal sealed class SignalWatcher : AttachedProbe
{
    private readonly EventDescriptor _arrived = new();
    private readonly int _number;
    private PosixSignalRegistration? _registration;
    private int _count;

    /// <summary>Prepares to wait.</summary>
    public SignalWatcher(Attachment attachment, LoadedProgram program, SignalPlan plan) : base(attachment, program) => _number = plan.Number;

    /// <summary>Readable when there are signals to run for.</summary>
    public FileDescriptor Descriptor => _arrived.Descriptor;

    /// <inheritdoc/>
    public override void Enable() => _registration ??= PosixSignalRegistration.Create((PosixSignal)_number, context =>
    {
        context.Cancel = true;
        Interlocked.Increment(ref _count);
        _arrived.Signal();
    });

    /// <inheritdoc/>
    public override void Disable()
    {
        _registration?.Dispose();
        _registration = null;
    }

    /// <summary>Runs the program for each signal since the last call.</summary>
    public void RunSignals()
    {
        _arrived.Reset();
        for (int left = Interlocked.Exchange(ref _count, 0); left > 0; left--)
        {
            int result = Bpf.RunProgram(Program.Fd);
            if (result < 0)
                throw Rights.Failure(-result, $"run {Name}");
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        Disable();
        _arrived.Dispose();
    }
}
