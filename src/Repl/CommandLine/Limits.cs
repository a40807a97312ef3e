using System.Globalization;
using System.Numerics;

namespace Ctrace.Repl;

/// <summary>The limits that environment variables set.</summary>
/// <param name="MaxMapKeys">Entries of a map with keys.</param>
/// <param name="MaxStringLength">Longest string that <c>str</c> reads, in bytes.</param>
/// <param name="EventBuffer">Bytes of the event buffer.</param>
public sealed record Limits(int MaxMapKeys = 4096, int MaxStringLength = 1024, int EventBuffer = 8 << 20)
{
    /// <summary>Name of the variable for <see cref="MaxMapKeys"/>.</summary>
    public const string MaxMapKeysName = "CTRACE_MAX_MAP_KEYS";

    /// <summary>Name of the variable for <see cref="MaxStringLength"/>.</summary>
    public const string MaxStringLengthName = "CTRACE_MAX_STRLEN";

    /// <summary>Name of the variable for <see cref="EventBuffer"/>.</summary>
    public const string EventBufferName = "CTRACE_EVENT_BUFFER";

    private const int LargestBuffer = 1 << 30, Page = 4096;

    /// <summary>Reads the environment.</summary>
    /// <param name="variable">Gives a variable's text, or null.</param>
    /// <exception cref="UsageException">A value makes no sense.</exception>
    public static Limits Read(Func<string, string?> variable)
    {
        var limits = new Limits();
        if (Find(variable, MaxMapKeysName, "BPFTRACE_MAX_MAP_KEYS") is var (keysName, keys))
            limits = limits with { MaxMapKeys = ParseNumber(keysName, keys, 1, 1 << 28) };
        if (Find(variable, MaxStringLengthName, "BPFTRACE_MAX_STRLEN") is var (lengthName, length))
            limits = limits with { MaxStringLength = ParseNumber(lengthName, length, 1, 4096) };
        if (Find(variable, EventBufferName, null) is var (bufferName, buffer))
            limits = limits with { EventBuffer = ParseSize(bufferName, buffer) };
        return limits;
    }

    /// <summary>A size as people write it: <c>8M</c>.</summary>
    public static string FormatSize(int bytes) =>
        bytes % (1 << 20) == 0 ? $"{bytes >> 20}M" : bytes % 1024 == 0 ? $"{bytes >> 10}K" : $"{bytes}";

    private static (string Name, string Text)? Find(Func<string, string?> variable, string name, string? other)
    {
        if (variable(name) is { Length: > 0 } own)
            return (name, own);
        return other is not null && variable(other) is { Length: > 0 } text ? (other, text) : null;
    }

    private static int ParseNumber(string name, string text, int least, int most) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value >= least && value <= most
            ? value
            : throw new UsageException($"{name}={text}: expected a number from {least} to {most}");

    private static int ParseSize(string name, string text)
    {
        int shift = char.ToUpperInvariant(text[^1]) switch { 'K' => 10, 'M' => 20, 'G' => 30, _ => 0 };
        var digits = shift == 0 ? text : text[..^1];
        if (!long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long value)
            || value > LargestBuffer >> shift || value << shift < Page)
        {
            throw new UsageException($"{name}={text}: expected a size in bytes from 4K to 1G, such as 512K or 16M");
        }

        // The kernel wants a power of two.
        return (int)BitOperations.RoundUpToPowerOf2((uint)(value << shift));
    }
}
