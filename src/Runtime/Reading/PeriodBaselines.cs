using System.Buffers.Binary;
using Ctrace.Compiler.Layouts;

namespace Ctrace.Runtime.Reading;

/// <summary>
/// What sums without a key held when their current period began. They need not be cleared for a new period, in which an update
/// made at the same moment could get lost: a period is the difference between two looks, so that all periods together are exactly
/// what happened.
/// </summary>
internal sealed class PeriodBaselines
{
    private readonly Dictionary<int, byte[]> _baselines = [];

    /// <summary>A map has been emptied.</summary>
    public void Forget(int index) => _baselines.Remove(index);

    /// <summary>The current period begins with this; no row where nothing has happened yet.</summary>
    public void Begin(int index, IReadOnlyList<MapRow> rows)
    {
        if (rows is [var row])
            _baselines[index] = row.Value.ToArray();
    }

    /// <summary>What has come since the period began: no row where that is nothing.</summary>
    public IReadOnlyList<MapRow> Subtract(int index, MapSpec spec, IReadOnlyList<MapRow> rows)
    {
        if (rows is not [var row] || !_baselines.TryGetValue(index, out byte[]? before))
            return rows;
        int size = spec.Shape!.Columns.Max(c => c.Offset + c.Content.Size);
        byte[] value = row.Value.ToArray();
        bool changed = false;
        for (int i = 0; i + 8 <= size; i += 8)
        {
            long difference = BinaryPrimitives.ReadInt64LittleEndian(value.AsSpan(i)) - BinaryPrimitives.ReadInt64LittleEndian(before.AsSpan(i));
            BinaryPrimitives.WriteInt64LittleEndian(value.AsSpan(i), difference);
            changed |= difference != 0;
        }

        return changed ? [row with { Value = value }] : [];
    }
}
