using System.Runtime.InteropServices;

namespace Ctrace.Repl;

/// <summary>Ends the process at once, whatever the other threads are doing.</summary>
internal static partial class ProcessExit
{
    /// <summary>The kernel detaches everything when the descriptors close.</summary>
    [LibraryImport("libc", EntryPoint = "_exit")]
    internal static partial void Now(int code);
}
