using System.Globalization;
using System.Text;
using Ctrace.Compiler.Values;

namespace Ctrace.Repl.Rendering;

/// <summary>Draws several histograms beside each other, over one column of labels, where a terminal has room: so that they can be compared.</summary>
internal static class HistogramPanels
{
    private const int ShortestBar = 12, LongestBar = 52, Gap = 2;

    /// <summary>Draws them.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="panels">Each with its name, from left to right.</param>
    /// <param name="width">Columns of the terminal; 0 for none.</param>
    /// <returns>Whether there was room; otherwise nothing is written.</returns>
    internal static bool TryWrite(ByteWriter output, IReadOnlyList<(byte[] Name, HistogramValue Histogram)> panels, int width)
    {
        if (panels.Count < 2)
            return false;
        var buckets = panels.SelectMany(p => p.Histogram.Buckets).DistinctBy(b => b.Label).OrderBy(b => b.Low ?? long.MinValue).ToList();
        if (buckets.Count == 0)
            return false;
        int labels = buckets.Max(b => b.Label.Length);
        int numbers = panels.SelectMany(p => p.Histogram.Buckets).Max(b => Digits(b.Count));
        int bar = Math.Min(LongestBar, (width - labels) / panels.Count - Gap - numbers - 1);
        if (bar < ShortestBar)
            return false;

        output.Fill((byte)' ', labels);
        foreach (var (name, _) in panels)
            WriteName(output, name, numbers + 1 + bar);
        output.Write((byte)'\n');
        foreach (var bucket in buckets)
        {
            output.Write(bucket.Label);
            output.Fill((byte)' ', labels - bucket.Label.Length);
            foreach (var (_, histogram) in panels)
                WriteBar(output, histogram, bucket.Label, numbers, bar);
            output.Write((byte)'\n');
        }

        return true;
    }

    private static void WriteBar(ByteWriter output, HistogramValue histogram, string label, int numbers, int width)
    {
        ulong count = histogram.Buckets.FirstOrDefault(b => b.Label == label)?.Count ?? 0;
        ulong largest = histogram.Buckets.Length == 0 ? 0 : histogram.Buckets.Max(b => b.Count);
        int length = largest == 0 ? 0 : (int)((UInt128)count * (ulong)width / largest);
        output.Fill((byte)' ', Gap + numbers - Digits(count));
        output.WriteNumber(count);
        output.Write((byte)' ');
        output.Fill((byte)'@', length);
        output.Fill((byte)' ', width - length);
    }

    /// <summary>A name, cut where it is longer than its panel.</summary>
    private static void WriteName(ByteWriter output, byte[] name, int width)
    {
        string text = Encoding.UTF8.GetString(name).ReplaceLineEndings(" ");
        var parts = StringInfo.ParseCombiningCharacters(text);
        if (parts.Length > width)
            text = text[..parts[width - 1]] + "…";
        output.Fill((byte)' ', Gap);
        output.Write(text);
        output.Fill((byte)' ', Math.Max(0, width - Math.Min(parts.Length, width)));
    }

    private static int Digits(ulong count) => count.ToString(CultureInfo.InvariantCulture).Length;
}
