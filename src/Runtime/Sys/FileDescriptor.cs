using Microsoft.Win32.SafeHandles;

namespace Ctrace.Runtime.Sys;

/// <summary>An open file descriptor; close-on-exec, so that nothing of ours stays behind in a child.</summary>
internal sealed class FileDescriptor : SafeHandleMinusOneIsInvalid
{
    /// <summary>Takes ownership of a descriptor, or of -1.</summary>
    public FileDescriptor(int number) : base(true) => SetHandle(number);

    /// <summary>The number, for a system call's argument.</summary>
    public int Number => (int)handle;

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => LibC.close((int)handle) == 0;
}
