using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text;

namespace Ctrace;

/// <summary>Values of any type as people read them: sequences as tables.</summary>
internal static class Shown
{
    private const int MostRows = 1000, MostColumns = 30, MostCharacters = 200;

    /// <summary>What a line's result, or what is printed, looks like.</summary>
    internal static string Text(object? value) => value switch
    {
        null => "null",
        string text => text,
        bool truth => truth ? "true" : "false",
        TimeSpan time => Duration(time),
        DateTimeOffset time => time.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture),
        byte[] bytes => Convert.ToHexString(bytes),
        StackFrame[] frames => string.Join("\n", frames.Select(f => "    " + f)),
        Histogram or Row or Stats or Bucket => value.ToString()!,
        IEnumerable items when !HasOwnText(value) => Table(items),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    /// <summary>A value as a part of a line: stacks are folded, outermost first, and tuples and arrays stand in parentheses.</summary>
    internal static string Part(object? value) => value switch
    {
        StackFrame[] frames => string.Join(';', frames.Reverse().Select(f => f.ToString())),
        object?[] parts => $"({string.Join(", ", parts.Select(Part))})",
        _ => Text(value),
    };

    /// <summary>A sequence as a table, with a header where its items have named parts.</summary>
    internal static string Table(IEnumerable items)
    {
        var rows = new List<string[]>();
        string[]? header = null;
        int more = 0;
        foreach (object? item in items)
        {
            if (rows.Count == MostRows)
            {
                more++;
                continue;
            }

            var (names, values) = Parts(item);
            header ??= names;
            rows.Add([.. values.Take(MostColumns).Select(Cell)]);
        }

        var text = new StringBuilder();
        if (rows.Count == 0)
            return "nothing";
        if (rows.Exists(r => r.Any(c => c.Contains('\n'))))
            Lists(text, header, rows);
        else
            Columns(text, header, rows);
        if (more > 0)
            text.Append(CultureInfo.InvariantCulture, $"… {more} more\n");
        return text.ToString().TrimEnd('\n');
    }

    /// <summary>Cells of several lines (histograms, stacks) stand below their names.</summary>
    private static void Lists(StringBuilder text, string[]? header, List<string[]> rows)
    {
        foreach (string[] row in rows)
            for (int i = 0; i < row.Length; i++)
                text.Append(header is null ? "" : header[i] + ":").Append(row[i].Contains('\n') ? "\n" : header is null ? "" : " ").Append(row[i]).Append('\n');
    }

    private static void Columns(StringBuilder text, string[]? header, List<string[]> rows)
    {
        int columns = rows.Max(r => r.Length);
        if (header is { Length: > 0 })
            rows.Insert(0, header);
        int[] widths = [.. Enumerable.Range(0, columns).Select(i => rows.Max(r => i < r.Length ? r[i].Length : 0))];
        bool[] right = [.. Enumerable.Range(0, columns).Select(i => rows.Skip(header is { Length: > 0 } ? 1 : 0).All(r => i < r.Length && IsNumber(r[i])))];
        foreach (string[] row in rows)
        {
            var line = new StringBuilder();
            for (int i = 0; i < row.Length; i++)
                line.Append(i > 0 ? "  " : "").Append(right[i] ? row[i].PadLeft(widths[i]) : row[i].PadRight(widths[i]));
            text.Append(line.ToString().TrimEnd()).Append('\n');
        }
    }

    private static bool IsNumber(string cell) => cell.Length > 0 && (char.IsAsciiDigit(cell[0]) || cell[0] == '-' && cell.Length > 1);

    private static string Cell(object? value)
    {
        string text = value is object?[] and not StackFrame[] ? Part(value) : Text(value);
        return text.Contains('\n') ? text : text.Length > MostCharacters ? text[..(MostCharacters - 1)] + "…" : text;
    }

    /// <summary>An item's named parts; without a name where it is a value of its own.</summary>
    private static (string[] Names, IEnumerable<object?> Values) Parts(object? item)
    {
        if (item is Row row)
            return ([.. row.Names], row.Values);
        if (item is IDictionary<string, object?> record)
            return ([.. record.Keys], record.Values);
        var type = item?.GetType();
        if (item is null || type!.IsPrimitive || item is string or IFormattable or StackFrame or byte[] or Histogram)
            return ([], [item]);
        if (item is System.Runtime.CompilerServices.ITuple tuple)
            return ([], Enumerable.Range(0, tuple.Length).Select(i => tuple[i]));
        if (item is IEnumerable)
            return ([], [Text(item)]);
        var properties = type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.GetIndexParameters().Length == 0).ToList();
        return properties.Count == 0 ? ([], [item]) : ([.. properties.Select(p => p.Name)], properties.Select(p => p.GetValue(item)));
    }

    private static bool HasOwnText(object value) => value is string;

    private static string Duration(TimeSpan time) => Math.Abs(time.TotalMicroseconds) switch
    {
        < 1000 => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMicroseconds:0.###}us"),
        < 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0.###}ms"),
        < 60_000_000 => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.###}s"),
        _ => time.ToString("c", CultureInfo.InvariantCulture),
    };
}
