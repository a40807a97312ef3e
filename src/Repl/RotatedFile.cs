using Ctrace.Repl.Rendering;
using Microsoft.Win32.SafeHandles;

namespace Ctrace.Repl;

/// <summary>
/// The file of <c>-o</c> with <c>--rotate</c>: when it is full it becomes <c>FILE.1</c>, what was that <c>FILE.2</c>, and so on, and the last one
/// is removed.
/// </summary>
/// <param name="name">The file.</param>
/// <param name="rotation">When, and how many.</param>
internal sealed class RotatedFile(string name, Rotation rotation) : IDisposable
{
    private SafeFileHandle _file = OutputFile.Open(name);
    private long _size;
    private bool _endsLine = true;

    /// <summary>Why nothing more can be written; null while it can.</summary>
    internal string? Problem { get; private set; }

    /// <summary>Writes lines; false where that is no longer possible.</summary>
    internal bool Write(ReadOnlySpan<byte> bytes)
    {
        try
        {
            while (!bytes.IsEmpty)
            {
                int size = PieceSize(bytes);
                if (size == 0)
                    Rotate();
                else if (!FileDescriptor.WriteAll((int)_file.DangerousGetHandle(), bytes[..size]))
                    return false;
                if (size > 0)
                    (_size, _endsLine) = (_size + size, bytes[size - 1] == (byte)'\n');
                bytes = bytes[size..];
            }

            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or UsageException)
        {
            Problem = e.Message;
            return false;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    /// <summary>How much goes into this file: whole lines. 0 where it is full.</summary>
    private int PieceSize(ReadOnlySpan<byte> bytes)
    {
        long room = Math.Max(0, rotation.Size - _size);
        if (bytes.Length <= room)
            return bytes.Length;
        int line = bytes.IndexOf((byte)'\n') + 1;
        // A line that has begun here stays here, and so does one that no file has room for.
        if (!_endsLine || _size == 0)
            return Math.Max(line == 0 ? bytes.Length : line, bytes[..(int)room].LastIndexOf((byte)'\n') + 1);
        return bytes[..(int)room].LastIndexOf((byte)'\n') + 1;
    }

    private void Rotate()
    {
        _file.Dispose();
        for (int i = rotation.Kept - 1; i >= 1; i--)
            if (File.Exists($"{name}.{i}"))
                File.Move($"{name}.{i}", $"{name}.{i + 1}", true);
        File.Move(name, $"{name}.1", true);
        _file = OutputFile.Open(name);
        _size = 0;
        _endsLine = true;
    }
}
