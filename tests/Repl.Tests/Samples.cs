using System.Collections.Immutable;
using System.Text;
using Ctrace.Compiler;
using Ctrace.Compiler.Layouts;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Values;
using Ctrace.Repl.Rendering;
using Ctrace.Runtime;

namespace Ctrace.Repl.Tests;

/// <summary>Builds what the kernel would have sent, and catches what is shown.</summary>
internal static class Samples
{
    /// <summary>A column whose value is given, whatever the bytes: the first byte of a row is the index.</summary>
    internal sealed record FixedContent(params TraceValue[] Values) : ColumnContent
    {
        public override int Size => 8;

        public override void Merge(Span<byte> gathered, ReadOnlySpan<byte> cpu) => cpu.CopyTo(gathered);

        public override TraceValue ToValue(ReadOnlySpan<byte> bytes, IReadOnlyList<string> names) => Values[bytes[0]];
    }

    internal static TraceValue Number(long value) => new NumberValue(value, true);

    internal static TraceValue Text(string text) => new TextValue(Encoding.UTF8.GetBytes(text));

    internal static HistogramValue Histogram(params (string Label, ulong Count)[] buckets) =>
        new([.. buckets.Select(b => new HistogramBucket(b.Label, null, null, b.Count))]);

    /// <summary>Bytes of values one after another, as their types lay them out.</summary>
    internal static byte[] Encode(TupleType layout, params object[] values)
    {
        var bytes = new byte[layout.Size];
        for (int i = 0; i < values.Length; i++)
        {
            var place = bytes.AsSpan(layout.Elements[i].Offset, layout.Elements[i].Type.Size);
            switch (layout.Elements[i].Type)
            {
                case TupleType inner:
                    Encode(inner, (object[])values[i]).CopyTo(place);
                    break;
                case StringType:
                    (values[i] as byte[] ?? Encoding.UTF8.GetBytes((string)values[i])).CopyTo(place);
                    break;
                default:
                    BitConverter.GetBytes(Convert.ToInt64(values[i])).AsSpan(0, place.Length).CopyTo(place);
                    break;
            }
        }

        return bytes;
    }

    /// <summary>A map with plain keys and given values.</summary>
    internal static MapSnapshot Map(string name, TraceType[] keyTypes, params (object[] Key, TraceValue Value)[] rows) =>
        Table(name, keyTypes, [], ["value"], 0, 0, false, [.. rows.Select(r => (r.Key, new[] { r.Value }))]);

    /// <summary>A map with several columns.</summary>
    internal static MapSnapshot Table(
        string name, TraceType[] keyTypes, string[] keyNames, string[] columns, int top, int sortColumn, bool isTable,
        params (object[] Key, TraceValue[] Values)[] rows)
    {
        var layout = TupleType.Of(keyTypes);
        var parts = columns.Select((column, i) => new MapColumn(
            column, i * 8, new FixedContent([.. rows.Select(r => r.Values[i])]))).ToImmutableArray();
        var shape = new MapShape(layout.Elements, [.. keyNames], parts, -1, isTable, top, sortColumn);
        var spec = new MapSpec(name, BpfMapType.Hash, layout.Size, columns.Length * 8, 10, MapRole.User, shape, default);
        var bytes = rows.Select((row, index) => new MapRow(
            Encode(layout, row.Key),
            Enumerable.Range(0, columns.Length * 8).Select(_ => (byte)index).ToArray())).ToArray();
        return new MapSnapshot(spec, bytes, []);
    }

    /// <summary>A record of an event with such fields.</summary>
    internal static (ImmutableArray<EventField> Fields, byte[] Record) Event(params (TraceType Type, object Value)[] fields)
    {
        var layout = TupleType.Of(fields.Select(f => f.Type));
        byte[] record = [.. new byte[EventLayout.HeaderSize], .. Encode(layout, [.. fields.Select(f => f.Value)])];
        return ([.. layout.Elements.Select(e => new EventField(e.Type, e.Offset + EventLayout.HeaderSize))], record);
    }

    /// <summary>What a sink prints.</summary>
    internal static string Show(Action<TextSink> action, int width = 0, string[]? probes = null, Clock? clock = null) =>
        Show(action, out _, width, probes, clock);

    /// <summary>What a sink prints, and its messages.</summary>
    internal static string Show(
        Action<TextSink> action, out List<string> messages, int width = 0, string[]? probes = null, Clock? clock = null)
    {
        var text = new List<byte>();
        var said = messages = [];
        var output = new OutputStream(bytes =>
        {
            text.AddRange(bytes);
            return true;
        }, width);
        var sink = new TextSink(output, said.Add, probes ?? [], new TextSinkOptions { Clock = clock });
        action(sink);
        sink.Flush();
        return Encoding.Latin1.GetString([.. text]);
    }

    /// <summary>A counter for losses.</summary>
    internal static LossCounter Loss(LossCause cause) => new(cause, "tracepoint:raw_syscalls:sys_enter", "@x", 0, cause == LossCause.MapFull ? 4096 : 8 << 20);
}
