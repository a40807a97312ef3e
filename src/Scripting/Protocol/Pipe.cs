namespace Ctrace.Scripting.Protocol;

/// <summary>Messages over two streams. Writing is safe from any thread.</summary>
internal sealed class Pipe(Stream input, Stream output)
{
    /// <summary>Larger ones are no messages of ours.</summary>
    private const int Largest = 256 << 20;

    private readonly Lock _writing = new();

    /// <summary>Sends a message.</summary>
    /// <exception cref="IOException">The other side is gone.</exception>
    internal void Send(Message kind, Action<BinaryWriter>? content = null)
    {
        var memory = new MemoryStream();
        using var writer = new BinaryWriter(memory);
        writer.Write(0);
        writer.Write((byte)kind);
        content?.Invoke(writer);
        writer.Flush();
        memory.Position = 0;
        writer.Write((int)memory.Length - 4);
        writer.Flush();
        lock (_writing)
        {
            output.Write(memory.GetBuffer(), 0, (int)memory.Length);
            output.Flush();
        }
    }

    /// <summary>The next message; null when the other side is gone.</summary>
    internal (Message Kind, BinaryReader Content)? Receive()
    {
        try
        {
            Span<byte> head = stackalloc byte[4];
            input.ReadExactly(head);
            int length = System.Buffers.Binary.BinaryPrimitives.ReadInt32LittleEndian(head);
            if (length is < 1 or > Largest)
                return null;
            byte[] bytes = new byte[length];
            input.ReadExactly(bytes);
            return ((Message)bytes[0], new BinaryReader(new MemoryStream(bytes, 1, length - 1, false)));
        }
        catch (IOException)
        {
            return null;
        }
        catch (ObjectDisposedException)
        {
            return null;
        }
    }
}
