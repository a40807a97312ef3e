namespace Ctrace.Runtime.Sys;

/// <summary>Pages of a file that are mapped into memory and shared with the kernel.</summary>
internal sealed unsafe class MemoryMap : IDisposable
{
    private const int Read = 1, Write = 2, Shared = 1;

    private readonly nuint _length;

    /// <summary>Maps a part of a file.</summary>
    /// <param name="fd">The file.</param>
    /// <param name="offset">Bytes from its start: a multiple of the page size.</param>
    /// <param name="length">Bytes: a multiple of the page size.</param>
    /// <param name="writable">Whether it can be written too.</param>
    /// <exception cref="SessionException">The kernel refused.</exception>
    public MemoryMap(FileDescriptor fd, long offset, long length, bool writable)
    {
        _length = (nuint)length;
        void* address = LibC.mmap(null, _length, writable ? Read | Write : Read, Shared, fd.Number, (nint)offset);
        if ((nint)address == -1)
            throw new SessionException($"can't map a kernel buffer into memory: {Errno.Text(Errno.Last)}");
        Address = (byte*)address;
    }

    /// <summary>The first byte.</summary>
    public byte* Address { get; private set; }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Address != null)
            LibC.munmap(Address, _length);
        Address = null;
    }
}
