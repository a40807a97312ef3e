using System.Buffers.Binary;
using System.Text;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>Writes streams as .NET runtimes do, from the format's description.</summary>
internal sealed class NettraceStream
{
    private readonly MemoryStream _bytes = new();

    /// <summary>Begins one.</summary>
    public NettraceStream(int version = 4, int wordSize = 8, long frequency = 1_000_000_000)
    {
        _bytes.Write("Nettrace"u8);
        Name("!FastSerialization.1");
        byte[] header = new byte[48];
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(24), frequency);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(32), wordSize);
        Object("Trace", version, () => _bytes.Write(header));
    }

    /// <summary>Its bytes, with the end or without.</summary>
    public byte[] ToArray(bool ended = true) => [.. _bytes.ToArray(), .. ended ? (byte[])[1] : []];

    /// <summary>What a kind of events is.</summary>
    public NettraceStream Kind(int kind, string provider, int id) => Block("MetadataBlock", [.. Header(), .. Event(0, 0, 0, 0, 0, [.. Int(kind), .. Text(provider), .. Int(id)])]);

    /// <summary>A block of events: each has a kind, a number and a thread, a time, a stack, fields, and may be the first of what is in order.</summary>
    public NettraceStream Events(params (int Kind, uint Sequence, long Thread, long Time, int Stack, byte[] Fields, bool Sorted)[] events)
    {
        var block = new List<byte>(Header());
        uint sequence = 0;
        long time = 0;
        foreach (var e in events)
        {
            block.AddRange(Event(e.Kind, e.Sequence - sequence - 1, e.Thread, e.Time - time, e.Stack, e.Fields, e.Sorted));
            (sequence, time) = (e.Sequence, e.Time);
        }

        return Block("EventBlock", [.. block]);
    }

    /// <summary>Stacks by number.</summary>
    public NettraceStream Stacks(int first, params ulong[][] stacks) =>
        Block("StackBlock", [.. Int(first), .. Int(stacks.Length), .. stacks.SelectMany(s => Int(s.Length * 8).Concat(s.SelectMany(BitConverter.GetBytes)))]);

    /// <summary>The numbers of the threads' last events.</summary>
    public NettraceStream Point(params (long Thread, int Sequence)[] threads) =>
        Block("SPBlock", [.. BitConverter.GetBytes(0L), .. Int(threads.Length), .. threads.SelectMany(t => BitConverter.GetBytes(t.Thread).Concat(Int(t.Sequence)))]);

    /// <summary>A block of any kind.</summary>
    public NettraceStream Block(string type, byte[] content, int? length = null)
    {
        Object(type, 2, () =>
        {
            _bytes.Write(Int(length ?? content.Length));
            while (_bytes.Length % 4 != 0)
                _bytes.WriteByte(0);
            _bytes.Write(content);
        });
        return this;
    }

    /// <summary>UTF-16 with a NUL.</summary>
    public static byte[] Text(string text) => Encoding.Unicode.GetBytes(text + '\0');

    /// <summary>Four bytes.</summary>
    public static byte[] Int(int value) => BitConverter.GetBytes(value);

    private void Object(string type, int version, Action content)
    {
        _bytes.Write([5, 5, 1]);
        _bytes.Write(Int(version));
        _bytes.Write(Int(0));
        Name(type);
        _bytes.WriteByte(6);
        content();
        _bytes.WriteByte(6);
    }

    private void Name(string name)
    {
        _bytes.Write(Int(name.Length));
        _bytes.Write(Encoding.UTF8.GetBytes(name));
    }

    /// <summary>20 bytes, the second number says that events are compressed.</summary>
    private static byte[] Header() => [20, 0, 1, 0, .. new byte[16]];

    private static byte[] Event(int kind, uint sequence, long thread, long time, int stack, byte[] fields, bool sorted = false) =>
        [(byte)(1 | 2 | 4 | 8 | 128 | (sorted ? 64 : 0)), .. Variable((ulong)kind), .. Variable(sequence), .. Variable((ulong)thread), 0, .. Variable((ulong)thread), .. Variable((ulong)stack), .. Variable((ulong)time), .. Variable((ulong)fields.Length), .. fields];

    private static IEnumerable<byte> Variable(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            yield return (byte)(value | 0x80);
        yield return (byte)value;
    }
}
