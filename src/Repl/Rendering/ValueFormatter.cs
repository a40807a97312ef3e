using System.Collections.Immutable;
using Ctrace.Compiler.Values;
using Ctrace.Runtime.Symbols;

namespace Ctrace.Repl.Rendering;

/// <summary>Values as plain text, the way bpftrace shows them. The one place that knows all the shapes.</summary>
/// <param name="clock">Shows timestamps.</param>
/// <param name="symbols">Names addresses; this machine's by default.</param>
public sealed class ValueFormatter(Clock clock, Symbolizer? symbols = null)
{
    private readonly NameResolver _names = new(symbols ??= new Symbolizer());

    /// <summary>Shows stacks.</summary>
    public StackRenderer Stacks { get; } = new(symbols ?? new Symbolizer());

    /// <summary>Shows moments.</summary>
    public Clock Clock => clock;

    /// <summary>Writes a value.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="value">What.</param>
    public void Write(ByteWriter output, TraceValue value)
    {
        switch (value)
        {
            case NumberValue { Signed: true } number:
                output.WriteNumber(number.Bits);
                break;
            case NumberValue number:
                output.WriteNumber((ulong)number.Bits);
                break;
            case DecimalValue number:
                output.Write(System.Text.Encoding.ASCII.GetBytes(number.Value.ToString("0.0", System.Globalization.CultureInfo.InvariantCulture)));
                break;
            case StackValue stack:
                Stacks.Write(output, stack);
                break;
            case EnumValue { Label: { } label }:
                output.Write(System.Text.Encoding.UTF8.GetBytes(label));
                break;
            case EnumValue choice:
                Write(output, choice.Number);
                break;
            case ArrayValue array:
                output.Write((byte)'[');
                WriteList(output, array.Items, ","u8);
                output.Write((byte)']');
                break;
            case RecordValue record:
                WriteRecord(output, record);
                break;
            case BoolValue flag:
                output.Write(flag.Value ? "true"u8 : "false"u8);
                break;
            case AddressValue address:
                output.WriteAddress(address.Address);
                break;
            case TextValue text:
                output.Write(text.Bytes.Span);
                break;
            case TimestampValue time:
                clock.Write(output, time.BootNanoseconds, time.Format);
                break;
            case TupleValue tuple:
                output.Write((byte)'(');
                WriteList(output, tuple.Items, ", "u8);
                output.Write((byte)')');
                break;
            case StatsValue stats:
                output.Write("{ .count = "u8);
                output.WriteNumber(stats.Count);
                output.Write(", .average = "u8);
                Write(output, new NumberValue(stats.Average, stats.Signed));
                output.Write(", .total = "u8);
                Write(output, new NumberValue(stats.Total, stats.Signed));
                output.Write(" }"u8);
                break;
            case HistogramValue histogram:
                HistogramRenderer.Write(output, histogram);
                break;
            case TimeSeriesValue series:
                TimeSeriesRenderer.Write(output, series);
                break;
            case BufferValue buffer:
                BufferText.WriteEscaped(output, buffer.Bytes.Span);
                break;
            case BytesValue array:
                BufferText.WriteNumbers(output, array.Bytes.Span);
                break;
            case InternetAddressValue address:
                AddressText.Write(output, address);
                break;
            case HardwareAddressValue address:
                AddressText.Write(output, address);
                break;
            case LookupValue lookup:
                output.Write(_names.Find(lookup.Kind, lookup.Number));
                break;
            case UserSymbolValue symbol:
                output.Write(_names.FindUserSymbol(symbol.Address, symbol.Process));
                break;
            default:
                throw new InvalidOperationException($"no text for {value.GetType().Name}");
        }
    }

    /// <summary>Writes a tuple's items without the parentheses, as keys are shown.</summary>
    public void WriteList(ByteWriter output, TupleValue tuple) => WriteList(output, tuple.Items, ", "u8);

    private void WriteList(ByteWriter output, ImmutableArray<TraceValue> items, ReadOnlySpan<byte> separator)
    {
        for (int i = 0; i < items.Length; i++)
        {
            if (i > 0)
                output.Write(separator);
            Write(output, items[i]);
        }
    }

    private void WriteRecord(ByteWriter output, RecordValue record)
    {
        output.Write("{ "u8);
        for (int i = 0; i < record.Members.Length; i++)
        {
            output.Write(i > 0 ? ", ."u8 : "."u8);
            output.Write(System.Text.Encoding.UTF8.GetBytes(record.Members[i].Name));
            output.Write(" = "u8);
            Write(output, record.Members[i].Value);
        }

        output.Write(" }"u8);
    }

    /// <summary>A value divided as <c>print(@m, top, div)</c> does: of stats only the average, of a histogram the counts.</summary>
    public static TraceValue Divide(TraceValue value, long divisor) => divisor is 0 or 1 ? value : value switch
    {
        NumberValue number => new NumberValue(Divide(number.Bits, number.Signed, divisor), number.Signed),
        DecimalValue number => new DecimalValue(number.Value / divisor),
        StatsValue stats => stats with { Average = Divide(stats.Average, stats.Signed, divisor) },
        TupleValue tuple => new TupleValue([.. tuple.Items.Select(i => Divide(i, divisor))]),
        HistogramValue histogram => new HistogramValue(
            [.. histogram.Buckets.Select(b => b with { Count = b.Count / (ulong)divisor })]),
        _ => value,
    };

    private static long Divide(long bits, bool signed, long divisor) =>
        // The one quotient that does not fit: minus the smallest number.
        signed ? divisor == -1 ? unchecked(-bits) : bits / divisor : (long)((ulong)bits / (ulong)divisor);
}
