using System.Buffers.Binary;
using System.Text;

namespace Ctrace.Runtime.Symbols.Dwarf;

/// <summary>Reads the numbers and texts of DWARF's sections. Beyond the end, all is zero: a broken file gives nonsense, and no exception.</summary>
internal ref struct DwarfReader(ReadOnlySpan<byte> bytes, int position)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>Where the next is read.</summary>
    public int Position { get; set; } = position;

    /// <summary>Whether nothing is left.</summary>
    public readonly bool AtEnd => Position < 0 || Position >= _bytes.Length;

    /// <summary>One byte.</summary>
    public byte Byte() => AtEnd ? (byte)0 : _bytes[Position++];

    /// <summary>Two bytes.</summary>
    public ushort Half() => (ushort)Fixed(2);

    /// <summary>Four bytes.</summary>
    public uint Word() => (uint)Fixed(4);

    /// <summary>Eight bytes.</summary>
    public ulong Long() => Fixed(8);

    /// <summary>A number of so many bytes, at most eight.</summary>
    public ulong Fixed(int size)
    {
        ulong value = 0;
        for (int i = 0; i < size; i++)
            value |= (ulong)Byte() << (8 * i);
        return value;
    }

    /// <summary>A place in a section: four bytes, or eight in the 64-bit format.</summary>
    public ulong Offset(bool isLarge) => Fixed(isLarge ? 8 : 4);

    /// <summary>An unsigned number in pieces of seven bits.</summary>
    public ulong Unsigned()
    {
        ulong value = 0;
        for (int shift = 0; !AtEnd; shift += 7)
        {
            byte b = Byte();
            value |= shift < 64 ? (ulong)(b & 0x7f) << shift : 0;
            if (b < 0x80)
                break;
        }

        return value;
    }

    /// <summary>A signed number in pieces of seven bits.</summary>
    public long Signed()
    {
        long value = 0;
        for (int shift = 0; !AtEnd;)
        {
            byte b = Byte();
            value |= shift < 64 ? (long)(b & 0x7f) << shift : 0;
            shift += 7;
            if (b >= 0x80)
                continue;
            if ((b & 0x40) != 0 && shift < 64)
                value |= -1L << shift;
            break;
        }

        return value;
    }

    /// <summary>A text that ends with a NUL.</summary>
    public string Text()
    {
        var rest = AtEnd ? default : _bytes[Position..];
        int end = rest.IndexOf((byte)0);
        var text = end < 0 ? rest : rest[..end];
        Position += text.Length + 1;
        return Encoding.UTF8.GetString(text);
    }

    /// <summary>The next bytes; fewer at the end.</summary>
    public ReadOnlySpan<byte> Take(ulong count)
    {
        var rest = AtEnd ? default : _bytes[Position..];
        var taken = rest[..(int)Math.Min((ulong)rest.Length, count)];
        Position += taken.Length;
        return taken;
    }

    /// <summary>What .debug_sup says: the name of the other file (empty in that itself), and the number that both have. Null where there is nothing.</summary>
    public static (string Name, byte[] Id)? Supplement(byte[] section)
    {
        // The version, and whether it is the other file itself.
        var reader = new DwarfReader(section, 3);
        return section.Length > 3 ? (reader.Text(), reader.Take(reader.Unsigned()).ToArray()) : null;
    }

    /// <summary>Leaves something out.</summary>
    public void Skip(ulong count) => Position = (int)Math.Min((ulong)int.MaxValue, (ulong)Position + Math.Min(count, int.MaxValue));
}
