using System.Collections;
using System.Dynamic;
using System.Globalization;
using System.Text;

// What handlers see. The names are short, because they are typed at a prompt.
namespace Ctrace;

/// <summary>A row: named values.</summary>
public abstract class Row
{
    private protected Row(IReadOnlyList<string> names, object?[] values, int keys) => (Names, Values, KeyCount) = (names, values, keys);

    /// <summary>The names of its columns, the keys' first.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The values of its columns.</summary>
    public object?[] Values { get; }

    /// <summary>How many of the columns are its key.</summary>
    internal int KeyCount { get; }

    /// <summary>A value by its column's name.</summary>
    /// <exception cref="KeyNotFoundException">There is no such column.</exception>
    public object? this[string column] => Values[IndexOf(column)];

    /// <summary>What rows are ordered by: the first value as a number.</summary>
    internal double Measure => KeyCount < Values.Length ? Values[KeyCount] switch
    {
        long n => n,
        ulong n => n,
        double n => n,
        TimeSpan t => t.Ticks,
        Stats s => s.Count,
        Histogram h => h.Count,
        _ => 0,
    } : 0;

    /// <inheritdoc/>
    public override string ToString() => string.Join("  ", Names.Zip(Values, (name, value) => $"{name}={Shown.Part(value)}"));

    private int IndexOf(string column)
    {
        for (int i = 0; i < Names.Count; i++)
            if (Names[i] == column)
                return i;
        throw new KeyNotFoundException($"there is no column {column}; there are {string.Join(", ", Names)}");
    }
}

/// <summary>A row of an event query.</summary>
public sealed class EventRow(IReadOnlyList<string> names, object?[] values) : Row(names, values, 0);

/// <summary>A row of a map, with the types that the map has; what a program gives is made from this.</summary>
public abstract class MapRow(IReadOnlyList<string> names, object?[] values, int keys) : Row(names, values, keys);

/// <summary>A row of a map whose name the C# finds out only when it runs.</summary>
public sealed class DynamicRow(IReadOnlyList<string> names, object?[] values, int keys) : MapRow(names, values, keys)
{
    /// <summary>Its key; a tuple's parts as an array.</summary>
    public dynamic? Key => KeyCount == 1 ? Values[0] : Values[..KeyCount];

    /// <summary>Its first value.</summary>
    public dynamic? Value => Values[KeyCount];
}

/// <summary>A map's rows at one moment, the largest first.</summary>
/// <typeparam name="TRow">What a row is.</typeparam>
public sealed class Map<TRow> : IReadOnlyList<TRow> where TRow : Row
{
    private readonly List<TRow> _rows;

    internal Map(string name, IEnumerable<TRow> rows)
    {
        Name = name;
        _rows = [.. rows.OrderByDescending(r => r.Measure)];
    }

    /// <summary>The map's name.</summary>
    public string Name { get; }

    /// <inheritdoc/>
    public int Count => _rows.Count;

    /// <inheritdoc/>
    public TRow this[int index] => _rows[index];

    /// <summary>The largest rows.</summary>
    public IEnumerable<TRow> Top(int count) => _rows.Take(count);

    /// <inheritdoc/>
    public IEnumerator<TRow> GetEnumerator() => _rows.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>Count, average and total.</summary>
public sealed record Stats(long Count, long Average, long Total)
{
    /// <inheritdoc/>
    public override string ToString() => $"count {Count}, average {Average}, total {Total}";
}

/// <summary>A bucket of a histogram.</summary>
/// <param name="Label">As it is shown.</param>
/// <param name="Low">Its smallest value; null where there is none.</param>
/// <param name="High">One above its largest value; null where there is none.</param>
/// <param name="Count">How many values are in it.</param>
public sealed record Bucket(string Label, long? Low, long? High, long Count);

/// <summary>A histogram.</summary>
/// <param name="Buckets">Its buckets in order.</param>
public sealed record Histogram(Bucket[] Buckets)
{
    private const int Width = 52;

    /// <summary>How many values there are.</summary>
    public long Count => Buckets.Sum(b => b.Count);

    /// <inheritdoc/>
    public override string ToString()
    {
        var text = new StringBuilder();
        long largest = Buckets.Length == 0 ? 1 : Math.Max(1, Buckets.Max(b => b.Count));
        foreach (var bucket in Buckets)
            text.Append(CultureInfo.InvariantCulture, $"{bucket.Label,-16} {bucket.Count,8} |{new string('@', (int)(bucket.Count * Width / largest)),-Width}|\n");
        return text.ToString().TrimEnd('\n');
    }
}

/// <summary>A place in a stack.</summary>
/// <param name="Address">Where.</param>
/// <param name="Symbol">The function's name, or an empty string.</param>
/// <param name="Offset">Bytes from the function's start.</param>
public sealed record StackFrame(ulong Address, string Symbol, long Offset)
{
    /// <inheritdoc/>
    public override string ToString() => Symbol.Length > 0 ? $"{Symbol}+{Offset}" : $"0x{Address:x}";
}

/// <summary>LINQ has no sums of unsigned numbers.</summary>
public static class UnsignedLinq
{
    /// <summary>The sum.</summary>
    /// <exception cref="OverflowException">It is larger than 64 bits hold.</exception>
    public static ulong Sum<T>(this IEnumerable<T> items, Func<T, ulong> value) => items.Aggregate(0ul, (sum, item) => checked(sum + value(item)));

    /// <summary>The average.</summary>
    public static double Average<T>(this IEnumerable<T> items, Func<T, ulong> value) => items.Average(item => (double)value(item));
}

/// <summary>A structure's members by name.</summary>
internal static class Records
{
    internal static ExpandoObject Make(IEnumerable<(string Name, object? Value)> members)
    {
        var record = new ExpandoObject();
        foreach (var (name, value) in members)
            ((IDictionary<string, object?>)record)[name] = value;
        return record;
    }
}
