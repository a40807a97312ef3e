using System.Runtime.InteropServices;
using Ctrace.Compiler.Layouts;
using Ctrace.Runtime.Loading;

namespace Ctrace.Runtime.Reading;

/// <summary>Makes one value of an entry's per-CPU values, each column in its own way.</summary>
internal sealed class ValueMerger(KernelMap map)
{
    private readonly MapShape? _shape = map.Spec.Shape;
    private readonly MapColumn[] _columns = [.. map.Spec.Shape?.Stored ?? []];
    private readonly int _size = map.Spec.ValueSize, _slot = map.SlotSize;
    private readonly bool _perCpu = map.Spec.IsPerCpu;

    /// <summary>Merges an entry.</summary>
    /// <param name="raw">What the kernel gave: one value, or one for each possible CPU.</param>
    /// <param name="merged">Receives the value; all zero before.</param>
    /// <returns>Whether the entry is set (see <see cref="MapShape.PresenceOffset"/>).</returns>
    public bool Merge(ReadOnlySpan<byte> raw, Span<byte> merged)
    {
        int presence = _shape?.PresenceOffset ?? -1;
        if (!_perCpu)
            raw[.._size].CopyTo(merged);
        for (; _perCpu && raw.Length >= _slot; raw = raw[_slot..])
        {
            // A CPU that never touched the entry has zeros, which by definition add nothing; most CPUs are like that.
            var value = raw[.._size];
            if (value.IndexOfAnyExcept((byte)0) < 0)
                continue;
            foreach (var column in _columns)
                column.Content.Merge(merged.Slice(column.Offset, column.Content.Size), value.Slice(column.Offset, column.Content.Size));
            if (presence >= 0)
                MemoryMarshal.AsRef<long>(merged[presence..]) |= MemoryMarshal.Read<long>(value[presence..]);
        }

        return presence < 0 || MemoryMarshal.Read<long>(merged[presence..]) != 0;
    }
}
