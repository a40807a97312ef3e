using Ctrace.Compiler.Targets;

namespace Ctrace.Runtime.Kernel;

/// <summary>The kernel's trace pipe, to which <c>debugf</c> writes.</summary>
internal static class TracePipe
{
    private const string Switch = "events/bpf_trace/bpf_trace_printk/enable";

    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// Lets lines of BPF programs through. The kernel does so itself when it loads a program that writes such, but newer ones leave it to a worker: what the
    /// program writes until that has run is gone.
    /// </summary>
    public static void Open()
    {
        try
        {
            string path = Path.Combine(new TraceFs().Folder, Switch);
            for (var until = DateTime.UtcNow + Patience; DateTime.UtcNow < until && !File.ReadAllText(path).StartsWith('1'); Thread.Sleep(1))
                File.WriteAllText(path, "1");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or TargetException)
        {
            // Without the switch in sight, it is the kernel's matter alone.
        }
    }
}
