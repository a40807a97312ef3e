using System.Runtime.InteropServices;
using Ctrace.Runtime.Sys;

namespace Ctrace.Runtime.Attaching;

/// <summary>
/// Leaves to a copy of our process what the kernel takes long to give back. Closing a perf event of a tracepoint waits for a grace period while it
/// holds a lock (event_mutex in kernel/trace/trace_event_perf.c), so that twenty of them take twenty such periods, however many threads close them.
/// No program is attached to them any more. The copy holds nothing else, and ends when they are closed.
/// </summary>
internal static unsafe class Farewell
{
    /// <summary>So few are closed in less time than anybody notices.</summary>
    private const int Fewest = 3;

    /// <summary>After a fork only this thread is there: should it be waiting for another, this ends it all the same.</summary>
    private const int MostSeconds = 60;

    private const int Interrupt = 2, HangUp = 1, Terminate = 15, Ignore = 1;

    /// <summary>Starts the copy, if there is enough to do. The descriptors can be closed then, which takes no time.</summary>
    public static void Leave(IReadOnlyCollection<int> descriptors)
    {
        if (descriptors.Count < Fewest)
            return;
        // All memory that the copy needs is allocated before, and all functions are called once.
        int[] others = [.. Open().Except(descriptors)];
        int* list = (int*)NativeMemory.Alloc((nuint)others.Length + 1, sizeof(int));
        others.CopyTo(new Span<int>(list, others.Length));
        Close(list, 0);
        LibC.signal(-1, Ignore);
        LibC.alarm(0);
        if (LibC.fork() == 0)
        {
            LibC.alarm(MostSeconds);
            LibC.signal(Interrupt, Ignore);
            LibC.signal(HangUp, Ignore);
            LibC.signal(Terminate, Ignore);
            // Somebody may be waiting for the end of our output.
            Close(list, others.Length);
            LibC._exit(0);
        }

        NativeMemory.Free(list);
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
