namespace Ctrace.Kernel.Tests.Live;

/// <summary>What ctrace's messages tell.</summary>
internal static class Messages
{
    /// <summary>
    /// Events that no program saw. Where tracepoints of system calls can be preempted (7.2), the program may find another task's on its CPU, and the
    /// kernel leaves one out: of any task, before the program could look whose it is.
    /// </summary>
    public static long Missed(string messages) => Sum(messages, " events were missed") + Sum(messages, " event was missed");

    /// <summary>Events that a program sent and nobody got.</summary>
    public static long Lost(string messages) => Sum(messages, " events lost") + Sum(messages, " event lost");

    /// <summary>Sums the numbers before some words, those of the summary at the end left out.</summary>
    private static long Sum(string messages, string words) => messages.Split('\n').Where(line => line.Contains(words) && !line.Contains("in all"))
        .Sum(line => long.Parse(line[..line.IndexOf(words, StringComparison.Ordinal)].Split(' ')[^1].Replace(",", "")));
}
