using Ctrace.Compiler.Layouts;
using Ctrace.Runtime.Sys;

namespace Ctrace.Runtime.Loading;

/// <summary>A map in the kernel. It lives as long as its descriptor and the programs that use it.</summary>
/// <param name="Spec">What it was made from.</param>
/// <param name="Descriptor">Its descriptor.</param>
internal sealed record KernelMap(MapSpec Spec, FileDescriptor Descriptor) : IDisposable
{
    /// <summary>For system calls.</summary>
    public int Fd => Descriptor.Number;

    /// <summary>Bytes of one CPU's value in what the kernel hands out.</summary>
    public int SlotSize => Spec.IsPerCpu ? (Spec.ValueSize + 7) & ~7 : Spec.ValueSize;

    /// <summary>Bytes of an entry's value in what the kernel hands out: every possible CPU's, where it is per CPU.</summary>
    public int RawValueSize => Spec.IsPerCpu ? SlotSize * Cpus.Possible : Spec.ValueSize;

    /// <inheritdoc/>
    public void Dispose() => Descriptor.Dispose();
}
