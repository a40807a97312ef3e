using System.Runtime.InteropServices;
using Ctrace.Compiler.Layouts;
using Ctrace.Runtime.Loading;
using Ctrace.Runtime.Sys;

namespace Ctrace.Runtime.Reading;

/// <summary>Reads the entries that programs keep in front of a map.</summary>
internal static unsafe class FrontTableReader
{
    /// <summary>Merges a table's entries into those of its map.</summary>
    /// <param name="rows">The map's own entries.</param>
    /// <param name="map">The map.</param>
    /// <param name="table">The layout of the table.</param>
    /// <param name="memory">The table.</param>
    /// <param name="key">Only this key's entry; null for all.</param>
    /// <exception cref="SessionException">The kernel refused.</exception>
    public static void AddTo(List<MapRow> rows, MapSpec map, FrontTable table, KernelMap memory, byte[]? key)
    {
        byte[] bytes = Read(memory);
        MapColumn[] columns = [.. map.Shape!.Stored];
        var places = new Dictionary<ReadOnlyMemory<byte>, int>(rows.Count, KeyComparer.Instance);
        for (int i = 0; i < rows.Count; i++)
            places.Add(rows[i].Key, i);
        for (int start = 0; start < bytes.Length; start += table.SlotSize)
        {
            if (MemoryMarshal.Read<long>(bytes.AsSpan(start + table.TakenOffset)) == 0)
                continue;
            var slotKey = bytes.AsMemory(start + table.KeyOffset, map.KeySize);
            if (key is not null && !slotKey.Span.SequenceEqual(key))
                continue;
            var value = bytes.AsMemory(start, table.ValueSize);
            if (places.TryAdd(slotKey, rows.Count))
                rows.Add(new MapRow(slotKey, value));
            else
                rows[places[slotKey]] = RowMerger.Merge(rows[places[slotKey]], value.Span, columns);
        }
    }

    private static byte[] Read(KernelMap memory)
    {
        byte[] bytes = new byte[memory.Spec.ValueSize];
        int key = 0;
        fixed (byte* value = bytes)
        {
            int result = Bpf.Lookup(memory.Fd, &key, value);
            return result >= 0 ? bytes : throw new SessionException($"can't read the map {memory.Spec.Name}: {Errno.Text(-result)}");
        }
    }
}
