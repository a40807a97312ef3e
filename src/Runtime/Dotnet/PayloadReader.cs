namespace Ctrace.Runtime.Dotnet;

/// <summary>Reads what events are made of. Beyond the end, all is zero: older runtimes write fewer fields.</summary>
internal ref struct PayloadReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>Whether nothing is left.</summary>
    public readonly bool AtEnd => _bytes.IsEmpty;

    /// <summary>How many bytes are left.</summary>
    public readonly int Left => _bytes.Length;

    /// <summary>One byte.</summary>
    public byte Byte()
    {
        if (_bytes.IsEmpty)
            return 0;
        byte value = _bytes[0];
        _bytes = _bytes[1..];
        return value;
    }

    /// <summary>A number of so many bytes, at most eight.</summary>
    public ulong Fixed(int size)
    {
        ulong value = 0;
        for (int i = 0; i < size; i++)
            value |= (ulong)Byte() << (8 * i);
        return value;
    }

    /// <summary>A number in pieces of seven bits.</summary>
    public ulong Variable()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            byte b = Byte();
            value |= (ulong)(b & 0x7f) << shift;
            if (b < 0x80)
                break;
        }

        return value;
    }

    /// <summary>The next bytes; fewer at the end.</summary>
    public ReadOnlySpan<byte> Take(int count)
    {
        var taken = _bytes[..Math.Clamp(count, 0, _bytes.Length)];
        _bytes = _bytes[taken.Length..];
        return taken;
    }

    /// <summary>Sixteen bytes.</summary>
    public Guid Guid()
    {
        var taken = Take(16);
        return taken.Length == 16 ? new Guid(taken) : default;
    }

    /// <summary>UTF-16 with a NUL at its end.</summary>
    public ReadOnlySpan<char> Characters()
    {
        var all = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, char>(_bytes);
        int end = all.IndexOf('\0');
        var text = end < 0 ? all : all[..end];
        Take((text.Length + 1) * sizeof(char));
        return text;
    }

    /// <summary>The same as a string.</summary>
    public string Text() => Characters().ToString();
}
