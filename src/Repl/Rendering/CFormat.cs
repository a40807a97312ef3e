using System.Buffers.Text;
using Ctrace.Compiler.Layouts;

namespace Ctrace.Repl.Rendering;

/// <summary>C's flags, width and precision. Widths count bytes, as C's do.</summary>
internal static class CFormat
{
    /// <summary>Text: cut to the precision, filled up to the width.</summary>
    internal static void WriteText(ByteWriter output, FormatArgument format, ReadOnlySpan<byte> text)
    {
        if (format.Conversion == 's' && format.Precision >= 0 && format.Precision < text.Length)
            text = text[..format.Precision];
        bool left = (format.Flags & FormatFlags.Left) != 0;
        int fill = format.Width - text.Length;
        output.Fill((byte)' ', left ? 0 : fill);
        output.Write(text);
        output.Fill((byte)' ', left ? fill : 0);
    }

    /// <summary>An integer that was already cut to its size.</summary>
    internal static void WriteInteger(ByteWriter output, FormatArgument format, long bits)
    {
        Span<byte> digits = stackalloc byte[64];
        bool negative = format.Conversion == 'd' && bits < 0;
        // Negating the smallest number leaves it as it is, and its bits are the right ones when read as unsigned.
        int count = Digits(format.Conversion, negative ? (ulong)-bits : (ulong)bits, digits);
        if (format.Precision == 0 && bits == 0 && format.Conversion != 'p')
            count = 0;

        int zeros = Math.Max(0, format.Precision - count);
        var prefix = Prefix(format, bits, negative, zeros, count);
        if (format.Conversion == 'o' && prefix is [(byte)'0'])
            {
            zeros++;
            prefix = default;
        }

        bool left = (format.Flags & FormatFlags.Left) != 0;
        int fill = format.Width - prefix.Length - zeros - count;
        // A precision switches the 0 flag off.
        if ((format.Flags & FormatFlags.Zero) != 0 && !left && format.Precision < 0 && fill > 0)
            (zeros, fill) = (zeros + fill, 0);

        output.Fill((byte)' ', left ? 0 : fill);
        output.Write(prefix);
        output.Fill((byte)'0', zeros);
        output.Write(digits[..count]);
        output.Fill((byte)' ', left ? fill : 0);
    }

    private static ReadOnlySpan<byte> Prefix(FormatArgument format, long bits, bool negative, int zeros, int count)
    {
        bool alternate = (format.Flags & FormatFlags.Alternate) != 0;
        return format.Conversion switch
        {
            'd' when negative => "-"u8,
            'd' when (format.Flags & FormatFlags.Plus) != 0 => "+"u8,
            'd' when (format.Flags & FormatFlags.Space) != 0 => " "u8,
            'p' when bits != 0 => "0x"u8,
            'x' when alternate && bits != 0 => "0x"u8,
            'X' when alternate && bits != 0 => "0X"u8,
            'b' when alternate && bits != 0 => "0b"u8,
            'o' when alternate && zeros == 0 && (bits != 0 || count == 0) => "0"u8,
            _ => default,
        };
    }

    private static int Digits(char conversion, ulong value, Span<byte> digits)
    {
        int count;
        switch (conversion)
        {
            case 'x' or 'p':
                value.TryFormat(digits, out count, "x");
                return count;
            case 'X':
                value.TryFormat(digits, out count, "X");
                return count;
            case 'b':
                value.TryFormat(digits, out count, "b");
                return count;
            case 'o':
                count = 0;
                for (ulong rest = value; count == 0 || rest != 0; rest >>= 3)
                    count++;
                for (int i = count - 1; i >= 0; i--, value >>= 3)
                    digits[i] = (byte)('0' + (value & 7));
                return count;
            default:
                Utf8Formatter.TryFormat(value, digits, out count);
                return count;
        }
    }
}
