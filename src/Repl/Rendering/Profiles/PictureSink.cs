using Ctrace.Compiler;
using Ctrace.Compiler.Layouts;
using Ctrace.Runtime;

namespace Ctrace.Repl.Rendering.Profiles;

/// <summary>Passes everything on, and keeps what a flame graph is made of.</summary>
/// <param name="inner">The sink that shows it.</param>
/// <param name="profiles">Takes the maps.</param>
internal sealed class PictureSink(ITraceSink inner, ProfileCollector profiles) : ITraceSink
{
    /// <inheritdoc/>
    public void Attached(int probes) => inner.Attached(probes);

    /// <inheritdoc/>
    public void Event(EventLayout layout, ReadOnlySpan<byte> record) => inner.Event(layout, record);

    /// <inheritdoc/>
    public void Ending() => inner.Ending();

    /// <inheritdoc/>
    public void Map(MapSnapshot map, int top, long divisor)
    {
        if (StackMaps.IsProfile(map.Spec))
            profiles.Add(map, top);
        inner.Map(map, top, divisor);
    }

    /// <inheritdoc/>
    public void Entry(MapSnapshot map) => inner.Entry(map);

    /// <inheritdoc/>
    public void Lost(LossCounter counter, long count) => inner.Lost(counter, count);

    /// <inheritdoc/>
    public void Warn(string message) => inner.Warn(message);

    /// <inheritdoc/>
    public void Flush() => inner.Flush();
}
