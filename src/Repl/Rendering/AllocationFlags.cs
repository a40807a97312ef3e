using System.Globalization;

namespace Ctrace.Repl.Rendering;

/// <summary>The kernel's flags for allocations of memory (<c>gfp_t</c>), by name: what <c>%gr</c> shows.</summary>
internal static class AllocationFlags
{
    /// <summary>
    /// From include/linux/gfp_types.h, the names that the kernel itself shows (include/trace/events/mmflags.h): those that are made of several
    /// flags first, the longest of them before its parts. The flags above bit 23 are others on each kernel, and have no names here.
    /// </summary>
    private static readonly (uint Bits, string Name)[] Names =
    [
        (0x100cca, "GFP_HIGHUSER_MOVABLE"), (0x100cc2, "GFP_HIGHUSER"), (0x100cc0, "GFP_USER"), (0x400cc0, "GFP_KERNEL_ACCOUNT"), (0xcc0, "GFP_KERNEL"),
        (0xc40, "GFP_NOFS"), (0x820, "GFP_ATOMIC"), (0xc00, "GFP_NOIO"), (0x2800, "GFP_NOWAIT"), (1, "GFP_DMA"), (4, "GFP_DMA32"),
        (1 << 1, "__GFP_HIGHMEM"), (1 << 3, "__GFP_MOVABLE"), (1 << 4, "__GFP_RECLAIMABLE"), (1 << 5, "__GFP_HIGH"), (1 << 6, "__GFP_IO"), (1 << 7, "__GFP_FS"),
        (1 << 8, "__GFP_ZERO"), (1 << 10, "__GFP_DIRECT_RECLAIM"), (1 << 11, "__GFP_KSWAPD_RECLAIM"), (1 << 12, "__GFP_WRITE"),
        (1 << 13, "__GFP_NOWARN"), (1 << 14, "__GFP_RETRY_MAYFAIL"), (1 << 15, "__GFP_NOFAIL"), (1 << 16, "__GFP_NORETRY"),
        (1 << 17, "__GFP_MEMALLOC"), (1 << 18, "__GFP_COMP"), (1 << 19, "__GFP_NOMEMALLOC"), (1 << 20, "__GFP_HARDWALL"),
        (1 << 21, "__GFP_THISNODE"), (1 << 22, "__GFP_ACCOUNT"), (1 << 23, "__GFP_ZEROTAGS"),
    ];

    /// <summary>The flags joined by <c>|</c>; what has no name in hexadecimal; 0 for none.</summary>
    internal static string Text(ulong flags)
    {
        var names = new List<string>();
        foreach (var (bits, name) in Names)
        {
            if ((flags & bits) != bits)
                continue;
            names.Add(name);
            flags &= ~(ulong)bits;
        }

        if (flags != 0)
            names.Add("0x" + flags.ToString("x", CultureInfo.InvariantCulture));
        return names.Count == 0 ? "0" : string.Join('|', names);
    }
}
