using System.Text;
using Ctrace.Compiler.Values;

namespace Ctrace.Repl.Rendering.HeatMaps;

/// <summary>The buckets of a histogram over time as rows of cells, so many at most: neighbours are put together where there are more.</summary>
internal sealed class HeatRows
{
    private readonly Dictionary<string, int> _rows = [];
    private readonly List<string> _labels = [];

    /// <summary>Puts them together.</summary>
    /// <param name="columns">The histogram over time.</param>
    /// <param name="most">How many rows there may be.</param>
    internal HeatRows(HeatColumns columns, int most)
    {
        // Beyond the largest signed number several buckets look alike.
        var buckets = columns.Whole.Buckets.DistinctBy(b => b.Label).ToList();
        int together = Math.Max(1, (buckets.Count + most - 1) / most);
        var measure = Units.Of(columns.Measure);
        for (int i = 0; i < buckets.Count; i++)
        {
            _rows[buckets[i].Label] = i / together;
            if (i % together == 0)
                _labels.Add(Start(buckets[i], measure));
        }

        foreach (var cells in Enumerable.Range(0, columns.Count).Select(i => Counts(columns[i])))
            Most = Math.Max(Most, cells.DefaultIfEmpty().Max());
    }

    /// <summary>Where each begins, the smallest first.</summary>
    internal IReadOnlyList<string> Labels => _labels;

    /// <summary>What was counted in the fullest cell.</summary>
    internal ulong Most { get; }

    /// <summary>What an interval has in each.</summary>
    internal ulong[] Counts(HistogramValue interval)
    {
        ulong[] counts = new ulong[_labels.Count];
        foreach (var bucket in interval.Buckets)
            if (_rows.TryGetValue(bucket.Label, out int row))
                counts[row] += bucket.Count;
        return counts;
    }

    private static string Start(HistogramBucket bucket, Measure measure)
    {
        if (bucket.Low is not { } low)
            return bucket.Label;
        return measure is Measure.Duration or Measure.Bytes ? Encoding.ASCII.GetString(Units.Text(low, true, measure)).Replace(" ", "") : bucket.Label.TrimStart('[').Split(',', ']')[0];
    }
}
