using System.Globalization;
using System.Text;
using Ctrace.Compiler.Values;
using Ctrace.Runtime.Symbols;

namespace Ctrace.Runtime;

/// <summary>An entry of a map as .NET values, for programs that embed the tracer.</summary>
/// <remarks>
/// Asked for as a number type, a value must fit it; as <see cref="string"/>, any value that is no histogram or stack gives the text that
/// ctrace would show; as <see cref="TraceValue"/> or a kind of it, it is what the kernel gave (<see cref="HistogramValue"/>, …).
/// </remarks>
public sealed class MapEntry
{
    private readonly IReadOnlyList<string> _names;
    private readonly NameResolver _resolver;

    internal MapEntry(IReadOnlyList<string> names, IReadOnlyList<TraceValue> keys, IReadOnlyList<TraceValue> values, NameResolver resolver) =>
        (_names, Keys, Values, _resolver) = (names, keys, values, resolver);

    /// <summary>The key's parts; none for a map without a key.</summary>
    public IReadOnlyList<TraceValue> Keys { get; }

    /// <summary>The value's columns: one, or more for a query with several aggregations.</summary>
    public IReadOnlyList<TraceValue> Values { get; }

    /// <summary>A part of the key.</summary>
    /// <exception cref="InvalidCastException">It is no such type.</exception>
    public T Key<T>(int index = 0) => Convert<T>(Keys[index]);

    /// <summary>A column of the value.</summary>
    /// <exception cref="InvalidCastException">It is no such type.</exception>
    public T Value<T>(int index = 0) => Convert<T>(Values[index]);

    /// <summary>A column of the value, by its name in the program.</summary>
    /// <exception cref="ArgumentException">There is no such column.</exception>
    /// <exception cref="InvalidCastException">It is no such type.</exception>
    public T Value<T>(string column)
    {
        for (int i = 0; i < _names.Count; i++)
            if (_names[i] == column)
                return Convert<T>(Values[i]);
        throw new ArgumentException($"there is no column '{column}'; there are {string.Join(", ", _names)}", nameof(column));
    }

    private T Convert<T>(TraceValue value)
    {
        if (value is T same)
            return same;
        object? natural = Natural(value);
        if (natural is T converted)
            return converted;
        if (typeof(T) == typeof(string) && natural is IFormattable number)
            return (T)(object)number.ToString(null, CultureInfo.InvariantCulture);
        try
        {
            if (natural is IConvertible && !typeof(T).IsEnum && typeof(T) != typeof(string))
                return (T)System.Convert.ChangeType(natural, typeof(T), CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is OverflowException or FormatException or InvalidCastException)
        {
            throw new InvalidCastException($"{natural} is no {typeof(T).Name}");
        }

        throw new InvalidCastException($"a {value.GetType().Name} is no {typeof(T).Name}");
    }

    private object? Natural(TraceValue value) => value switch
    {
        NumberValue { Signed: true } n => n.Bits,
        NumberValue n => (ulong)n.Bits,
        DecimalValue n => n.Value,
        BoolValue b => b.Value,
        AddressValue a => a.Address,
        TextValue t => Encoding.UTF8.GetString(t.Bytes.Span),
        EnumValue { Label: { } label } => label,
        EnumValue e => Natural(e.Number),
        BufferValue b => b.Bytes.ToArray(),
        LookupValue l => _resolver.Find(l.Kind, l.Number),
        UserSymbolValue s => _resolver.FindUserSymbol(s.Address, s.Process),
        InternetAddressValue { Family: Compiler.Symbols.InternetAddressType.Version4 } a => new System.Net.IPAddress(a.Bytes.Span[..4]),
        InternetAddressValue { Family: Compiler.Symbols.InternetAddressType.Version6 } a => new System.Net.IPAddress(a.Bytes.Span),
        HardwareAddressValue a => new System.Net.NetworkInformation.PhysicalAddress(a.Bytes.ToArray()),
        _ => null,
    };
}

/// <summary>Maps as .NET values.</summary>
public static class MapEntries
{
    /// <summary>A map's entries, in no particular order.</summary>
    public static IEnumerable<MapEntry> Entries(this MapSnapshot map)
    {
        var shape = map.Spec.Shape!;
        string[] names = [.. shape.Columns.Select(c => c.Name)];
        var resolver = new NameResolver(map.Symbols ?? new Symbolizer());
        foreach (var row in map.Rows)
        {
            var keys = new TraceValue[shape.Keys.Length];
            for (int i = 0; i < keys.Length; i++)
                keys[i] = ValueDecoder.Decode(shape.Keys[i].Type, row.Key.Span[shape.Keys[i].Offset..], map.ProbeNames);
            var values = new TraceValue[shape.Columns.Length];
            for (int i = 0; i < values.Length; i++)
                values[i] = Rated(shape.Columns[i].Content.ToValue(row.Value.Span.Slice(shape.Columns[i].Offset, shape.Columns[i].Content.Size), map.ProbeNames), map.Seconds);
            yield return new MapEntry(names, keys, values, resolver);
        }
    }

    private static TraceValue Rated(TraceValue value, double seconds) => value is RateValue rate
        ? new DecimalValue((rate.Signed ? rate.Total : (double)(ulong)rate.Total) / Math.Max(seconds, 1e-9)) : value;
}
