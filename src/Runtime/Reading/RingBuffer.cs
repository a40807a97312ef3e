using Ctrace.Runtime.Loading;
using Ctrace.Runtime.Sys;

namespace Ctrace.Runtime.Reading;

/// <summary>
/// The reading end of a BPF ring buffer (kernel/bpf/ringbuf.c). Its file has the consumer's page, the producer's page, and
/// the data twice in a row, so that a record that wraps around is contiguous. Only a window on the data is mapped: every
/// mapped page counts as our memory, and a large buffer is mostly empty.
/// </summary>
internal sealed unsafe class RingBuffer : IRecordSource
{
    private const uint Busy = 1u << 31, Discarded = 1u << 30;
    private const int HeaderSize = 8;
    private const long WindowSize = 256 << 10;

    private readonly FileDescriptor _fd;
    private readonly MemoryMap _consumer, _producer;
    private readonly long _page = Environment.SystemPageSize;
    private readonly long _size;
    private MemoryMap? _window;
    private long _windowStart, _windowEnd;
    private long _position, _lastRecord, _released;

    /// <summary>Maps a ring buffer's positions.</summary>
    public RingBuffer(KernelMap map)
    {
        _fd = map.Descriptor;
        _size = map.Spec.MaxEntries;
        _consumer = new MemoryMap(_fd, 0, _page, true);
        _producer = new MemoryMap(_fd, _page, _page, false);
        Descriptors = [_fd];
    }

    /// <inheritdoc/>
    public IReadOnlyList<FileDescriptor> Descriptors { get; }

    /// <inheritdoc/>
    public long Written => Volatile.Read(ref *(long*)_producer.Address);

    /// <inheritdoc/>
    public long Position => _position;

    /// <inheritdoc/>
    public long Capacity => _size;

    /// <inheritdoc/>
    public bool AlwaysWakes => false;

    /// <inheritdoc/>
    public int Read(long limit, int count, RecordHandler handler)
    {
        int records = 0;
        while (_position < limit && records < count)
        {
            uint word = Volatile.Read(ref *(uint*)At(_position, HeaderSize));
            if ((word & Busy) != 0)
                break; // Reserved, and not yet filled in: nothing behind it can be read either.
            int length = (int)(word & ~Discarded);
            long start = _position;
            if ((word & Discarded) == 0)
            {
                handler(start, new ReadOnlySpan<byte>(At(start, HeaderSize + length) + HeaderSize, length));
                records++;
            }

            _lastRecord = start;
            _position = start + ((HeaderSize + length + 7) & ~7);
        }

        return records;
    }

    /// <inheritdoc/>
    public void Release(bool wake)
    {
        // The kernel wakes us when a record starts just where we stopped. One record back, no record ever does.
        long position = wake ? _position : Math.Max(_released, _lastRecord);
        if (position == _released)
            return;
        _released = position;
        Volatile.Write(ref *(long*)_consumer.Address, position);
        if (wake)
            Interlocked.MemoryBarrier(); // Before the caller looks whether something came in the meantime.
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _window?.Dispose();
        _producer.Dispose();
        _consumer.Dispose();
    }

    /// <summary>Gives bytes of the stream, and moves the window there if they are not in it.</summary>
    private byte* At(long position, int length)
    {
        if (position < _windowStart || position + length > _windowEnd)
        {
            // A window starts in the first copy of the data and may reach into the second.
            long offset = position & (_size - 1) & -_page;
            long wanted = (length + (2 * _page) - 1) & -_page;
            long size = Math.Min(_size, Math.Max(wanted, WindowSize));
            _window?.Dispose();
            _window = new MemoryMap(_fd, (2 * _page) + offset, size, false);
            _windowStart = position & -_page;
            _windowEnd = _windowStart + size;
        }

        return _window!.Address + (position - _windowStart);
    }
}
