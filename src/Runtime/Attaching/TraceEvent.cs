using System.Globalization;
using System.Text;
using Ctrace.Compiler;
using Ctrace.Compiler.Targets;
using Ctrace.Runtime.Kernel;
using Ctrace.Runtime.Sys;

namespace Ctrace.Runtime.Attaching;

/// <summary>
/// A kprobe that is made in tracefs (<c>kprobe_events</c>), for kernels whose perf has no kprobes of its own. It is a file of the machine's, not a
/// descriptor of ours: it is called after this process, so that what a killed one left behind can be told, and is removed.
/// </summary>
internal sealed class TraceEvent : IDisposable
{
    private const string ListFile = "kprobe_events", Prefix = "ctrace_";

    private static readonly Lock Cleaning = new();
    private static int _count;
    private static bool _cleaned;

    private readonly string _folder, _name;

    private TraceEvent(string folder, string name, ulong id) => (_folder, _name, Id) = (folder, name, id);

    /// <summary>What perf_event_open takes as config.</summary>
    public ulong Id { get; }

    /// <summary>Whether this kernel can make such events.</summary>
    public static bool IsPossible
    {
        get
        {
            try
            {
                return File.Exists(Path.Combine(new TraceFs().Folder, ListFile));
            }
            catch (TargetException)
            {
                return false;
            }
        }
    }

    /// <summary>Makes the event.</summary>
    /// <returns>The event, or the error's number.</returns>
    /// <exception cref="SessionException">There is no tracefs, or we may not see it.</exception>
    public static (TraceEvent? Event, int Error) Create(KprobePlan plan)
    {
        string folder = Folder();
        RemoveLeftOver(folder);
        // p:ctrace_4711/e1 vfs_read+16, r:ctrace_4711/e2 ext4:ext4_read, p:ctrace_4711/e3 0xffffffff81234567
        string name = $"{Prefix}{Environment.ProcessId}/e{Interlocked.Increment(ref _count)}";
        string place = plan.Symbol.Length == 0 ? $"0x{plan.Offset:x}" : plan.Offset > 0 ? $"{plan.Symbol}+{plan.Offset}" : plan.Symbol;
        int error = Write(folder, $"{(plan.IsReturn ? 'r' : 'p')}:{name} {place}");
        if (error != 0)
            return (null, error);
        string path = Path.Combine(folder, "events", name, "id");
        if (ReadNumber(path) is { } id)
            return (new TraceEvent(folder, name, id), 0);
        Write(folder, "-:" + name);
        return (null, Errno.ENOENT);
    }

    private static string Folder()
    {
        try
        {
            return new TraceFs().Folder;
        }
        catch (TargetException e)
        {
            throw new SessionException(e.Message, e.Hint);
        }
    }

    /// <summary>Removes it from the machine; nobody may have it open.</summary>
    public void Dispose() => Write(_folder, "-:" + _name);

    /// <summary>Events of processes that were killed.</summary>
    private static void RemoveLeftOver(string folder)
    {
        lock (Cleaning)
        {
            if (_cleaned)
                return;
            _cleaned = true;
        }

        foreach (string line in ReadLines(Path.Combine(folder, ListFile)))
        {
            // p:ctrace_4711/e1 vfs_read, or r4:…
            int colon = line.IndexOf(':'), slash = line.IndexOf('/'), end = line.IndexOf(' ');
            if (colon < 0 || slash < colon || end < slash || !line.AsSpan(colon + 1).StartsWith(Prefix))
                continue;
            if (int.TryParse(line.AsSpan(colon + 1 + Prefix.Length, slash - colon - 1 - Prefix.Length), CultureInfo.InvariantCulture, out int process) && !Processes.Exists(process))
                Write(folder, $"-:{line[(colon + 1)..end]}");
        }
    }

    private static string[] ReadLines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static ulong? ReadNumber(string path)
    {
        try
        {
            return ulong.TryParse(File.ReadAllText(path).Trim(), CultureInfo.InvariantCulture, out ulong number) ? number : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Adds a line to the list; 0, or the error's number. The file must not be emptied: that would remove everybody's events.</summary>
    private static unsafe int Write(string folder, string line)
    {
        const int writeOnly = 1, append = 0x400;
        int fd = LibC.open(Path.Combine(folder, ListFile), writeOnly | append | OpenFlags.CloseOnExec, 0);
        if (fd < 0)
            return Errno.Last;
        using var closed = new FileDescriptor(fd);
        byte[] text = Encoding.UTF8.GetBytes(line + '\n');
        fixed (byte* bytes = text)
            return LibC.write(fd, bytes, (nuint)text.Length) < 0 ? Errno.Last : 0;
    }
}
