using System.Runtime.InteropServices;

namespace Ctrace.Repl.Rendering;

/// <summary>
/// Output to a file descriptor. It goes out line by line to a terminal and in blocks elsewhere. When the reader is gone
/// (<c>| head</c>) the rest is dropped quietly and <see cref="IsBroken"/> says so.
/// </summary>
public sealed class OutputStream : ByteWriter
{
    private const int BlockSize = 64 << 10;

    private readonly Func<ReadOnlySpan<byte>, bool> _write;

    /// <summary>Output to a file descriptor.</summary>
    public OutputStream(int descriptor) : base(BlockSize)
    {
        _write = bytes => FileDescriptor.WriteAll(descriptor, bytes);
        IsTerminal = FileDescriptor.IsTerminal(descriptor);
        Width = IsTerminal ? FileDescriptor.TerminalWidth(descriptor) : 0;
    }

    /// <summary>Output to anything else; the function says whether there is still a reader.</summary>
    public OutputStream(Func<ReadOnlySpan<byte>, bool> write, int width = 0) : base(BlockSize) =>
        (_write, Width, IsTerminal) = (write, width, width > 0);

    /// <summary>Whether a person is looking.</summary>
    public bool IsTerminal { get; }

    /// <summary>Columns of the terminal; 0 where there is none: nothing is cut.</summary>
    public int Width { get; init; }

    /// <summary>When what was printed goes out (<c>-B</c>).</summary>
    public Buffering Buffering { get; init; }

    /// <summary>Whether the reader is gone.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>To be called after a piece of output: a terminal sees each line at once.</summary>
    public void EndPiece()
    {
        bool lines = Buffering == Buffering.Line || Buffering == Buffering.Usual && IsTerminal;
        if (Buffering == Buffering.None || lines && Count > 0 && Buffer[Count - 1] == (byte)'\n')
            Flush();
    }

    /// <summary>Writes out what was held back, unless that is to be done only when there is no more room.</summary>
    public void Flush()
    {
        if (Buffering != Buffering.Full)
            Finish();
    }

    /// <summary>Writes out what was held back.</summary>
    public void Finish()
    {
        if (Count > 0 && !IsBroken)
            IsBroken = !_write(Written);
        Count = 0;
    }

    /// <inheritdoc/>
    protected override void MakeRoom(int size)
    {
        Finish();
        if (size > Buffer.Length)
            base.MakeRoom(size);
    }
}

/// <summary>When output goes out.</summary>
public enum Buffering
{
    /// <summary>At each line to a terminal; elsewhere when there is nothing else to do, or no more room.</summary>
    Usual,

    /// <summary>At once.</summary>
    None,

    /// <summary>At the end of each line.</summary>
    Line,

    /// <summary>When there is no more room, and at the end.</summary>
    Full,
}

/// <summary>The few system calls that output needs. .NET's console layer costs milliseconds at the start.</summary>
internal static partial class FileDescriptor
{
    private const int Interrupted = 4, TryAgain = 11;

    /// <summary>Writes everything; false when that is no longer possible (the reader is gone, the disk is full).</summary>
    internal static unsafe bool WriteAll(int descriptor, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            nint written;
            fixed (byte* start = bytes)
                written = Write(descriptor, start, (nuint)bytes.Length);
            if (written >= 0)
            {
                bytes = bytes[(int)written..];
                continue;
            }

            int error = Marshal.GetLastPInvokeError();
            if (error == TryAgain)
                WaitUntilWritable(descriptor);
            else if (error != Interrupted)
                return false;
        }

        return true;
    }

    internal static bool IsTerminal(int descriptor) => IsATerminal(descriptor) == 1;

    internal static unsafe int TerminalWidth(int descriptor)
    {
        const nuint getWindowSize = 0x5413; // TIOCGWINSZ: rows, columns, and two words in pixels
        ushort* size = stackalloc ushort[4];
        return IoControl(descriptor, getWindowSize, size) == 0 && size[1] > 0 ? size[1] : 80;
    }

    /// <summary>A descriptor shared with a program that made it non-blocking: wait instead of spinning.</summary>
    private static unsafe void WaitUntilWritable(int descriptor)
    {
        const long writable = 4; // POLLOUT
        long poll = (uint)descriptor | (writable << 32); // struct pollfd: int fd, short events, short revents
        _ = Poll(&poll, 1, -1);
    }

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static unsafe partial nint Write(int descriptor, byte* bytes, nuint size);

    [LibraryImport("libc", EntryPoint = "poll")]
    private static unsafe partial int Poll(long* descriptors, nuint count, int timeout);

    [LibraryImport("libc", EntryPoint = "isatty")]
    private static partial int IsATerminal(int descriptor);

    [LibraryImport("libc", EntryPoint = "ioctl")]
    private static unsafe partial int IoControl(int descriptor, nuint request, ushort* argument);
}
