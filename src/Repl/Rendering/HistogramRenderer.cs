using Ctrace.Compiler.Values;

namespace Ctrace.Repl.Rendering;

/// <summary>Draws histograms: label, count, bar.</summary>
public static class HistogramRenderer
{
    private const int LabelWidth = 16, CountWidth = 8, BarWidth = 52;

    /// <summary>One line per bucket; nothing for an empty histogram.</summary>
    public static void Write(ByteWriter output, HistogramValue histogram)
    {
        ulong largest = 0;
        foreach (var bucket in histogram.Buckets)
            largest = Math.Max(largest, bucket.Count);
        foreach (var bucket in histogram.Buckets)
        {
            output.Write(bucket.Label);
            output.Fill((byte)' ', LabelWidth - bucket.Label.Length);
            output.Fill((byte)' ', CountWidth - Digits(bucket.Count));
            output.WriteNumber(bucket.Count);
            int bar = largest == 0 ? 0 : (int)((UInt128)bucket.Count * BarWidth / largest);
            output.Write(" |"u8);
            output.Fill((byte)'@', bar);
            output.Fill((byte)' ', BarWidth - bar);
            output.Write("|\n"u8);
        }
    }

    private static int Digits(ulong value)
    {
        int digits = 1;
        for (; value >= 10; value /= 10)
            digits++;
        return digits;
    }
}
