using System.Text;
using System.Text.Unicode;
using Ctrace.Compiler.Text;
using Microsoft.Win32.SafeHandles;

namespace Ctrace.Repl;

/// <summary>Gets a program's text, and says in one line what is wrong with it when it is no text.</summary>
public static class SourceReader
{
    private const int LargestProgram = 1 << 20;

    /// <summary>The program that was asked for.</summary>
    public static SourceText Read(Request request)
    {
        if (request.Program is { } program)
            return Check(Encoding.UTF8.GetBytes(program), "-e");
        if (request.File is "-")
            return Check(ReadAll(new FileStream(new SafeFileHandle(0, false), FileAccess.Read, 0)), "stdin");
        return Check(ReadFile(request.File!), request.File!);
    }

    private static byte[] ReadFile(string name)
    {
        try
        {
            if (Directory.Exists(name))
                throw new UsageException($"{name} is a directory, not a program");
            return ReadAll(new FileStream(name, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 0));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UsageException($"there is no file {name} (to give the program itself, use -e)");
        }
        catch (UnauthorizedAccessException)
        {
            throw new UsageException($"{name} can't be read: permission denied");
        }
        catch (Exception e) when (e is IOException or ArgumentException or NotSupportedException)
        {
            throw new UsageException($"{name} can't be read: {e.Message}");
        }
    }

    private static byte[] ReadAll(FileStream stream)
    {
        using (stream)
        {
            var buffer = new byte[LargestProgram + 1]; // untouched pages cost nothing
            int size = 0, read;
            while (size < buffer.Length && (read = stream.Read(buffer, size, buffer.Length - size)) > 0)
                size += read;
            return buffer[..size];
        }
    }

    private static SourceText Check(byte[] bytes, string name)
    {
        if (bytes.Length > LargestProgram)
            throw new RefusedException($"{name}: the program is too large (more than 1 MiB)");
        if (!Utf8.IsValid(bytes) || bytes.AsSpan().Contains((byte)0))
            throw new RefusedException($"{name}: this is no program text (it is not UTF-8)");
        string text = Encoding.UTF8.GetString(bytes);
        if (string.IsNullOrWhiteSpace(text))
            throw new RefusedException($"{name}: the program is empty");
        // A byte order mark, as some editors leave it.
        return new SourceText(text.TrimStart('\uFEFF'), name);
    }
}
