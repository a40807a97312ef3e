namespace Ctrace.Kernel.Tests.Live;

/// <summary>What /proc says of processes, threads and descriptors that come and go while it is read.</summary>
internal static class Processes
{
    /// <summary>The file's text; empty where what it was about has gone.</summary>
    public static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
