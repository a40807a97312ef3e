namespace Ctrace.Runtime.Sys;

/// <summary>
/// RLIMIT_MEMLOCK: before 5.11 the kernel counted BPF maps against it. Later ones don't, and raising it may be
/// refused (no CAP_SYS_RESOURCE), so it is tried only after a map was refused.
/// </summary>
internal static unsafe class MemoryLock
{
    private const int Resource = 8;

    private static bool _tried;

    /// <summary>Takes the limit away.</summary>
    /// <returns>Whether it helped, so that trying the map again makes sense.</returns>
    public static bool TryRaise()
    {
        if (_tried)
            return false;
        _tried = true;
        ulong* limit = stackalloc ulong[2];
        limit[0] = limit[1] = ulong.MaxValue;
        return LibC.setrlimit(Resource, limit) == 0;
    }
}
