namespace Ctrace.Runtime.Attaching;

/// <summary>
/// Waits for many kernel grace periods at once. Taking a program off a tracepoint ends with one, of tens of milliseconds; one
/// after another, fifty probes would take seconds. The threads do nothing but wait, so there are more of them than CPUs.
/// </summary>
internal static class Parallel
{
    private const int MaxThreads = 128, StackBytes = 128 << 10;

    /// <summary>Begins to do something for each item.</summary>
    /// <returns>Threads to join.</returns>
    public static IReadOnlyList<Thread> Start<T>(IReadOnlyList<T> items, Action<T> action)
    {
        int next = -1;
        void Work()
        {
            for (int i; (i = Interlocked.Increment(ref next)) < items.Count;)
                action(items[i]);
        }

        var threads = new Thread[Math.Min(items.Count, MaxThreads)];
        for (int i = 0; i < threads.Length; i++)
        {
            threads[i] = new Thread(Work, StackBytes);
            threads[i].Start();
        }

        return threads;
    }
}
