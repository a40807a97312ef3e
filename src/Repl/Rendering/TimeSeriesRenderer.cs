using System.Globalization;
using Ctrace.Compiler.Values;

namespace Ctrace.Repl.Rendering;

/// <summary>Draws values over time as bpftrace does: one line for each interval, a star where its value is between the least and the largest.</summary>
public static class TimeSeriesRenderer
{
    /// <summary>Columns between the two ends.</summary>
    private const int Width = 52;

    /// <summary>The drawing; nothing for a series without values.</summary>
    public static void Write(ByteWriter output, TimeSeriesValue series)
    {
        if (series.Points.IsEmpty)
            return;
        var numbers = series.Points.Select(p => Number(p.Value)).ToList();
        var (least, largest) = (numbers.Min(), numbers.Max());
        if (least == largest)
            (least, largest) = (least - 1, largest + 1);
        var (header, format) = series.Points.Length == 1 || series.Interval % 1000 != 0 ? ("hh:mm:ss.ns", "HH:mm:ss.fffffff")
            : series.Interval % 1_000_000 != 0 ? ("hh:mm:ss.μs", "HH:mm:ss.ffffff")
            : series.Interval % 1_000_000_000 != 0 ? ("hh:mm:ss.ms", "HH:mm:ss.fff") : ("hh:mm:ss", "HH:mm:ss");
        bool nanoseconds = format.EndsWith("fffffff", StringComparison.Ordinal);
        int indent = format.Length + (nanoseconds ? 2 : 0);
        Scale(output, indent, least, largest);
        output.Write(header.PadRight(indent));
        Edge(output, '|');
        int next = 0;
        long last = series.Points[^1].Start;
        for (long start = series.Points[0].Start; start <= last; start += series.Interval)
        {
            var time = DateTimeOffset.UnixEpoch.AddTicks(start / 100).ToLocalTime();
            output.Write(time.ToString(format, CultureInfo.InvariantCulture));
            if (nanoseconds)
                output.Write($"{start % 100:00}");
            Int128? value = series.Points[next].Start == start ? numbers[next++] : null;
            Line(output, least, largest, value);
        }

        output.Fill((byte)' ', indent);
        Edge(output, 'v');
        Scale(output, indent, least, largest);
    }

    private static Int128 Number(TraceValue value) => value is NumberValue { Signed: false } number ? (ulong)number.Bits : ((NumberValue)value).Bits;

    private static void Scale(ByteWriter output, int indent, Int128 least, Int128 largest)
    {
        string low = least.ToString(CultureInfo.InvariantCulture), high = largest.ToString(CultureInfo.InvariantCulture);
        output.Fill((byte)' ', indent + 1);
        output.Write(low);
        output.Fill((byte)' ', Math.Max(1, Width + 1 - low.Length - high.Length));
        output.Write(high + "\n");
    }

    private static void Edge(ByteWriter output, char end) => output.Write($" {end}{new string('_', Width - 1)}{end}\n");

    private static void Line(ByteWriter output, Int128 least, Int128 largest, Int128? value)
    {
        Span<char> columns = stackalloc char[Width + 1];
        columns.Fill(' ');
        columns[0] = columns[Width] = '|';
        var range = largest - least;
        if (least < 0 && largest > 0)
            columns[(int)((-least * Width * 2 + range) / (range * 2))] = '.';
        if (value is { } known)
            columns[(int)((known - least) * Width / range)] = '*';
        output.Write($" {columns} {(value is { } shown ? shown.ToString(CultureInfo.InvariantCulture) : "-")}\n");
    }
}
