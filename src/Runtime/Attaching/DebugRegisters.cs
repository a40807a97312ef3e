using System.Runtime.InteropServices;
using Ctrace.Runtime.Sys;

namespace Ctrace.Runtime.Attaching;

/// <summary>
/// Whether debug registers do what they are for. Some hypervisors let the kernel set them, and never stop at what they name: a watchpoint
/// would be attached, and silent.
/// </summary>
internal static unsafe class DebugRegisters
{
    /// <summary>HW_BREAKPOINT_W.</summary>
    private const int Write = 2;

    private static readonly Lazy<bool> Tried = new(Try);

    /// <summary>Found out by a word of ours that is watched and written. Where that can't be tried, they are taken to work.</summary>
    public static bool Work => Tried.Value;

    private static bool Try()
    {
        long* word = (long*)NativeMemory.AlignedAlloc(sizeof(long), sizeof(long));
        try
        {
            int fd = PerfEvents.OpenOwnBreakpoint((ulong)word, sizeof(long), Write);
            if (fd < 0)
                return true;
            using var closed = new FileDescriptor(fd);
            PerfEvents.Enable(fd);
            Volatile.Write(ref *word, 1);
            return PerfEvents.ReadCount(fd) != 0;
        }
        finally
        {
            NativeMemory.AlignedFree(word);
        }
    }
}
