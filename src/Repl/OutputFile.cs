using Microsoft.Win32.SafeHandles;

namespace Ctrace.Repl;

/// <summary>The file of <c>-o</c>.</summary>
internal static class OutputFile
{
    /// <summary>Creates or empties it.</summary>
    /// <exception cref="UsageException">It can't be written.</exception>
    internal static SafeFileHandle Open(string name)
    {
        try
        {
            return File.OpenHandle(name, FileMode.Create, FileAccess.Write, FileShare.ReadWrite);
        }
        catch (DirectoryNotFoundException)
        {
            throw new UsageException($"-o {name}: there is no such folder");
        }
        catch (UnauthorizedAccessException)
        {
            string why = Directory.Exists(name) ? "it is a directory" : "permission denied";
            throw new UsageException($"-o {name}: {why}");
        }
        catch (Exception e) when (e is IOException or ArgumentException or NotSupportedException)
        {
            throw new UsageException($"-o {name}: {e.Message}");
        }
    }
}
