using System.Buffers.Text;
using System.Text;

namespace Ctrace.Repl.Rendering;

/// <summary>Bytes that are written one after another: what all text is made in, without strings in between.</summary>
/// <param name="capacity">Room to begin with.</param>
public class ByteWriter(int capacity = 256)
{
    /// <summary>The bytes; only the first <see cref="Count"/> count.</summary>
    protected byte[] Buffer { get; private set; } = new byte[capacity];

    /// <summary>Number of bytes written.</summary>
    public int Count { get; protected set; }

    /// <summary>What was written.</summary>
    public ReadOnlySpan<byte> Written => Buffer.AsSpan(0, Count);

    /// <summary>Forgets what was written.</summary>
    public void Clear() => Count = 0;

    /// <summary>Room for at least so many bytes; <see cref="Advance"/> says how many were used.</summary>
    public Span<byte> Reserve(int size)
    {
        if (Buffer.Length - Count < size)
            MakeRoom(size);
        return Buffer.AsSpan(Count);
    }

    /// <summary>Takes bytes that were put into <see cref="Reserve"/>'s span.</summary>
    public void Advance(int size) => Count += size;

    /// <summary>Writes bytes.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Reserve(bytes.Length));
        Count += bytes.Length;
    }

    /// <summary>Writes one byte.</summary>
    public void Write(byte value)
    {
        Reserve(1)[0] = value;
        Count++;
    }

    /// <summary>Writes text as UTF-8.</summary>
    public void Write(string text)
    {
        // Not "Count += …" in one: making room may empty the buffer, after the left side was read.
        int size = Encoding.UTF8.GetBytes(text, Reserve(Encoding.UTF8.GetMaxByteCount(text.Length)));
        Count += size;
    }

    /// <summary>Writes the same byte several times.</summary>
    public void Fill(byte value, int times)
    {
        if (times <= 0)
            return;
        Reserve(times)[..times].Fill(value);
        Count += times;
    }

    /// <summary>Writes a number in decimal.</summary>
    public void WriteNumber(long value)
    {
        Utf8Formatter.TryFormat(value, Reserve(20), out int size);
        Count += size;
    }

    /// <summary>Writes a number in decimal.</summary>
    public void WriteNumber(ulong value)
    {
        Utf8Formatter.TryFormat(value, Reserve(20), out int size);
        Count += size;
    }

    /// <summary>Writes an address as people know it: <c>0x7ffe</c>.</summary>
    public void WriteAddress(ulong value)
    {
        Write("0x"u8);
        value.TryFormat(Reserve(16), out int size, "x");
        Count += size;
    }

    /// <summary>Makes place for more bytes, by growing unless there is a better way.</summary>
    protected virtual void MakeRoom(int size)
    {
        var larger = new byte[Math.Max(Buffer.Length * 2, Count + size)];
        Written.CopyTo(larger);
        Buffer = larger;
    }
}
