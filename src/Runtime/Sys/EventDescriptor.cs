namespace Ctrace.Runtime.Sys;

/// <summary>eventfd(2): wakes an epoll loop from another thread or a signal handler.</summary>
internal sealed unsafe class EventDescriptor : IDisposable
{
    /// <summary>Creates it, not signalled.</summary>
    /// <exception cref="SessionException">No more descriptors.</exception>
    public EventDescriptor()
    {
        Descriptor = new FileDescriptor(LibC.eventfd(0, OpenFlags.CloseOnExec | OpenFlags.NonBlocking));
        if (Descriptor.IsInvalid)
            throw new SessionException($"eventfd failed: {Errno.Text(Errno.Last)}");
    }

    /// <summary>Readable once signalled.</summary>
    public FileDescriptor Descriptor { get; }

    /// <summary>Makes it readable, until <see cref="Reset"/>. Safe from any thread, and after it was disposed of.</summary>
    public void Signal()
    {
        bool held = false;
        try
        {
            Descriptor.DangerousAddRef(ref held);
            long one = 1;
            _ = LibC.write(Descriptor.Number, &one, sizeof(long));
        }
        catch (ObjectDisposedException)
        {
            // The session is over: there is nobody left to wake.
        }
        finally
        {
            if (held)
                Descriptor.DangerousRelease();
        }
    }

    /// <summary>Makes it unreadable until it is signalled again.</summary>
    public void Reset()
    {
        long count;
        _ = LibC.read(Descriptor.Number, &count, sizeof(long));
    }

    /// <inheritdoc/>
    public void Dispose() => Descriptor.Dispose();
}
