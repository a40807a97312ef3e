using System.Runtime.InteropServices;
using Ctrace.Runtime.Loading;
using Ctrace.Runtime.Sys;

namespace Ctrace.Runtime.Reading;

/// <summary>
/// Reads a map's entries: many with each system call, into one buffer that is used again, and merged from there into one array
/// per batch.
/// </summary>
internal sealed unsafe class MapReader(KernelMap map)
{
    private const int BatchBytes = 256 << 10, SmallestBatch = 32;

    private readonly ValueMerger _merger = new(map);
    private readonly int _keySize = map.Spec.KernelKeySize, _valueSize = map.Spec.ValueSize, _rawSize = map.RawValueSize;

    /// <summary>Reads all entries.</summary>
    /// <param name="clear">Whether they are removed as they are read.</param>
    /// <param name="evenUnset">Whether a map without a key is read, as zero, before it was set.</param>
    /// <exception cref="SessionException">The kernel refused.</exception>
    public List<MapRow> ReadAll(bool clear = false, bool evenUnset = false)
    {
        var rows = new List<MapRow>();
        if (map.Spec.IsSingleSlot)
        {
            ReadSlot(rows, evenUnset);
            if (clear)
                MapWriter.Clear(map);
            return rows;
        }

        if (!TryReadBatches(rows, clear))
        {
            rows.Clear();
            ReadOneByOne(rows, clear);
        }

        return rows;
    }

    /// <summary>Reads one entry; no row where it is not there.</summary>
    public List<MapRow> ReadEntry(ReadOnlySpan<byte> key)
    {
        var rows = new List<MapRow>(1);
        byte[] raw = new byte[_rawSize];
        fixed (byte* keyPointer = key, valuePointer = raw)
            if (Bpf.Lookup(map.Fd, keyPointer, valuePointer) == 0)
                Add(rows, key, raw);
        return rows;
    }

    private void ReadSlot(List<MapRow> rows, bool evenUnset)
    {
        byte[] raw = new byte[_rawSize];
        int key = 0;
        fixed (byte* value = raw)
        {
            int result = Bpf.Lookup(map.Fd, &key, value);
            if (result < 0)
                throw Failure(-result);
        }

        Add(rows, [], raw);
        if (rows.Count == 0 && evenUnset)
            rows.Add(new MapRow(default, new byte[_valueSize]));
    }

    private void Add(List<MapRow> rows, ReadOnlySpan<byte> key, ReadOnlySpan<byte> raw)
    {
        byte[] merged = new byte[_valueSize];
        if (_merger.Merge(raw, merged))
            rows.Add(new MapRow(key.ToArray(), merged));
    }

    /// <summary>Gives false where the kernel has no batches for this map: then nothing was read or removed.</summary>
    private bool TryReadBatches(List<MapRow> rows, bool clear)
    {
        uint capacity = (uint)Math.Max(SmallestBatch, Math.Min(BatchBytes / (_keySize + _rawSize), map.Spec.MaxEntries));
        byte* keys = null, values = null;
        try
        {
            Allocate(ref keys, ref values, capacity);
            bool first = true;
            for (ulong position = 0; ;)
            {
                uint count = capacity;
                int result = Bpf.ReadBatch(map.Fd, clear, first ? null : &position, &position, keys, values, ref count);
                if (result == -Errno.ENOSPC)
                {
                    // One bucket of the hash table has more entries than fit; the position has not moved.
                    capacity *= 2;
                    Allocate(ref keys, ref values, capacity);
                    continue;
                }

                if (result < 0 && result != -Errno.ENOENT)
                    return first ? false : throw Failure(-result);
                AddBatch(rows, keys, values, (int)count);
                if (result == -Errno.ENOENT)
                    return true;
                first = false;
            }
        }
        finally
        {
            NativeMemory.Free(keys);
            NativeMemory.Free(values);
        }
    }

    private void Allocate(ref byte* keys, ref byte* values, uint capacity)
    {
        keys = (byte*)NativeMemory.Realloc(keys, (nuint)capacity * (nuint)_keySize);
        values = (byte*)NativeMemory.Realloc(values, (nuint)capacity * (nuint)_rawSize);
    }

    private void AddBatch(List<MapRow> rows, byte* keys, byte* values, int count)
    {
        // Keys and merged values of the whole batch live in one array.
        int stride = _keySize + _valueSize;
        byte[] batch = new byte[count * stride];
        for (int i = 0; i < count; i++)
        {
            int start = i * stride;
            new ReadOnlySpan<byte>(keys + ((nint)i * _keySize), _keySize).CopyTo(batch.AsSpan(start));
            var raw = new ReadOnlySpan<byte>(values + ((nint)i * _rawSize), _rawSize);
            if (_merger.Merge(raw, batch.AsSpan(start + _keySize, _valueSize)))
                rows.Add(new MapRow(batch.AsMemory(start, _keySize), batch.AsMemory(start + _keySize, _valueSize)));
        }
    }

    /// <summary>Before 5.6. An entry that is removed while we read may send us back to the start, hence the limit.</summary>
    private void ReadOneByOne(List<MapRow> rows, bool clear)
    {
        byte[] key = new byte[_keySize], raw = new byte[_rawSize];
        fixed (byte* keyPointer = key, value = raw)
        {
            bool first = true;
            for (int i = 0; i < map.Spec.MaxEntries; i++)
            {
                if (Bpf.NextKey(map.Fd, first ? null : keyPointer, keyPointer) < 0)
                    return;
                first = clear;
                if (Bpf.Lookup(map.Fd, keyPointer, value) < 0)
                    continue;
                if (clear)
                    Bpf.Delete(map.Fd, keyPointer);
                Add(rows, key, raw);
            }
        }
    }

    private SessionException Failure(int error) => new($"can't read the map {map.Spec.Name}: {Errno.Text(error)}");
}
