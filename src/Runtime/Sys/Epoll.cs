using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using CpuArchitecture = System.Runtime.InteropServices.Architecture;

namespace Ctrace.Runtime.Sys;

/// <summary>epoll(7): waits for several descriptors at once.</summary>
internal sealed unsafe class Epoll : IDisposable
{
    private const int Add = 1, Remove = 2, Capacity = 16;
    private const uint In = 1, EdgeTriggered = 1u << 31;

    /// <summary>struct epoll_event is packed on x86-64 only.</summary>
    private static readonly int DataOffset = RuntimeInformation.ProcessArchitecture == CpuArchitecture.X64 ? 4 : 8;

    private readonly FileDescriptor _fd;

    /// <summary>Creates an empty set.</summary>
    /// <exception cref="SessionException">No more descriptors.</exception>
    public Epoll()
    {
        _fd = new FileDescriptor(LibC.epoll_create1(OpenFlags.CloseOnExec));
        if (_fd.IsInvalid)
            throw new SessionException($"epoll_create1 failed: {Errno.Text(Errno.Last)}");
    }

    /// <summary>Watches a descriptor.</summary>
    /// <param name="fd">The descriptor.</param>
    /// <param name="token">What <see cref="Wait"/> gives for it.</param>
    /// <param name="onWakeUp">Report it once per wake-up instead of for as long as it is readable.</param>
    public void Watch(FileDescriptor fd, int token, bool onWakeUp = false)
    {
        byte* ev = stackalloc byte[16];
        Unsafe.WriteUnaligned(ev, In | (onWakeUp ? EdgeTriggered : 0));
        Unsafe.WriteUnaligned(ev + DataOffset, (ulong)token);
        if (LibC.epoll_ctl(_fd.Number, Add, fd.Number, ev) < 0)
            throw new SessionException($"epoll_ctl failed: {Errno.Text(Errno.Last)}");
    }

    /// <summary>Forgets a descriptor.</summary>
    public void Forget(FileDescriptor fd)
    {
        byte* ev = stackalloc byte[16];
        LibC.epoll_ctl(_fd.Number, Remove, fd.Number, ev);
    }

    /// <summary>Waits until something is readable.</summary>
    /// <param name="tokens">Receives the tokens of what is.</param>
    /// <param name="milliseconds">How long to wait; -1 for ever, 0 not at all.</param>
    /// <returns>How many tokens; 0 after a signal too.</returns>
    public int Wait(Span<int> tokens, int milliseconds)
    {
        byte* events = stackalloc byte[16 * Capacity];
        int count = LibC.epoll_wait(_fd.Number, events, Math.Min(Capacity, tokens.Length), milliseconds);
        for (int i = 0; i < count; i++)
            tokens[i] = (int)Unsafe.ReadUnaligned<ulong>(events + (i * (DataOffset + 8)) + DataOffset);
        return Math.Max(0, count);
    }

    /// <inheritdoc/>
    public void Dispose() => _fd.Dispose();
}
