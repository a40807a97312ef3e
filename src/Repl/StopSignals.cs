using System.Runtime.InteropServices;

namespace Ctrace.Repl;

/// <summary>
/// Ctrl-C, SIGTERM and SIGHUP end tracing in good order: what was gathered is still printed. A second Ctrl-C, by someone
/// who does not want to wait for that, ends ctrace at once.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    private const int KilledByInterrupt = 130;

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

        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, Handle),
        ];
    }

    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
    }
}
