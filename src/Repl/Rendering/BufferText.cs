namespace Ctrace.Repl.Rendering;

/// <summary>Bytes that need not be text.</summary>
internal static class BufferText
{
    /// <summary>What can be printed as it is, all else as <c>\x</c> and two digits.</summary>
    internal static void WriteEscaped(ByteWriter output, ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes)
        {
            if (value is >= 32 and < 127)
            {
                output.Write(value);
                continue;
            }

            output.Write("\\x"u8);
            WriteDigits(output, value);
        }
    }

    /// <summary>Two digits for each byte, with something before each.</summary>
    internal static void WriteHexadecimal(ByteWriter output, ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> before, bool beforeFirst)
    {
        for (int i = 0; i < bytes.Length; i++)
        {
            if (i > 0 || beforeFirst)
                output.Write(before);
            WriteDigits(output, bytes[i]);
        }
    }

    /// <summary><c>[1,2,3]</c></summary>
    internal static void WriteNumbers(ByteWriter output, ReadOnlySpan<byte> bytes)
    {
        output.Write((byte)'[');
        for (int i = 0; i < bytes.Length; i++)
        {
            if (i > 0)
                output.Write((byte)',');
            output.WriteNumber((ulong)bytes[i]);
        }

        output.Write((byte)']');
    }

    private static void WriteDigits(ByteWriter output, byte value)
    {
        value.TryFormat(output.Reserve(2), out int size, "x2");
        output.Advance(size);
    }
}
