namespace Ctrace.Repl.Rendering;

/// <summary>Text that has to stay in its column.</summary>
internal static class Cells
{
    /// <summary>Columns between two cells.</summary>
    internal const int Gap = 2;

    /// <summary>Columns that text takes: one per character (not per byte).</summary>
    internal static int Width(ReadOnlySpan<byte> text)
    {
        int width = 0;
        foreach (byte b in text)
            if ((b & 0xC0) != 0x80)
                width++;
        return width;
    }

    /// <summary>Writes a cell, filled up on one side.</summary>
    internal static void Write(ByteWriter output, ReadOnlySpan<byte> text, int width, bool right, bool last)
    {
        int fill = width - Width(text);
        output.Fill((byte)' ', right ? fill : 0);
        output.Write(text);
        output.Fill((byte)' ', last ? 0 : right ? Gap : Math.Max(0, fill) + Gap);
    }

    /// <summary>Writes text on one line: what would move the cursor is shown as an escape.</summary>
    internal static void WriteOneLine(ByteWriter output, ReadOnlySpan<byte> text)
    {
        while (text.Length > 0)
        {
            int control = text.IndexOfAnyInRange((byte)0, (byte)31);
            int delete = text.IndexOf((byte)127);
            int end = control < 0 ? delete : delete < 0 ? control : Math.Min(control, delete);
            if (end < 0)
            {
                output.Write(text);
                return;
            }

            output.Write(text[..end]);
            WriteEscape(output, text[end]);
            text = text[(end + 1)..];
        }
    }

    /// <summary>The longest beginning that fits; 0 columns means there is no limit.</summary>
    internal static ReadOnlySpan<byte> Cut(ReadOnlySpan<byte> text, int columns)
    {
        if (columns == 0 || text.Length <= columns)
            return text;
        int width = 0;
        for (int i = 0; i < text.Length; i++)
            if ((text[i] & 0xC0) != 0x80 && ++width > columns)
                return text[..i];
        return text;
    }

    private static void WriteEscape(ByteWriter output, byte value)
    {
        switch (value)
        {
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
                output.Write("\\x"u8);
                value.TryFormat(output.Reserve(2), out int size, "x2");
                output.Advance(size);
                break;
        }
    }
}
