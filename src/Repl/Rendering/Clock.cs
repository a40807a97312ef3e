using System.Runtime.InteropServices;
using System.Text;

namespace Ctrace.Repl.Rendering;

/// <summary>
/// Shows moments as <c>strftime</c> does (the C library's own, so every conversion and the local time zone are there),
/// with <c>%f</c> for microseconds. The kernel counts from boot, people from 1970.
/// </summary>
public sealed partial class Clock
{
    private const int Realtime = 0, Boottime = 7;
    private const long NanosecondsPerSecond = 1_000_000_000;

    private readonly Dictionary<string, TimeFormat> _formats = [];
    private readonly Func<long> _bootToRealtime;
    private long _offset;
    private ulong _offsetMeasured;
    private bool _measured;

    /// <summary>The clock of this machine.</summary>
    public Clock() : this(static () => Read(Realtime) - Read(Boottime))
    {
    }

    /// <summary>A clock with a given distance in nanoseconds from boot time to 1970.</summary>
    public Clock(Func<long> bootToRealtime) => _bootToRealtime = bootToRealtime;

    /// <summary>Writes a boot-time moment in a strftime format.</summary>
    public void Write(ByteWriter output, ulong bootNanoseconds, string format)
    {
        if (!_formats.TryGetValue(format, out var compiled))
            _formats[format] = compiled = new TimeFormat(format);
        compiled.Write(output, ToUnixNanoseconds(bootNanoseconds));
    }

    /// <summary>A boot-time moment in nanoseconds since 1970.</summary>
    public long ToUnixNanoseconds(ulong bootNanoseconds)
    {
        // The wall clock is adjusted now and then: look again once a second.
        if (!_measured || bootNanoseconds - _offsetMeasured > NanosecondsPerSecond)
        {
            _offset = _bootToRealtime();
            _offsetMeasured = bootNanoseconds;
            _measured = true;
        }

        return (long)bootNanoseconds + _offset;
    }

    private static unsafe long Read(int clock)
    {
        long* time = stackalloc long[2];
        _ = GetTime(clock, time);
        return time[0] * NanosecondsPerSecond + time[1];
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static unsafe partial int GetTime(int clock, long* time);

    /// <summary>
    /// A format, cut at each part of a second: <c>%f</c> microseconds, <c>%l</c> milliseconds, <c>%k</c> nanoseconds (bpftrace's letters). The text of the
    /// last second is kept, because events come in bursts.
    /// </summary>
    private sealed partial class TimeFormat
    {
        private readonly byte[][] _pieces;
        private readonly byte[][] _texts;
        private readonly int[] _digits;
        private long _second = long.MinValue;

        internal TimeFormat(string format)
        {
            var pieces = new List<byte[]>();
            var piece = new StringBuilder();
            var digits = new List<int>();
            for (int i = 0; i < format.Length; i++)
            {
                if (format[i] != '%' || i + 1 == format.Length)
                {
                    piece.Append(format[i]);
                }
                else if (DigitsOf(format[++i]) is > 0 and var wanted)
                {
                    digits.Add(wanted);
                    pieces.Add(Terminated(piece));
                    piece.Clear();
                }
                else
                {
                    piece.Append('%').Append(format[i]);
                }
            }

            pieces.Add(Terminated(piece));
            _pieces = [.. pieces];
            _texts = new byte[_pieces.Length][];
            _digits = [.. digits];
        }

        internal void Write(ByteWriter output, long nanoseconds)
        {
            long second = Math.DivRem(nanoseconds, NanosecondsPerSecond, out long rest);
            if (rest < 0)
                (second, rest) = (second - 1, rest + NanosecondsPerSecond);
            if (second != _second)
            {
                for (int i = 0; i < _pieces.Length; i++)
                    _texts[i] = Format(_pieces[i], second);
                _second = second;
            }

            output.Write(_texts[0]);
            for (int i = 1; i < _texts.Length; i++)
            {
                long part = rest;
                var digits = output.Reserve(9);
                for (int d = 8; d >= 0; d--, part /= 10)
                    digits[d] = (byte)('0' + part % 10);
                output.Advance(_digits[i - 1]);
                output.Write(_texts[i]);
            }
        }

        /// <summary>How many digits of the second a letter stands for; 0 for what strftime() knows.</summary>
        private static int DigitsOf(char letter) => letter switch { 'f' => 6, 'l' => 3, 'k' => 9, _ => 0 };

        /// <summary>A character after the format tells an empty result from one that did not fit.</summary>
        private static byte[] Terminated(StringBuilder piece) => Encoding.UTF8.GetBytes(piece.Append("!\0").ToString());

        private static unsafe byte[] Format(byte[] format, long second)
        {
            // struct tm takes 56 bytes on every 64-bit Linux.
            long* time = stackalloc long[8];
            if (ToLocalTime(&second, time) == null)
                return [];
            for (int size = 256; size <= 1 << 16; size *= 4)
            {
                var text = new byte[size];
                nuint written;
                fixed (byte* start = text, spec = format)
                    written = FormatTime(start, (nuint)size, spec, time);
                if (written > 0)
                    return text[..((int)written - 1)];
            }

            return [];
        }

        [LibraryImport("libc", EntryPoint = "localtime_r")]
        private static unsafe partial void* ToLocalTime(long* second, long* time);

        [LibraryImport("libc", EntryPoint = "strftime")]
        private static unsafe partial nuint FormatTime(byte* text, nuint size, byte* format, long* time);
    }
}
