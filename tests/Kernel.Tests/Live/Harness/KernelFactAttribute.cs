using System.Runtime.InteropServices;
using Ctrace.Compiler.Targets;
using Ctrace.Runtime.Kernel;
using Ctrace.Runtime.Sys;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>A test that loads programs into the running kernel. Where that can't be done it is skipped, and says why.</summary>
public class KernelFactAttribute : FactAttribute
{
    /// <summary>A test that needs commands too.</summary>
    public KernelFactAttribute(params string[] commands) => Skip = Machine.WhyNot(commands);

    /// <summary>What the kernel must have for it. <see cref="FeatureTests"/> sees to it that a kernel that should have it does.</summary>
    public KernelFeature Needs
    {
        get;
        init
        {
            field = value;
            Skip ??= Machine.Supports(value) ? null : $"needs {value}, which this kernel has not got";
        }
    }
}

/// <summary>A theory that loads programs into the running kernel.</summary>
public sealed class KernelTheoryAttribute : TheoryAttribute
{
    /// <summary>A theory that needs commands too.</summary>
    public KernelTheoryAttribute(params string[] commands) => Skip = Machine.WhyNot(commands);
}

/// <summary>What this machine lets a test do.</summary>
internal static class Machine
{
    /// <summary>Stands for the .NET SDK among the commands that a test needs: where only the runtime is, there is a command of the same name.</summary>
    public const string Sdk = "dotnet build";

    /// <summary>Stands for what runs .NET programs, among the commands that a test needs.</summary>
    public const string Runtime = "dotnet";

    /// <summary>Stands for an x86-64 machine, among the commands that a test needs.</summary>
    public const string X64 = "x86-64";

    private static readonly string? NoKernel = Find();

    /// <summary>Why a test can't run here; null when it can.</summary>
    public static string? WhyNot(string[] commands) =>
        NoKernel ?? (commands.Contains(X64) && !IsX64 ? "knows only x86-64" : null) ?? commands.Where(c => c != X64).Where(c => c == Sdk ? !HasSdk() : c == Runtime ? !File.Exists(Programs.Host) : Which(c) is null).Select(c => $"needs the command {c}, which is not installed").FirstOrDefault();

    /// <summary>
    /// The kernel's function for lseek(2) that can be probed, with the offset as its second argument (<c>offset</c>) and its result. Where the
    /// general one is part of another (arm64), that of the file system of the machines in tests/vm.
    /// </summary>
    public static string Seek { get; } = IsX64 ? "ksys_lseek" : "ext4_llseek";

    private static bool IsX64 => RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.X64;

    /// <summary>Whether the kernel has a feature.</summary>
    public static bool Supports(KernelFeature feature) => Features.Supports(feature);

    private static readonly KernelTarget Features = new();

    private static bool HasSdk() => Path.GetDirectoryName(File.Exists(Programs.Host) ? File.ResolveLinkTarget(Programs.Host, true)?.FullName ?? Programs.Host : null) is { } folder && Directory.Exists(Path.Combine(folder, "sdk"));

    /// <summary>A command's path, or null.</summary>
    public static string? Which(string command) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "/usr/bin:/bin").Split(':')
            .Select(folder => Path.Combine(folder, command)).FirstOrDefault(File.Exists);

    private static string? Find()
    {
        if (!Rights.Has(Rights.SysAdmin) && !(Rights.Has(Rights.BpfCapability) && Rights.Has(Rights.Perfmon)))
            return "needs root (CAP_BPF, CAP_PERFMON, and CAP_DAC_READ_SEARCH for tracefs): run ./test with sudo";
        int map = Bpf.CreateMap(2, 4, 8, 1, "probe");
        if (map < 0)
            return $"needs a kernel with BPF: bpf(BPF_MAP_CREATE) says {Errno.Text(-map)}";
        new FileDescriptor(map).Dispose();
        return Directory.Exists("/sys/kernel/tracing/events")
            ? null
            : "needs tracefs: mount -t tracefs tracefs /sys/kernel/tracing";
    }
}
