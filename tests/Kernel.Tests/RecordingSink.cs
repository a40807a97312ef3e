using Ctrace.Compiler;
using Ctrace.Compiler.Layouts;
using Ctrace.Compiler.Targets;
using Ctrace.Runtime;
using Ctrace.Runtime.Kernel;

namespace Ctrace.Kernel.Tests;

/// <summary>Counts what a session gives.</summary>
internal sealed class RecordingSink : ITraceSink
{
    public ManualResetEventSlim IsAttached { get; } = new();
    public int Events { get; private set; }
    public int Maps { get; private set; }
    public long Losses { get; private set; }

    public void Attached(int probes) => IsAttached.Set();
    public void Event(EventLayout layout, ReadOnlySpan<byte> record) => Events++;
    public void Ending() { }
    public void Map(MapSnapshot map, int top, long divisor) => Maps++;
    public void Entry(MapSnapshot map) { }
    public void Lost(LossCounter counter, long count) => Losses += count;
    public void Warn(string message) { }
    public void Flush() { }
}

/// <summary>This machine, as if its kernel were older than 5.8.</summary>
internal sealed class WithoutRingBuffer : ITarget
{
    private readonly KernelTarget _machine = new();

    public Architecture Architecture => _machine.Architecture;
    public int PossibleCpus => _machine.PossibleCpus;
    public int OnlineCpus => _machine.OnlineCpus;
    public int? CommOffset => null;
    public IReadOnlyList<(string Category, string Name)> Tracepoints => _machine.Tracepoints;
    public IReadOnlyList<string> RawTracepoints => _machine.RawTracepoints;
    public bool Supports(KernelFeature feature) => feature != KernelFeature.RingBuffer && _machine.Supports(feature);
    public TracepointFormat? FindTracepoint(string category, string name) => _machine.FindTracepoint(category, name);
    public IReadOnlyList<RawArgument>? FindRawTracepointArguments(string name) => _machine.FindRawTracepointArguments(name);
    public int? FindMemberOffset(string structure, string member) => _machine.FindMemberOffset(structure, member);
    public int? FindSyscallNumber(string name) => _machine.FindSyscallNumber(name);
}
