using System.Buffers;
using System.Buffers.Binary;
using Ctrace.Compiler.Layouts;
using Ctrace.Runtime.Loading;
using Ctrace.Runtime.Symbols;
using Ctrace.Runtime.Symbols.History;
using Ctrace.Runtime.Sys;

namespace Ctrace.Runtime.Unwinding;

/// <summary>
/// Keeps what programs unwind stacks with (<see cref="UnwindLayout"/>): each binary's rows once, and for each of the processes which
/// of its addresses they belong to. A process that is forked from one of them is one of them.
/// </summary>
internal sealed unsafe class UnwindTables : IDisposable
{
    private static readonly SearchValues<string> CommonFiles = SearchValues.Create(["libc.so", "ld-linux", "libm.so"], StringComparison.Ordinal);

    private readonly KernelMap _processes;
    private readonly MemoryMap _rows;
    private readonly int _capacity;
    private readonly ITraceSink _sink;
    private readonly Dictionary<(ulong Device, ulong Inode, string File), (int First, int Count, ElfFile? File)> _binaries = [];
    private readonly HashSet<int> _followed = [];
    private readonly HashSet<int> _changed = [];
    private readonly ProcessRecords? _records;
    private int _used;
    private bool _isFull;

    /// <summary>Prepares the maps.</summary>
    /// <param name="rows">The map with all rows.</param>
    /// <param name="processes">The map with the processes.</param>
    /// <param name="sink">Told when there is no room left.</param>
    /// <exception cref="SessionException">The kernel does not let us map the rows.</exception>
    public UnwindTables(KernelMap rows, KernelMap processes, ITraceSink sink)
    {
        (_processes, _sink, _capacity) = (processes, sink, rows.Spec.ValueSize / UnwindLayout.RowSize);
        _rows = new MemoryMap(rows.Descriptor, 0, rows.Spec.ValueSize, true);
        // Told of each at once: what has been mapped may run in the next moment.
        _records = ProcessRecords.TryOpen(watermark: 1);
    }

    /// <summary>What can be polled: <see cref="Read"/> when it is ready.</summary>
    public IEnumerable<FileDescriptor> Descriptors => _records?.Descriptors ?? [];

    /// <summary>
    /// Reads ahead what a program will use that is about to start: the C library and what else it has in common with us. The time for that is
    /// then not one in which it runs already.
    /// </summary>
    public void ReadAhead()
    {
        foreach (var mapping in Mapping.ReadAll(Environment.ProcessId) ?? [])
            if (mapping.File != Environment.ProcessPath && (mapping.File == Vdso.Name || Path.GetFileName(mapping.File).AsSpan().ContainsAny(CommonFiles)))
                Binary(Environment.ProcessId, mapping);
    }

    /// <summary>Follows a process from now on.</summary>
    public void Add(int process)
    {
        if (process != 0 && _followed.Add(process))
            Refresh(process);
    }

    /// <summary>Takes what has happened to the processes.</summary>
    public void Read()
    {
        if (_records is null)
            return;
        foreach (var record in _records.Read())
            Take(record);
        foreach (int process in _changed)
            Refresh(process);
        _changed.Clear();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _records?.Dispose();
        _rows.Dispose();
        foreach (var binary in _binaries.Values)
            binary.File?.Close();
    }

    private void Take(ProcessRecord record)
    {
        switch (record)
        {
            case ForkRecord fork when _followed.Contains(fork.Parent) && _followed.Count < _processes.Spec.MaxEntries:
                _followed.Add(fork.Process);
                _changed.Add(fork.Process);
                break;
            case ExitRecord when _followed.Remove(record.Process):
                _changed.Remove(record.Process);
                Forget(record.Process);
                break;
            case ExecRecord or MappingRecord when _followed.Contains(record.Process):
                _changed.Add(record.Process);
                break;
            default:
                break;
        }
    }

    private void Refresh(int process)
    {
        if (Mapping.ReadAll(process) is not { } maps)
            return;
        byte[] value = new byte[UnwindLayout.ProcessSize];
        int count = 0;
        foreach (var mapping in maps.OrderBy(m => m.Start))
        {
            if (count == UnwindLayout.MostRanges || Binary(process, mapping) is not { Count: > 0, File: { } file } binary || file.FindMapped((long)mapping.Offset) is not { } place)
                continue;
            var range = value.AsSpan(UnwindLayout.RangesOffset + count++ * UnwindLayout.RangeSize);
            BinaryPrimitives.WriteUInt64LittleEndian(range, mapping.Start);
            BinaryPrimitives.WriteUInt32LittleEndian(range[UnwindLayout.SizeOffset..], (uint)Math.Min(mapping.End - mapping.Start, uint.MaxValue));
            BinaryPrimitives.WriteUInt32LittleEndian(range[UnwindLayout.PlaceOffset..], (uint)place);
            BinaryPrimitives.WriteUInt32LittleEndian(range[UnwindLayout.FirstOffset..], (uint)binary.First);
            BinaryPrimitives.WriteUInt32LittleEndian(range[UnwindLayout.CountOffset..], (uint)binary.Count);
        }

        BinaryPrimitives.WriteUInt64LittleEndian(value, (ulong)count);
        ulong key = (uint)process;
        fixed (byte* bytes = value)
            _ = Bpf.Update(_processes.Fd, &key, bytes);
    }

    private void Forget(int process)
    {
        ulong key = (uint)process;
        _ = Bpf.Delete(_processes.Fd, &key);
    }

    /// <summary>A binary's rows, which are put into the map when it is seen for the first time.</summary>
    private (int First, int Count, ElfFile? File) Binary(int process, Mapping mapping)
    {
        var key = (mapping.Device, mapping.Inode, mapping.File);
        if (!_binaries.TryGetValue(key, out var binary))
            _binaries[key] = binary = Load(process, mapping);
        return binary;
    }

    private (int First, int Count, ElfFile? File) Load(int process, Mapping mapping)
    {
        var file = mapping.File == Vdso.Name ? Vdso.File
            : mapping.IsFile && mapping.Open(process) is { } open ? ElfFile.TryRead(mapping.File, ByteSource.Of(open.Handle)) : null;
        if (file is null)
            return default;
        var rows = FrameTable.Read(file);
        if (rows.Length > _capacity - _used)
        {
            if (!_isFull)
                _sink.Warn($"there is no room left for what {mapping.File} says of its frames ({rows.Length} rows, {_capacity - _used} free): its functions are left by frame pointers");
            _isFull = true;
            return default;
        }

        int first = _used;
        foreach (var row in rows)
        {
            var target = new Span<byte>(_rows.Address + (long)_used++ * UnwindLayout.RowSize, UnwindLayout.RowSize);
            BinaryPrimitives.WriteUInt32LittleEndian(target, row.Place);
            BinaryPrimitives.WriteUInt32LittleEndian(target[UnwindLayout.RuleOffset..], row.Rule);
        }

        return (first, rows.Length, file);
    }
}
