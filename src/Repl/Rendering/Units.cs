using System.Globalization;
using System.Text;

namespace Ctrace.Repl.Rendering;

/// <summary>What a column's numbers measure.</summary>
internal enum Measure
{
    /// <summary>Things: shown with thousands separators.</summary>
    Count,

    /// <summary>Nanoseconds.</summary>
    Duration,

    /// <summary>Bytes.</summary>
    Bytes,

    /// <summary>Names rather than amounts, such as process ids: shown as they are.</summary>
    Name,
}

/// <summary>Numbers as people read them on a terminal. Elsewhere they stay plain, for other programs.</summary>
internal static class Units
{
    private static readonly (double Size, string Name)[] Times = [(1e9, "s"), (1e6, "ms"), (1e3, "us")];
    private static readonly (double Size, string Name)[] Sizes = [(1L << 40, "TiB"), (1L << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    private static readonly string[] Names = ["pid", "tid", "ppid", "uid", "gid", "cpu", "fd", "flags", "mode", "retval", "ret"];

    /// <summary>What a column measures, as its name says.</summary>
    internal static Measure Of(string column)
    {
        // p99(duration), max(args.bytes) as bytes: the last word inside counts.
        string word = column[(column.LastIndexOf('(') + 1)..].TrimEnd(')').Split(',')[0].Trim();
        word = word[(word.LastIndexOf('.') + 1)..];
        if (column.StartsWith("count(", StringComparison.Ordinal) || column == "count" || column.StartsWith("distinct(", StringComparison.Ordinal) || column.StartsWith("rate(", StringComparison.Ordinal))
            return Measure.Count;
        if (word.EndsWith("duration", StringComparison.Ordinal) || word.EndsWith("latency", StringComparison.Ordinal) || word.EndsWith("nsecs", StringComparison.Ordinal))
            return Measure.Duration;
        if (word.EndsWith("bytes", StringComparison.Ordinal) || word.EndsWith("size", StringComparison.Ordinal))
            return Measure.Bytes;
        return Names.Contains(word) || word.EndsWith("_pid", StringComparison.Ordinal) || word.EndsWith("_nr", StringComparison.Ordinal) ? Measure.Name : Measure.Count;
    }

    /// <summary>A number with its unit.</summary>
    internal static byte[] Text(long bits, bool signed, Measure measure)
    {
        var culture = CultureInfo.InvariantCulture;
        double value = signed ? bits : (ulong)bits;
        string text = measure switch
        {
            Measure.Duration => Scaled(value, Times, "ns"),
            Measure.Bytes => Scaled(value, Sizes, "B"),
            Measure.Count => signed ? bits.ToString("N0", culture) : ((ulong)bits).ToString("N0", culture),
            _ => signed ? bits.ToString(culture) : ((ulong)bits).ToString(culture),
        };
        return Encoding.ASCII.GetBytes(text);
    }

    /// <summary>Three digits and a unit; below the smallest, the number itself.</summary>
    private static string Scaled(double value, (double Size, string Name)[] units, string smallest)
    {
        foreach (var (size, name) in units)
            if (Math.Abs(value) >= size)
                return (value / size).ToString(Math.Abs(value / size) >= 100 ? "F0" : Math.Abs(value / size) >= 10 ? "F1" : "F2", CultureInfo.InvariantCulture) + " " + name;
        return value.ToString("F0", CultureInfo.InvariantCulture) + " " + smallest;
    }
}
