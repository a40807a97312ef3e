using System.Runtime.InteropServices;

namespace Ctrace.Repl;

/// <summary>
/// Ctrl-C, SIGTERM and SIGHUP end tracing in good order: what was gathered is still printed. A second Ctrl-C, by someone
/// who does not want to wait for that, ends ctrace at once.
/// </summary>
internal sealed partial class StopSignals : IDisposable
{
    private const int KilledByInterrupt = 130;

    private const int SigInt = 2;
    private const nint DefaultDisposition = 0;

    private readonly PosixSignalRegistration[] _registrations;
    private int _interrupts;

    internal StopSignals(Action stop)
    {
        void Handle(PosixSignalContext context)
        {
            context.Cancel = true;
            if (context.Signal == PosixSignal.SIGINT && Interlocked.Increment(ref _interrupts) > 1)
                ProcessExit.Now(KilledByInterrupt);
            stop();
        }

        // A shell starts what runs in the background of a script with SIGINT ignored, and .NET leaves an ignored signal
        // ignored: then `kill -INT` would do nothing.
        SetDisposition(SigInt, DefaultDisposition);
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, Handle),
        ];
    }

    [LibraryImport("libc", EntryPoint = "signal")]
    private static partial nint SetDisposition(int signal, nint handler);

    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
    }
}
