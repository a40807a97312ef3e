using System.Globalization;

namespace Ctrace.Repl;

/// <summary>Amounts with units, as options take them.</summary>
internal static class Amounts
{
    private static readonly (string Unit, double Milliseconds)[] Times = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000)];

    /// <summary>A time: <c>500ms</c>, <c>10s</c>, <c>5m</c>, <c>2h</c>.</summary>
    /// <exception cref="UsageException">It is none.</exception>
    internal static TimeSpan? Duration(string option, string? text)
    {
        if (text is null)
            return null;
        foreach (var (unit, milliseconds) in Times)
            if (text.EndsWith(unit, StringComparison.Ordinal) && double.TryParse(text[..^unit.Length], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number)
                && number * milliseconds is >= 1 and <= 1e12)
                return TimeSpan.FromMilliseconds(number * milliseconds);
        throw new UsageException($"{option} {text}: expected a time such as 500ms, 10s, 5m or 2h");
    }

    /// <summary>A share of one CPU: <c>5%</c>, <c>0.5%</c>.</summary>
    /// <exception cref="UsageException">It is none.</exception>
    internal static double? Percent(string option, string? text)
    {
        if (text is null)
            return null;
        return double.TryParse(text.EndsWith('%') ? text[..^1] : text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number) && number is > 0 and <= 100
            ? number : throw new UsageException($"{option} {text}: expected a share of one CPU from 0% to 100%, such as 5%");
    }

    /// <summary>When a file is full, and how many old ones are kept: <c>10M</c>, <c>10M,5</c>.</summary>
    /// <exception cref="UsageException">It makes no sense.</exception>
    internal static Rotation? Rotation(string option, string? text)
    {
        if (text is null)
            return null;
        string[] parts = text.Split(',');
        int shift = parts[0].Length == 0 ? 0 : char.ToUpperInvariant(parts[0][^1]) switch { 'K' => 10, 'M' => 20, 'G' => 30, _ => 0 };
        int kept = Repl.Rotation.UsuallyKept;
        if (!long.TryParse(shift == 0 ? parts[0] : parts[0][..^1], NumberStyles.None, CultureInfo.InvariantCulture, out long size) || size < 1 || size > long.MaxValue >> 31
            || parts.Length > 2 || (parts.Length == 2 && (!int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out kept) || kept is < 1 or > 1000)))
            throw new UsageException($"{option} {text}: expected a size, and how many old files to keep if you like, such as 10M or 10M,5");
        return new Rotation(size << shift, kept);
    }
}

/// <summary>How a file of results gives way to a new one.</summary>
/// <param name="Size">The bytes in a file; it may be longer by a line, since none is cut in two.</param>
/// <param name="Kept">How many old files are kept: <c>FILE.1</c>, the latest of them, and so on.</param>
public sealed record Rotation(long Size, int Kept)
{
    /// <summary>How many where nobody says.</summary>
    internal const int UsuallyKept = 5;
}
