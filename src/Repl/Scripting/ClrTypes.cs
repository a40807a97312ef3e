using Ctrace.Compiler.Layouts;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Values;
using Ctrace.Scripting.Protocol;

namespace Ctrace.Repl.Scripting;

/// <summary>The types that C# sees values with. <see cref="ValueWriter"/> sends what these say.</summary>
internal static class ClrTypes
{
    /// <summary>A type of the language as C# has it.</summary>
    internal static WireType Of(TraceType type) => type switch
    {
        // What fits in a long is one: LINQ knows sums of those.
        IntegerType { Signed: false, Size: 8 } => WireType.Of("ulong"),
        IntegerType => WireType.Of("long"),
        BoolType => WireType.Of("bool"),
        PointerType => WireType.Of("ulong"),
        TimestampType => WireType.Of("System.DateTimeOffset"),
        StackType => WireType.Of("Ctrace.StackFrame[]"),
        ArrayType { IsText: true } => WireType.Of("string"),
        ArrayType array => new WireType(WireType.Array, [Of(array.Element)]),
        StructureType => WireType.Of("dynamic"),
        BufferType or BytesType => WireType.Of("byte[]"),
        InternetAddressType => WireType.Of("System.Net.IPAddress"),
        TupleType tuple => new WireType(WireType.Tuple, [.. tuple.Elements.Select(e => Of(e.Type))]),
        _ => WireType.Of("string"),
    };

    /// <summary>A column of a map.</summary>
    internal static WireColumn Of(MapColumn column) => new(column.Name == "value" ? "Value" : column.Name, column.Content switch
    {
        PlainContent plain => Of(plain.Type),
        AggregateContent aggregate => Of(aggregate),
        _ => WireType.Of("dynamic"),
    });

    /// <summary>A map's keys and columns.</summary>
    internal static WireMap Of(MapSpec map) => new(map.Name,
        [.. map.Shape!.Keys.Zip(map.Shape.KeyNames, (key, name) => new WireColumn(name, Of(key.Type)))], [.. map.Shape.Columns.Select(Of)]);

    /// <summary>An aggregate's type is that of the value it gives.</summary>
    private static WireType Of(AggregateContent aggregate) => WireType.Of(aggregate.ToValue(new byte[aggregate.Size], []) switch
    {
        NumberValue when aggregate.Definition.Name == "count" => "long",
        NumberValue { Signed: true } => "long",
        NumberValue => "ulong",
        HistogramValue => "Ctrace.Histogram",
        StatsValue => "Ctrace.Stats",
        RateValue or DecimalValue => "double",
        _ => "dynamic",
    });
}
