using Microsoft.Win32.SafeHandles;

namespace Ctrace.Repl;

/// <summary>The file of <c>-o</c>, and those of other options.</summary>
internal static class OutputFile
{
    /// <summary>Creates or empties it.</summary>
    /// <exception cref="UsageException">It can't be written.</exception>
    internal static SafeFileHandle Open(string name) => Open("-o", name, FileMode.Create);

    /// <summary>Sees to it before a trace begins that another option's file can be written at its end; what it has now is left alone.</summary>
    /// <exception cref="UsageException">It can't be written.</exception>
    internal static void Check(string option, string name) => Open(option, name, FileMode.OpenOrCreate).Dispose();

    /// <summary>Writes an option's file in one go.</summary>
    /// <exception cref="UsageException">It can't be written.</exception>
    internal static void Write(string option, string name, byte[] content)
    {
        using var file = Open(option, name, FileMode.Create);
        try
        {
            RandomAccess.Write(file, content, 0);
        }
        catch (IOException e)
        {
            throw new UsageException($"{option} {name}: {e.Message}");
        }
    }

    private static SafeFileHandle Open(string option, string name, FileMode mode)
    {
        try
        {
            return File.OpenHandle(name, mode, FileAccess.Write, FileShare.ReadWrite);
        }
        catch (DirectoryNotFoundException)
        {
            throw new UsageException($"{option} {name}: there is no such folder");
        }
        catch (UnauthorizedAccessException)
        {
            string why = Directory.Exists(name) ? "it is a directory" : "permission denied";
            throw new UsageException($"{option} {name}: {why}");
        }
        catch (Exception e) when (e is IOException or ArgumentException or NotSupportedException)
        {
            throw new UsageException($"{option} {name}: {e.Message}");
        }
    }
}
