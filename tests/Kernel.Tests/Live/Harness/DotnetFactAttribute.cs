namespace Ctrace.Kernel.Tests.Live;

/// <summary>A test that traces a .NET program. The runtime must answer in time, which it does not on a machine that says so.</summary>
public sealed class DotnetFactAttribute : KernelFactAttribute
{
    /// <summary>A test that needs commands too.</summary>
    public DotnetFactAttribute(params string[] commands)
        : base(commands) => Skip ??= Why;

    /// <summary>Why .NET programs can't be traced here; null where they can.</summary>
    private static string? Why { get; } = Environment.GetEnvironmentVariable("CTRACE_NO_DOTNET") is { Length: > 0 } reason ? $"needs .NET programs: {reason}" : null;
}
