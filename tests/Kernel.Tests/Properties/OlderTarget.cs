using Ctrace.Compiler.Targets;

namespace Ctrace.Kernel.Tests.Properties;

/// <summary>This machine, as if its kernel were 5.10: what can't be done there is done in another way.</summary>
internal sealed class OlderTarget(ITarget machine) : ITarget
{
    public Architecture Architecture => machine.Architecture;
    public int PossibleCpus => machine.PossibleCpus;
    public int OnlineCpus => machine.OnlineCpus;
    public int? CommOffset => null;
    public IReadOnlyList<(string Category, string Name)> Tracepoints => machine.Tracepoints;
    public IReadOnlyList<string> RawTracepoints => machine.RawTracepoints;
    public bool Supports(KernelFeature feature) => feature is KernelFeature.RingBuffer or KernelFeature.BatchOperations or KernelFeature.PerCpuLookup;
    public TracepointFormat? FindTracepoint(string category, string name) => machine.FindTracepoint(category, name);
    public IReadOnlyList<RawArgument>? FindRawTracepointArguments(string name) => machine.FindRawTracepointArguments(name);
    public int? FindMemberOffset(string structure, string member) => machine.FindMemberOffset(structure, member);
    public int? FindSyscallNumber(string name) => machine.FindSyscallNumber(name);
}
