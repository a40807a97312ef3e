using System.Reflection;
using Ctrace.Compiler.Targets;
using Ctrace.Runtime.Kernel;

namespace Ctrace.Kernel.Tests;

/// <summary>This machine, as if its kernel lacked some features: what is done in their place is tested here as well.</summary>
public class LimitedTarget : DispatchProxy
{
    private KernelTarget _machine = null!;
    private Func<KernelFeature, bool> _has = null!;

    /// <summary>All but some features.</summary>
    public static ITarget Without(params KernelFeature[] missing) => Make(new KernelTarget(), feature => !missing.Contains(feature));

    /// <summary>Linux 5.10, with the one thing for which there is no other way, if this machine has it.</summary>
    public static ITarget Older(KernelTarget machine) =>
        Make(machine, feature => feature == KernelFeature.PerCpuLookup || KernelFeatures.All.Single(f => f.Feature == feature).Since <= new Version(5, 10));

    /// <inheritdoc/>
    protected override object? Invoke(MethodInfo? method, object?[]? arguments) => method!.Name switch
    {
        nameof(ITarget.Supports) => _has((KernelFeature)arguments![0]!) && _machine.Supports((KernelFeature)arguments[0]!),
        // It takes a helper of 5.11.
        "get_" + nameof(ITarget.CommOffset) when !_has(KernelFeature.FetchAtomics) => null,
        _ => method.Invoke(_machine, arguments),
    };

    private static ITarget Make(KernelTarget machine, Func<KernelFeature, bool> has)
    {
        var target = Create<ITarget, LimitedTarget>();
        ((LimitedTarget)(object)target)._machine = machine;
        ((LimitedTarget)(object)target)._has = has;
        return target;
    }
}
