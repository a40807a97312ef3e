using System.Runtime.InteropServices;

namespace Ctrace.Repl.Prompting;

/// <summary>
/// The terminal's mode while the prompt has it: keys come one by one, unechoed, and Ctrl-C is a key. .NET's console would
/// echo what is typed while nobody waits for a key.
/// </summary>
internal sealed unsafe partial class TerminalMode : IDisposable
{
    /// <summary>More than a struct termios has on any CPU.</summary>
    private const int Size = 128;

    private const int Now = 0;

    private const short Readable = 1;

    private const int Interrupted = 4, TryAgain = 11;

    private static TerminalMode? current;

    private readonly byte[] _before = new byte[Size];

    private TerminalMode()
    {
    }

    /// <summary>Whether the prompt can be used: both ends are a terminal.</summary>
    internal static bool IsTerminal => IsATerminal(0) == 1 && IsATerminal(1) == 1;

    /// <summary>Takes the terminal.</summary>
    internal static TerminalMode Enter()
    {
        var mode = new TerminalMode();
        fixed (byte* before = mode._before)
        {
            if (GetAttributes(0, before) != 0)
                throw new RefusedException("the terminal's mode can't be read");
            byte* raw = stackalloc byte[Size];
            new Span<byte>(before, Size).CopyTo(new Span<byte>(raw, Size));
            MakeRaw(raw);
            _ = SetAttributes(0, Now, raw);
        }

        return current = mode;
    }

    /// <summary>Gives the terminal back as it was, if it was taken: before the process ends in any way.</summary>
    internal static void Restore() => current?.Dispose();

    /// <summary>Columns and rows.</summary>
    internal static (int Width, int Height) WindowSize()
    {
        const nuint getWindowSize = 0x5413; // TIOCGWINSZ
        ushort* size = stackalloc ushort[4];
        return IoControl(1, getWindowSize, size) == 0 && size[1] > 0 && size[0] > 0 ? (size[1], size[0]) : (80, 24);
    }

    /// <summary>Waits for keys.</summary>
    internal static bool WaitForKeys(int milliseconds)
    {
        long poll = (long)Readable << 32; // struct pollfd of descriptor 0
        return Poll(&poll, 1, milliseconds) > 0;
    }

    /// <summary>Reads what was typed; 0 bytes at the end of the input.</summary>
    internal static int Read(Span<byte> bytes)
    {
        fixed (byte* start = bytes)
            return (int)Math.Max(0, ReadInput(0, start, (nuint)bytes.Length));
    }

    /// <summary>Writes to the terminal, all of it.</summary>
    internal static void Write(string text)
    {
        byte[] bytes = System.Text.Encoding.UTF8.GetBytes(text);
        fixed (byte* start = bytes)
        {
            for (int done = 0; done < bytes.Length;)
            {
                nint count = WriteOutput(1, start + done, (nuint)(bytes.Length - done));
                if (count <= 0 && Marshal.GetLastPInvokeError() is not (Interrupted or TryAgain))
                    return;
                done += (int)Math.Max(0, count);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.CompareExchange(ref current, null, this) != this)
            return;
        fixed (byte* before = _before)
            _ = SetAttributes(0, Now, before);
    }

    [LibraryImport("libc", EntryPoint = "isatty")]
    private static partial int IsATerminal(int descriptor);

    [LibraryImport("libc", EntryPoint = "tcgetattr")]
    private static partial int GetAttributes(int descriptor, byte* attributes);

    [LibraryImport("libc", EntryPoint = "tcsetattr")]
    private static partial int SetAttributes(int descriptor, int when, byte* attributes);

    [LibraryImport("libc", EntryPoint = "cfmakeraw")]
    private static partial void MakeRaw(byte* attributes);

    [LibraryImport("libc", EntryPoint = "ioctl")]
    private static partial int IoControl(int descriptor, nuint request, ushort* argument);

    [LibraryImport("libc", EntryPoint = "poll")]
    private static partial int Poll(long* descriptors, nuint count, int timeout);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint WriteOutput(int descriptor, byte* bytes, nuint count);

    [LibraryImport("libc", EntryPoint = "read")]
    private static partial nint ReadInput(int descriptor, byte* bytes, nuint count);
}
