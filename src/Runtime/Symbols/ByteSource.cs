using Microsoft.Win32.SafeHandles;

namespace Ctrace.Runtime.Symbols;

/// <summary>Bytes that are read piece by piece: a file, or what a file holds in compressed form.</summary>
internal abstract class ByteSource
{
    /// <summary>Reads as many bytes as there are from a place on.</summary>
    /// <returns>How many.</returns>
    public abstract int Read(Span<byte> target, long offset);

    /// <summary>Closes the file, if it is one.</summary>
    public virtual void Close()
    {
    }

    /// <summary>A file's bytes.</summary>
    public static ByteSource Of(SafeFileHandle file) => new FileBytes(file);

    /// <summary>Bytes in memory.</summary>
    public static ByteSource Of(byte[] bytes) => new MemoryBytes(bytes);

    private sealed class FileBytes(SafeFileHandle file) : ByteSource
    {
        public override int Read(Span<byte> target, long offset)
        {
            int total = 0;
            try
            {
                while (total < target.Length && RandomAccess.Read(file, target[total..], offset + total) is > 0 and var count)
                    total += count;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException)
            {
                // What can't be read is not there.
            }

            return total;
        }

        public override void Close() => file.Dispose();
    }

    private sealed class MemoryBytes(byte[] bytes) : ByteSource
    {
        public override int Read(Span<byte> target, long offset)
        {
            if (offset < 0 || offset >= bytes.Length)
                return 0;
            int count = (int)Math.Min(target.Length, bytes.Length - offset);
            bytes.AsSpan((int)offset, count).CopyTo(target);
            return count;
        }
    }
}
