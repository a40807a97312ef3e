namespace Ctrace.Runtime.Sys;

/// <summary>timerfd(2): a clock to wait for with epoll.</summary>
internal sealed unsafe class TimerDescriptor : IDisposable
{
    private const int Monotonic = 1;
    private const long Second = 1_000_000_000;

    /// <summary>Creates a timer that does not run yet.</summary>
    /// <exception cref="SessionException">No more descriptors.</exception>
    public TimerDescriptor()
    {
        Descriptor = new FileDescriptor(LibC.timerfd_create(Monotonic, OpenFlags.CloseOnExec | OpenFlags.NonBlocking));
        if (Descriptor.IsInvalid)
            throw new SessionException($"timerfd_create failed: {Errno.Text(Errno.Last)}");
    }

    /// <summary>Readable when the timer has expired.</summary>
    public FileDescriptor Descriptor { get; }

    /// <summary>Lets it expire every so many nanoseconds from now on; 0 stops it.</summary>
    public void Start(long nanoseconds)
    {
        long* time = stackalloc long[4];
        time[0] = time[2] = nanoseconds / Second;
        time[1] = time[3] = nanoseconds % Second;
        if (LibC.timerfd_settime(Descriptor.Number, 0, time, null) < 0)
            throw new SessionException($"timerfd_settime failed: {Errno.Text(Errno.Last)}");
    }

    /// <summary>How often it expired since the last call.</summary>
    public long TakeExpirations()
    {
        long count = 0;
        return LibC.read(Descriptor.Number, &count, sizeof(long)) == sizeof(long) ? count : 0;
    }

    /// <inheritdoc/>
    public void Dispose() => Descriptor.Dispose();
}
