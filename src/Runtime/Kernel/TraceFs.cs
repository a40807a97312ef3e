using Ctrace.Compiler.Targets;
using Ctrace.Runtime.Sys;

namespace Ctrace.Runtime.Kernel;

/// <summary>Tracefs: where it is mounted, and reading its files. It is mounted where it is not.</summary>
/// <param name="copy">A folder with a copy of another machine's files; null for this machine's.</param>
internal sealed class TraceFs(string? copy = null)
{
    private const string Root = "/sys/kernel/tracing", OldRoot = "/sys/kernel/debug/tracing";

    private string? _root = copy;

    /// <summary>Where it is.</summary>
    /// <exception cref="TargetException">There is none, or we may not see it.</exception>
    public string Folder => _root ??= Find();

    /// <summary>Reads a file.</summary>
    /// <param name="path">Path in tracefs: <c>events/sched/sched_switch/format</c>.</param>
    /// <returns>Its text, or null where there is no such file.</returns>
    /// <exception cref="TargetException">No tracefs, or no right to read it.</exception>
    public string? Read(string path)
    {
        string root = Folder;
        try
        {
            return File.ReadAllText(Path.Combine(root, path));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (UnauthorizedAccessException)
        {
            throw NoRight(root);
        }
        catch (IOException e)
        {
            throw new TargetException($"can't read {root}/{path}: {e.Message}");
        }
    }

    private static string Find()
    {
        if (IsMounted(Root))
            return Root;
        if (IsMounted(OldRoot))
            return OldRoot;
        unsafe
        {
            if (LibC.mount("tracefs", Root, "tracefs", 0, null) == 0 && IsMounted(Root))
                return Root;
        }

        int error = Errno.Last;
        const string Hint = "mount it: sudo mount -t tracefs tracefs " + Root;
        if (error is Errno.EPERM or Errno.EACCES)
            throw Rights.Has(Rights.SysAdmin)
                ? new TargetException("tracefs is not mounted, and mounting it is not permitted here", Hint)
                : new TargetException("tracefs is not mounted, and mounting it needs CAP_SYS_ADMIN", Hint);
        throw new TargetException($"tracefs is not there, and mounting it failed: {Errno.Text(error)}",
            "the kernel must be built with CONFIG_FTRACE");
    }

    /// <summary>A folder that we may not enter is there all the same: 0700 is tracefs' default.</summary>
    private static bool IsMounted(string root)
    {
        if (LibC.access(root + "/available_events", 0) == 0)
            return true;
        if (Errno.Last != Errno.EACCES)
            return false;
        throw NoRight(root);
    }

    private static TargetException NoRight(string root) => new(
        $"not permitted to read {root}: CAP_DAC_READ_SEARCH is missing", "run it with sudo");
}
