using System.Buffers.Binary;
using System.Text;
using Ctrace.Compiler.Layouts;

namespace Ctrace.Runtime.Reading;

/// <summary>
/// What maps held when their current period began. Values that only ever add up need not be cleared for a new period, in which an update
/// made at the same moment could get lost: a period is the difference between two looks, so that all periods together are exactly
/// what happened.
/// </summary>
internal sealed class PeriodBaselines
{
    private readonly Dictionary<int, Dictionary<string, byte[]>> _baselines = [];

    /// <summary>Whether a map's periods can be told apart by subtraction.</summary>
    public static bool Allows(MapSpec spec) => spec.Shape!.Columns.All(c => c.Content is AggregateContent { Definition.IsAdditive: true });

    /// <summary>A map has been emptied.</summary>
    public void Forget(int index) => _baselines.Remove(index);

    /// <summary>The current period begins with these entries.</summary>
    public void Begin(int index, IEnumerable<MapRow> rows) =>
        _baselines[index] = rows.ToDictionary(r => Text(r.Key.Span), r => r.Value.ToArray(), StringComparer.Ordinal);

    /// <summary>What has come since the period began: entries without anything new are left out.</summary>
    public IReadOnlyList<MapRow> Subtract(int index, MapSpec spec, IReadOnlyList<MapRow> rows)
    {
        if (!_baselines.TryGetValue(index, out var baseline))
            return rows;
        int size = spec.Shape!.Columns.Max(c => c.Offset + c.Content.Size);
        var result = new List<MapRow>(rows.Count);
        foreach (var row in rows)
        {
            if (!baseline.TryGetValue(Text(row.Key.Span), out byte[]? before))
            {
                result.Add(row);
                continue;
            }

            byte[] value = row.Value.ToArray();
            bool changed = false;
            for (int i = 0; i + 8 <= size; i += 8)
            {
                long difference = BinaryPrimitives.ReadInt64LittleEndian(value.AsSpan(i)) - BinaryPrimitives.ReadInt64LittleEndian(before.AsSpan(i));
                BinaryPrimitives.WriteInt64LittleEndian(value.AsSpan(i), difference);
                changed |= difference != 0;
            }

            if (changed)
                result.Add(row with { Value = value });
        }

        return result;
    }

    private static string Text(ReadOnlySpan<byte> key) => Encoding.Latin1.GetString(key);
}
