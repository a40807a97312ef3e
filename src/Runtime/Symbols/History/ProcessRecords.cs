using System.Buffers.Binary;
using System.Text;
using Ctrace.Runtime.Kernel;
using Ctrace.Runtime.Sys;

namespace Ctrace.Runtime.Symbols.History;

/// <summary>What happened to a process.</summary>
/// <param name="Time">When (CLOCK_MONOTONIC).</param>
/// <param name="Process">The process (thread group id).</param>
internal abstract record ProcessRecord(long Time, int Process);

/// <summary>It began, as a copy of its parent.</summary>
internal sealed record ForkRecord(long Time, int Process, int Parent) : ProcessRecord(Time, Process);

/// <summary>It became another program: what it had mapped is gone.</summary>
internal sealed record ExecRecord(long Time, int Process) : ProcessRecord(Time, Process);

/// <summary>It mapped code.</summary>
internal sealed record MappingRecord(long Time, int Process, Mapping Mapping) : ProcessRecord(Time, Process);

/// <summary>It ended.</summary>
internal sealed record ExitRecord(long Time, int Process) : ProcessRecord(Time, Process);

/// <summary>Reads what the kernel records of all processes (perf_event_open(2), PERF_RECORD_*), in the order of time.</summary>
internal sealed unsafe class ProcessRecords : IDisposable
{
    /// <summary>For each CPU: some hundred records. A new program makes about ten.</summary>
    private const int DataBytes = 64 << 10;

    private const uint UsualWatermark = 2 << 10;

    /// <summary>Files that are kept once, however often they are mapped.</summary>
    private const int MostFiles = 4096;

    private const uint Lost = 2, Comm = 3, Exit = 4, Fork = 7, Mmap2 = 10;
    private const int HeaderSize = 8, TimeSize = 8, ExecFlag = 1 << 13;

    private readonly List<Cpu> _cpus = [];
    private readonly Dictionary<(string Name, ulong Device, ulong Inode), MappedFile> _files = [];
    private List<ProcessRecord> _early = [];
    private byte[] _record = new byte[1024];

    private ProcessRecords()
    {
    }

    /// <summary>What can be polled.</summary>
    public IEnumerable<FileDescriptor> Descriptors => _cpus.Select(c => c.Descriptor);

    /// <summary>Records that did not fit.</summary>
    public long LostCount { get; private set; }

    /// <summary>Whether there is something to read.</summary>
    public bool HasNews => _early.Count > 0 || _cpus.Exists(c => c.HasNews);

    /// <summary>Begins; null where the kernel does not let us.</summary>
    /// <param name="watermark">Bytes that a CPU must have written before we are woken.</param>
    public static ProcessRecords? TryOpen(uint watermark = UsualWatermark)
    {
        var records = new ProcessRecords();
        foreach (int cpu in Cpus.Online())
        {
            int number = PerfEvents.OpenProcesses(cpu, watermark);
            if (number == -Errno.ENODEV)
                continue;
            try
            {
                if (number < 0)
                    throw Rights.Failure(-number, "watch processes");
                records._cpus.Add(new Cpu(new FileDescriptor(number)));
                PerfEvents.Enable(number);
            }
            catch (SessionException)
            {
                records.Dispose();
                return null;
            }
        }

        return records;
    }

