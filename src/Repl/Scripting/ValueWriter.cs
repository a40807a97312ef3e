using System.Text;
using Ctrace.Compiler.Values;
using Ctrace.Repl.Rendering;
using Ctrace.Runtime.Symbols;
using Ctrace.Scripting.Protocol;

namespace Ctrace.Repl.Scripting;

/// <summary>Values to the wire, as the types of <see cref="ClrTypes"/> want them.</summary>
internal sealed class ValueWriter
{
    private readonly Clock _clock = new();
    private readonly ByteWriter _text = new();
    private readonly ValueFormatter _values;

    internal ValueWriter(Symbolizer? symbols) => _values = new ValueFormatter(_clock, symbols);

    /// <summary>Writes a value.</summary>
    /// <param name="writer">Where.</param>
    /// <param name="value">What.</param>
    /// <param name="type">What C# sees it as.</param>
    internal void Write(BinaryWriter writer, TraceValue value, WireType type)
    {
        switch (value)
        {
            case NumberValue number when type.Name == "double":
                Tagged(writer, Tag.Double).Write(number.Signed ? number.Bits : (double)(ulong)number.Bits);
                break;
            case NumberValue number:
                Tagged(writer, type.Name == "ulong" ? Tag.UInt64 : Tag.Int64).Write(number.Bits);
                break;
            case AddressValue address:
                Tagged(writer, Tag.UInt64).Write(address.Address);
                break;
            case BoolValue truth:
                Tagged(writer, Tag.Boolean).Write(truth.Value);
                break;
            case DecimalValue number:
                Tagged(writer, Tag.Double).Write(number.Value);
                break;
            case TextValue text:
                Tagged(writer, Tag.String).Write(Encoding.UTF8.GetString(text.Bytes.Span));
                break;
            case BufferValue buffer:
                Bytes(writer, buffer.Bytes.Span);
                break;
            case BytesValue bytes:
                Bytes(writer, bytes.Bytes.Span);
                break;
            case TimestampValue time:
                Tagged(writer, Tag.Time).Write(_clock.ToUnixNanoseconds(time.BootNanoseconds) / 100);
                break;
            case InternetAddressValue address:
                int length = address.Family == 2 ? 4 : 16;
                Tagged(writer, Tag.Address).Write((byte)length);
                writer.Write(address.Bytes.Span[..length]);
                break;
            case TupleValue tuple:
                Tagged(writer, Tag.List).Write7BitEncodedInt(tuple.Items.Length);
                for (int i = 0; i < tuple.Items.Length; i++)
                    Write(writer, tuple.Items[i], i < type.Items.Count ? type.Items[i] : type);
                break;
            case ArrayValue array:
                Tagged(writer, Tag.List).Write7BitEncodedInt(array.Items.Length);
                foreach (var item in array.Items)
                    Write(writer, item, type.Items.Count > 0 ? type.Items[0] : type);
                break;
            case RecordValue record:
                Tagged(writer, Tag.Record).Write7BitEncodedInt(record.Members.Length);
                foreach (var (name, member) in record.Members)
                {
                    writer.Write(name);
                    Write(writer, member, WireType.Of("dynamic"));
                }

                break;
            case StatsValue stats:
                Tagged(writer, Tag.Stats).Write((long)stats.Count);
                writer.Write(stats.Average);
                writer.Write(stats.Total);
                break;
            case HistogramValue histogram:
                Histogram(writer, histogram);
                break;
            case StackValue stack:
                Stack(writer, stack);
                break;
            default:
                Tagged(writer, Tag.String).Write(Shown(value));
                break;
        }
    }

    private static BinaryWriter Tagged(BinaryWriter writer, Tag tag)
    {
        writer.Write((byte)tag);
        return writer;
    }

    private static void Bytes(BinaryWriter writer, ReadOnlySpan<byte> bytes)
    {
        Tagged(writer, Tag.Bytes).Write7BitEncodedInt(bytes.Length);
        writer.Write(bytes);
    }

    private static void Histogram(BinaryWriter writer, HistogramValue histogram)
    {
        Tagged(writer, Tag.Histogram).Write7BitEncodedInt(histogram.Buckets.Length);
        foreach (var bucket in histogram.Buckets)
        {
            writer.Write(bucket.Label);
            writer.Write(bucket.Low is not null);
            if (bucket.Low is { } low)
                writer.Write(low);
            writer.Write(bucket.High is not null);
            if (bucket.High is { } high)
                writer.Write(high);
            writer.Write((long)bucket.Count);
        }
    }

    /// <summary>A stack is sent with its names, one line for each frame as it would be printed.</summary>
    private void Stack(BinaryWriter writer, StackValue stack)
    {
        string[] lines = Shown(stack with { Mode = Compiler.Symbols.StackMode.Symbols }).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Tagged(writer, Tag.Stack).Write7BitEncodedInt(stack.Addresses.Length);
        for (int i = 0; i < stack.Addresses.Length; i++)
        {
            string line = i < lines.Length ? lines[i] : "";
            int plus = line.LastIndexOf('+');
            bool named = plus > 0 && long.TryParse(line[(plus + 1)..], out _);
            writer.Write(stack.Addresses[i]);
            writer.Write(named ? line[..plus] : line.StartsWith("0x", StringComparison.Ordinal) ? "" : line);
            writer.Write(named ? long.Parse(line[(plus + 1)..], System.Globalization.CultureInfo.InvariantCulture) : 0);
        }
    }

    private string Shown(TraceValue value)
    {
        _text.Clear();
        _values.Write(_text, value);
        return Encoding.UTF8.GetString(_text.Written);
    }
}
