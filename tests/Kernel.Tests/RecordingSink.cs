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
