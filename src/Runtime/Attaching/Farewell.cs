using System.Runtime.InteropServices;
using Ctrace.Runtime.Sys;

namespace Ctrace.Runtime.Attaching;

/// <summary>
/// Leaves to a copy of our process what the kernel takes long to give back. Closing a perf event of a tracepoint waits for a grace period while it
/// holds a lock (event_mutex in kernel/trace/trace_event_perf.c), so that twenty of them take twenty such periods, however many threads close them.
/// No program is attached to them any more. The copy holds nothing else, and ends when they are closed.
/// </summary>
internal sealed unsafe class Farewell : IDisposable
{
    /// <summary>So few are closed in less time than anybody notices.</summary>
    private const int Fewest = 3;

    /// <summary>After a fork only this thread is there: should it be waiting for another, this ends it all the same.</summary>
    private const int MostSeconds = 60;

    private const int Interrupt = 2, HangUp = 1, Terminate = 15, Ignore = 1;

    private readonly int _ours;

    private Farewell(int ours) => _ours = ours;

    /// <summary>Tells the copy that the descriptors are closed here. Whoever closes them last is the one that waits.</summary>
    public void Dispose() => LibC.close(_ours);

    /// <summary>
    /// Starts the copy, if there is enough to do. The descriptors can be closed then, which takes no time, and what is returned is to be disposed
    /// after that; null where there is no copy.
    /// </summary>
    public static Farewell? Leave(IReadOnlyCollection<int> descriptors)
    {
        if (descriptors.Count < Fewest)
            return null;
        int* ends = stackalloc int[2];
        if (LibC.pipe2(ends, OpenFlags.CloseOnExec) < 0)
            return null;
        // All memory that the copy needs is allocated before, and all functions are called once.
        int[] others = [.. Open().Union([ends[1]]).Except(descriptors).Where(d => d != ends[0])];
        int* list = (int*)NativeMemory.Alloc((nuint)others.Length + 1, sizeof(int));
        others.CopyTo(new Span<int>(list, others.Length));
        byte nothing;
        Close(list, 0);
        LibC.read(-1, &nothing, 1);
        LibC.signal(-1, Ignore);
        LibC.alarm(0);
        if (LibC.fork() == 0)
        {
            LibC.alarm(MostSeconds);
            LibC.signal(Interrupt, Ignore);
            LibC.signal(HangUp, Ignore);
            LibC.signal(Terminate, Ignore);
            // Somebody may be waiting for the end of our output; and it waits itself for the end of the pipe.
            Close(list, others.Length);
            LibC.read(ends[0], &nothing, 1);
            LibC._exit(0);
        }

        NativeMemory.Free(list);
        LibC.close(ends[0]);
        return new Farewell(ends[1]);
    }

    private static void Close(int* list, int count)
    {
        LibC.close(-1);
        for (int i = 0; i < count; i++)
            LibC.close(list[i]);
    }

    private static IEnumerable<int> Open()
    {
        try
        {
            return [.. Directory.EnumerateFileSystemEntries("/proc/self/fd").Select(f => int.Parse(Path.GetFileName(f), System.Globalization.CultureInfo.InvariantCulture))];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [0, 1, 2];
        }
    }
}
