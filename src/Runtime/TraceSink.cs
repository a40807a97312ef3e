using Ctrace.Compiler;
using Ctrace.Compiler.Layouts;

namespace Ctrace.Runtime;

/// <summary>
/// A sink that does nothing with what it gets: a program that embeds the tracer overrides what it cares about. A program that only
/// reads maps (<see cref="TraceSession.Snapshot"/>) can use it as it is.
/// </summary>
public class TraceSink : ITraceSink
{
    private readonly TaskCompletionSource<int> _attached = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Done when all probes are attached; the result is how many there are.</summary>
    public Task<int> WhenAttached => _attached.Task;

    /// <summary>Things that were lost so far, of any kind.</summary>
    public long LostCount { get; private set; }

    /// <inheritdoc/>
    public virtual void Attached(int probes) => _attached.TrySetResult(probes);

    /// <inheritdoc/>
    public virtual void Event(EventLayout layout, ReadOnlySpan<byte> record)
    {
    }

    /// <inheritdoc/>
    public virtual void Ending()
    {
    }

    /// <inheritdoc/>
    public virtual void Map(MapSnapshot map, int top, long divisor)
    {
    }

    /// <inheritdoc/>
    public virtual void Entry(MapSnapshot map)
    {
    }

    /// <inheritdoc/>
    public virtual void Lost(LossCounter counter, long count) => LostCount += count;

    /// <inheritdoc/>
    public virtual void Warn(string message)
    {
    }

    /// <inheritdoc/>
    public virtual void Flush()
    {
    }
}