    /// <summary>The records until now.</summary>
    public List<ProcessRecord> Read()
    {
        // What is written while we look may come after what we see of another CPU: it has its turn the next time.
        long now = Clock.MonotonicNanoseconds();
        var records = _early;
        foreach (var cpu in _cpus)
        {
            long head = cpu.Head;
            while (cpu.Next(head, ref _record) is > 0 and var size)
                if (Parse(_record.AsSpan(0, size)) is { } record)
                    records.Add(record);
            cpu.Release();
        }

        _early = [];
        if (records.Count == 0)
            return records;
        _early.AddRange(records.Where(r => r.Time > now));
        return [.. records.Where(r => r.Time <= now).OrderBy(r => r.Time)];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var cpu in _cpus)
            cpu.Dispose();
        _cpus.Clear();
    }

    private ProcessRecord? Parse(ReadOnlySpan<byte> record)
    {
        uint type = BinaryPrimitives.ReadUInt32LittleEndian(record);
        int flags = BinaryPrimitives.ReadUInt16LittleEndian(record[4..]);
        var content = record[HeaderSize..];
        if (content.Length < TimeSize + 16)
            return null;
        if (type == Lost)
        {
            LostCount += BinaryPrimitives.ReadInt64LittleEndian(content[8..]);
            return null;
        }

        long time = BinaryPrimitives.ReadInt64LittleEndian(content[^TimeSize..]);
        int process = BinaryPrimitives.ReadInt32LittleEndian(content), second = BinaryPrimitives.ReadInt32LittleEndian(content[4..]);
        return type switch
        {
            // A new thread has its own process as its parent.
            Fork => process == second ? null : new ForkRecord(time, process, second),
            Exit => process == BinaryPrimitives.ReadInt32LittleEndian(content[8..]) ? new ExitRecord(time, process) : null,
            Comm => (flags & ExecFlag) != 0 ? new ExecRecord(time, process) : null,
            Mmap2 => new MappingRecord(time, process, ReadMapping(content[..^TimeSize])),
            _ => null,
        };
    }

    /// <summary>u32 pid, tid; u64 addr, len, pgoff; u32 maj, min; u64 ino, generation; u32 prot, flags; char filename[].</summary>
    private Mapping ReadMapping(ReadOnlySpan<byte> content)
    {
        const int addressOffset = 8, sizeOffset = 16, placeOffset = 24, majorOffset = 32, minorOffset = 36, inodeOffset = 40, nameOffset = 64;
        ulong start = BinaryPrimitives.ReadUInt64LittleEndian(content[addressOffset..]);
        var bytes = content[nameOffset..];
        int end = bytes.IndexOf((byte)0);
        string name = Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
        ulong device = ((ulong)BinaryPrimitives.ReadUInt32LittleEndian(content[majorOffset..]) << 20) | BinaryPrimitives.ReadUInt32LittleEndian(content[minorOffset..]);
        ulong inode = BinaryPrimitives.ReadUInt64LittleEndian(content[inodeOffset..]);
        if (!_files.TryGetValue((name, device, inode), out var file))
        {
            if (_files.Count >= MostFiles)
                _files.Clear();
            _files[(name, device, inode)] = file = MappedFile.Of(name == "//anon" ? "" : name, device, inode);
        }

        return new Mapping(start, start + BinaryPrimitives.ReadUInt64LittleEndian(content[sizeOffset..]), BinaryPrimitives.ReadUInt64LittleEndian(content[placeOffset..]), file);
    }

    /// <summary>One CPU's buffer: struct perf_event_mmap_page, then the data.</summary>
    private sealed class Cpu(FileDescriptor fd) : IDisposable
    {
        private const int HeadOffset = 1024, TailOffset = 1032;

        private readonly long _page = Environment.SystemPageSize;
        private readonly MemoryMap _map = new(fd, 0, Environment.SystemPageSize + DataBytes, true);
        private long _tail;

        public FileDescriptor Descriptor => fd;

        public long Head => Volatile.Read(ref *(long*)(_map.Address + HeadOffset));

        public bool HasNews => Head != _tail;

        /// <summary>Copies the next record; 0 where there is none.</summary>
        public int Next(long head, ref byte[] copy)
        {
            if (_tail >= head)
                return 0;
            Span<byte> header = stackalloc byte[HeaderSize];
            Copy(header);
            int size = BinaryPrimitives.ReadUInt16LittleEndian(header[6..]);
            if (copy.Length < size)
                copy = new byte[size];
            Copy(copy.AsSpan(0, size));
            _tail += Math.Max(size, HeaderSize);
            return Math.Max(size, HeaderSize);
        }

        public void Release() => Volatile.Write(ref *(long*)(_map.Address + TailOffset), _tail);

        public void Dispose()
        {
            _map.Dispose();
            fd.Dispose();
        }

        private void Copy(Span<byte> target)
        {
            var data = new ReadOnlySpan<byte>(_map.Address + _page, DataBytes);
            int start = (int)(_tail & (DataBytes - 1)), first = Math.Min(target.Length, DataBytes - start);
            data.Slice(start, first).CopyTo(target);
            data[..(target.Length - first)].CopyTo(target[first..]);
        }
    }
}
