using System.Buffers.Binary;
using Ctrace.Runtime.Kernel;
using Ctrace.Runtime.Loading;
using Ctrace.Runtime.Sys;

namespace Ctrace.Runtime.Reading;

/// <summary>
/// The reading end of bpf_perf_event_output, for kernels without ring buffers: one buffer for each CPU. Order is kept per CPU
/// only. PERF_RECORD_LOST is not looked at: the program that found the buffer full got an error and counted it.
/// </summary>
internal sealed unsafe class PerfBuffer : IRecordSource
{
    private const int DataBytes = 512 << 10;

    private readonly List<Cpu> _cpus = [];
    private readonly List<FileDescriptor> _descriptors = [];
    private byte[] _copy = new byte[4096];
    private long _position;

    /// <summary>Opens a buffer for each CPU that is online and puts it into the map.</summary>
    public PerfBuffer(KernelMap map)
    {
        foreach (int cpu in Cpus.Online())
        {
            int number = PerfEvents.OpenOutput(cpu, 1);
            if (number == -Errno.ENODEV)
                continue;
            if (number < 0)
                throw Rights.Failure(-number, "open the event buffer");
            var fd = new FileDescriptor(number);
            _descriptors.Add(fd);
            _cpus.Add(new Cpu(fd));
            int result = Bpf.Update(map.Fd, &cpu, &number);
            if (result < 0)
                throw Rights.Failure(-result, "set up the event buffer");
            PerfEvents.Enable(number);
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<FileDescriptor> Descriptors => _descriptors;

    /// <inheritdoc/>
    public long Written
    {
        get
        {
            // Remembering where each CPU's writer was keeps Read from going beyond what was there at this moment.
            long written = _position;
            foreach (var cpu in _cpus)
                written += cpu.Look();
            return written;
        }
    }

    /// <inheritdoc/>
    public long Position => _position;

    /// <inheritdoc/>
    public long Capacity => DataBytes;

    /// <inheritdoc/>
    public bool AlwaysWakes => true;

    /// <inheritdoc/>
    public int Read(long limit, int count, RecordHandler handler)
    {
        int records = 0;
        foreach (var cpu in _cpus)
        {
            while (records < count && cpu.Next(ref _copy) is var (start, length))
            {
                if (length > 0)
                {
                    handler(_position, _copy.AsSpan(0, length));
                    records++;
                }

                _position += start;
            }
        }

        return records;
    }

    /// <inheritdoc/>
    public void Release(bool wake)
    {
        foreach (var cpu in _cpus)
            cpu.Release();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var cpu in _cpus)
            cpu.Dispose();
    }

    /// <summary>One CPU's buffer: struct perf_event_mmap_page, then the data.</summary>
    private sealed class Cpu(FileDescriptor fd) : IDisposable
    {
        private const int HeadOffset = 1024, TailOffset = 1032, RecordHeader = 8, Sample = 9;

        private readonly long _page = Environment.SystemPageSize;
        private readonly MemoryMap _map = new(fd, 0, Environment.SystemPageSize + DataBytes, true);
        private long _tail, _head;

        public long Look()
        {
            _head = Volatile.Read(ref *(long*)(_map.Address + HeadOffset));
            return _head - _tail;
        }

        /// <summary>Copies the next record's payload (struct: u32 size, bytes); length 0 for other records.</summary>
        public (int Size, int Length)? Next(ref byte[] copy)
        {
            if (_tail >= _head)
                return null;
            Span<byte> header = stackalloc byte[RecordHeader + 4];
            Copy(_tail, header);
            int size = BinaryPrimitives.ReadUInt16LittleEndian(header[6..]), length = 0;
            if (BinaryPrimitives.ReadUInt32LittleEndian(header) == Sample)
            {
                length = BinaryPrimitives.ReadInt32LittleEndian(header[RecordHeader..]);
                if (copy.Length < length)
                    copy = new byte[length];
                Copy(_tail + RecordHeader + 4, copy.AsSpan(0, length));
            }

            _tail += size;
            return (size, length);
        }

        public void Release() => Volatile.Write(ref *(long*)(_map.Address + TailOffset), _tail);

        public void Dispose()
        {
            _map.Dispose();
            fd.Dispose();
        }

        private void Copy(long position, Span<byte> target)
        {
            var data = new ReadOnlySpan<byte>(_map.Address + _page, DataBytes);
            int start = (int)(position & (DataBytes - 1)), first = Math.Min(target.Length, DataBytes - start);
            data.Slice(start, first).CopyTo(target);
            data[..(target.Length - first)].CopyTo(target[first..]);
        }
    }
}
