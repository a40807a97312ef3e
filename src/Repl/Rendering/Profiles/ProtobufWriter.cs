using System.Text;

namespace Ctrace.Repl.Rendering.Profiles;

/// <summary>The wire format of protocol buffers, as much of it as profiles need: variable-length numbers, texts and messages.</summary>
internal sealed class ProtobufWriter
{
    private const int LengthDelimited = 2;

    private readonly ByteWriter _bytes = new();

    internal ReadOnlySpan<byte> Written => _bytes.Written;

    /// <summary>A field with a number; zero, the default, takes no room.</summary>
    internal void Number(int field, ulong value)
    {
        if (value == 0)
            return;
        Variable((ulong)field << 3);
        Variable(value);
    }

    /// <summary>A field with many numbers, packed.</summary>
    internal void Numbers(int field, IEnumerable<ulong> values)
    {
        var packed = new ProtobufWriter();
        foreach (ulong value in values)
            packed.Variable(value);
        Bytes(field, packed.Written);
    }

    /// <summary>A field with a text, even an empty one.</summary>
    internal void Text(int field, string text) => Bytes(field, Encoding.UTF8.GetBytes(text));

    /// <summary>A field with a message.</summary>
    internal void Message(int field, Action<ProtobufWriter> write)
    {
        var message = new ProtobufWriter();
        write(message);
        Bytes(field, message.Written);
    }

    private void Bytes(int field, ReadOnlySpan<byte> bytes)
    {
        Variable(((ulong)field << 3) | LengthDelimited);
        Variable((ulong)bytes.Length);
        _bytes.Write(bytes);
    }

    /// <summary>Seven bits in each byte, the lowest first; the top bit says that more follow.</summary>
    private void Variable(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            _bytes.Write((byte)(value | 0x80));
        _bytes.Write((byte)value);
    }
}
