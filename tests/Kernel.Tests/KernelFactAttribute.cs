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

    /// <summary>Why C# can't run here; null where it can. An emulated machine says so: its compiler would take a minute to start.</summary>
    public static string? MissingCSharp { get; } = Environment.GetEnvironmentVariable("CTRACE_NO_CSHARP") is { Length: > 0 } reason ? $"needs C#: {reason}" : null;

    public static bool Has(string command) => Native.Which(command) is not null;
}

/// <summary>A test that loads programs into the kernel. Where it can't, it is skipped and says why.</summary>
public class KernelFactAttribute : FactAttribute
{
    /// <param name="command">A command that the test compares with, if any.</param>
    public KernelFactAttribute(string? command = null) =>
        Skip = Machine.Missing ?? (command is null || Machine.Has(command) ? null : $"needs the command {command} to compare with");
}

/// <summary>The same with data.</summary>
public class KernelTheoryAttribute : TheoryAttribute
{
    public KernelTheoryAttribute() => Skip = Machine.Missing;
}

/// <summary>A test that runs C# in a program, too.</summary>
public sealed class CSharpFactAttribute : KernelFactAttribute
{
    public CSharpFactAttribute() => Skip ??= Machine.MissingCSharp;
}

/// <summary>The same with data.</summary>
public sealed class CSharpTheoryAttribute : KernelTheoryAttribute
{
    public CSharpTheoryAttribute() => Skip ??= Machine.MissingCSharp;
}
