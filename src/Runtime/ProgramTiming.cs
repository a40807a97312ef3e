using Ctrace.Runtime.Sys;

namespace Ctrace.Runtime;

/// <summary>
/// While one of these lives, the kernel measures how often and how long each BPF program of the machine runs
/// (<see cref="ProgramStatistics"/>). Measuring costs every run some 50 ns, so it should not live for longer than somebody looks.
/// </summary>
public sealed class ProgramTiming : IDisposable
{
    private readonly FileDescriptor _descriptor;

    private ProgramTiming(FileDescriptor descriptor) => _descriptor = descriptor;

    /// <summary>Begins to measure; null where the kernel can't (before 5.8) or does not let us.</summary>
    public static ProgramTiming? TryStart() =>
        Bpf.EnableStatistics() is >= 0 and var fd ? new ProgramTiming(new FileDescriptor(fd)) : null;

    /// <inheritdoc/>
    public void Dispose() => _descriptor.Dispose();
}
