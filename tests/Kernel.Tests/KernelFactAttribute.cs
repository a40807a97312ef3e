using Xunit;

[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Ctrace.Kernel.Tests;

/// <summary>Why tests that need the kernel can't run here; null where they can.</summary>
internal static class Machine
{
    public static string? Missing { get; } =
        !OperatingSystem.IsLinux() ? "needs Linux"
        : Environment.UserName != "root" && Native.geteuid() != 0 ? "needs root: CAP_BPF, CAP_PERFMON and CAP_DAC_READ_SEARCH"
        : !Directory.Exists("/sys/kernel/tracing/events") ? "needs tracefs at /sys/kernel/tracing"
        : null;

    public static bool Has(string command) => Native.Which(command) is not null;
}

/// <summary>A test that loads programs into the kernel. Where it can't, it is skipped and says why.</summary>
public sealed class KernelFactAttribute : FactAttribute
{
    /// <param name="command">A command that the test compares with, if any.</param>
    public KernelFactAttribute(string? command = null) =>
        Skip = Machine.Missing ?? (command is null || Machine.Has(command) ? null : $"needs the command {command} to compare with");
}

/// <summary>The same with data.</summary>
public sealed class KernelTheoryAttribute : TheoryAttribute
{
    public KernelTheoryAttribute() => Skip = Machine.Missing;
}
