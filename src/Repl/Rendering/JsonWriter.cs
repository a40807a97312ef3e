using System.Buffers;
using System.Text;
using Ctrace.Compiler.Values;

namespace Ctrace.Repl.Rendering;

/// <summary>Values as JSON, spaced as bpftrace does. Whatever the bytes, the result is valid.</summary>
/// <param name="values">Shows what is text in JSON too: addresses of networks, names, moments.</param>
/// <param name="namesConstants">Whether enumerations are their names, as in rows and tables, and not their numbers, as bpftrace has them.</param>
public sealed class JsonWriter(ValueFormatter values, bool namesConstants = false)
{
    private readonly ByteWriter _scratch = new();

    /// <summary>Writes a value.</summary>
    public void Write(ByteWriter output, TraceValue value)
    {
        switch (value)
        {
            case NumberValue number:
                WriteNumber(output, number);
                break;
            case AddressValue address:
                Write(output, new NumberValue((long)address.Address, false));
                break;
            case DecimalValue number:
                output.Write(System.Text.Encoding.ASCII.GetBytes(number.Value.ToString("0.0###", System.Globalization.CultureInfo.InvariantCulture)));
                break;
            case EnumValue { Label: { } label } when namesConstants:
                WriteText(output, System.Text.Encoding.UTF8.GetBytes(label));
                break;
            case EnumValue choice:
                WriteNumber(output, choice.Number);
                break;
            case ArrayValue array:
                WriteList(output, array.Items, Write);
                break;
            case RecordValue record:
                WriteRecord(output, record);
                break;
            case BoolValue flag:
                output.Write(flag.Value ? "true"u8 : "false"u8);
                break;
            case TextValue text:
                WriteText(output, text.Bytes.Span);
                break;
            case TupleValue tuple:
                WriteList(output, tuple.Items, Write);
                break;
            case BufferValue buffer:
                BufferText.WriteNumbers(output, buffer.Bytes.Span);
                break;
            case BytesValue array:
                BufferText.WriteNumbers(output, array.Bytes.Span);
                break;
            case StatsValue stats:
                output.Write("{\"count\": "u8);
                output.WriteNumber(stats.Count);
                output.Write(", \"average\": "u8);
                Write(output, new NumberValue(stats.Average, stats.Signed));
                output.Write(", \"total\": "u8);
                Write(output, new NumberValue(stats.Total, stats.Signed));
                output.Write((byte)'}');
                break;
            case TimeSeriesValue series:
                WriteSeries(output, series);
                break;
            case HistogramValue histogram:
                WriteList(output, histogram.Buckets, WriteBucket);
                break;
            default:
                _scratch.Clear();
                values.Write(_scratch, value);
                WriteText(output, _scratch.Written);
                break;
        }
    }

    private void WriteSeries(ByteWriter output, TimeSeriesValue series)
    {
        output.Write((byte)'[');
        for (int i = 0; i < series.Points.Length; i++)
        {
            var (start, value) = series.Points[i];
            var time = DateTimeOffset.UnixEpoch.AddTicks(start / 100).ToLocalTime();
            output.Write(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{(i > 0 ? "," : "")}{{\"interval_start\":\"{time:yyyy-MM-dd HH:mm:ss.fffffff}{start % 100:00}\",\"value\":"));
            Write(output, value);
            output.Write((byte)'}');
        }

        output.Write((byte)']');
    }

    /// <summary>Writes a string of bytes. A byte that is no UTF-8 becomes the character of its number.</summary>
    public static void WriteText(ByteWriter output, ReadOnlySpan<byte> text)
    {
        output.Write((byte)'"');
        while (text.Length > 0)
        {
            var status = Rune.DecodeFromUtf8(text, out _, out int size);
            if (status != OperationStatus.Done)
                size = 1;
            if (status != OperationStatus.Done || text[0] is < 32 or 127 or (byte)'"' or (byte)'\\')
                WriteEscape(output, text[0]);
            else
                output.Write(text[..size]);
            text = text[size..];
        }

        output.Write((byte)'"');
    }

    /// <summary>Writes a string.</summary>
    public static void WriteText(ByteWriter output, string text) => WriteText(output, Encoding.UTF8.GetBytes(text));

    /// <summary>Writes the parts of a map's key as one string, as the name of a member must be.</summary>
    public void WriteKey(ByteWriter output, TraceValue[] keys)
    {
        var text = new ByteWriter();
        var parts = keys is [TupleValue single] ? single.Items.AsSpan() : keys;
        WriteKeyParts(text, parts);
        WriteText(output, text.Written);
    }

    private void WriteKeyParts(ByteWriter text, ReadOnlySpan<TraceValue> parts)
    {
        for (int i = 0; i < parts.Length; i++)
        {
            if (i > 0)
                text.Write((byte)',');
            if (parts[i] is TupleValue tuple)
            {
                text.Write((byte)'(');
                WriteKeyParts(text, tuple.Items.AsSpan());
                text.Write((byte)')');
            }
            else
            {
                values.Write(text, parts[i]);
            }
        }
    }

    /// <summary>Many readers of JSON keep numbers as doubles: what a double does not hold exactly is written as a string, as by bpftrace.</summary>
    private void WriteRecord(ByteWriter output, RecordValue record)
    {
        output.Write((byte)'{');
        for (int i = 0; i < record.Members.Length; i++)
        {
            if (i > 0)
                output.Write(", "u8);
            WriteText(output, System.Text.Encoding.UTF8.GetBytes(record.Members[i].Name));
            output.Write(": "u8);
            Write(output, record.Members[i].Value);
        }

        output.Write((byte)'}');
    }

    private static void WriteNumber(ByteWriter output, NumberValue number)
    {
        bool exact = number.Signed ? (Int128)(double)number.Bits == number.Bits : (UInt128)(double)(ulong)number.Bits == (ulong)number.Bits;
        if (!exact)
            output.Write((byte)'"');
        if (number.Signed)
            output.WriteNumber(number.Bits);
        else
            output.WriteNumber((ulong)number.Bits);
        if (!exact)
            output.Write((byte)'"');
    }

    private static void WriteBucket(ByteWriter output, HistogramBucket bucket)
    {
        output.Write((byte)'{');
        if (bucket.Low is { } low)
        {
            output.Write("\"min\": "u8);
            output.WriteNumber(low);
            output.Write(", "u8);
        }

        if (bucket.High is { } high)
        {
            output.Write("\"max\": "u8);
            output.WriteNumber(high - 1);
            output.Write(", "u8);
        }

        output.Write("\"count\": "u8);
        output.WriteNumber(bucket.Count);
        output.Write((byte)'}');
    }

    private static void WriteList<T>(ByteWriter output, IReadOnlyList<T> items, Action<ByteWriter, T> write)
    {
        output.Write((byte)'[');
        for (int i = 0; i < items.Count; i++)
        {
            if (i > 0)
                output.Write((byte)',');
            write(output, items[i]);
        }

        output.Write((byte)']');
    }

    private static void WriteEscape(ByteWriter output, byte value)
    {
        switch (value)
        {
            case (byte)'"':
                output.Write("\\\""u8);
                break;
            case (byte)'\\':
                output.Write("\\\\"u8);
                break;
            case (byte)'\n':
                output.Write("\\n"u8);
                break;
            case (byte)'\r':
                output.Write("\\r"u8);
                break;
            case (byte)'\t':
                output.Write("\\t"u8);
                break;
            default:
                output.Write("\\u00"u8);
                value.TryFormat(output.Reserve(2), out int size, "x2");
                output.Advance(size);
                break;
        }
    }
}
