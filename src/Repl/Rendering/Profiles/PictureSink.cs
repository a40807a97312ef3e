using Ctrace.Compiler;
using Ctrace.Compiler.Layouts;
using Ctrace.Repl.Rendering.HeatMaps;
using Ctrace.Runtime;

namespace Ctrace.Repl.Rendering.Profiles;

/// <summary>Passes everything on, and keeps what pictures are made of.</summary>
/// <param name="inner">The sink that shows it.</param>
/// <param name="profiles">Takes the maps with stacks, or null.</param>
/// <param name="heat">Takes the histograms, or null.</param>
internal sealed class PictureSink(ITraceSink inner, ProfileCollector? profiles, HeatSampler? heat) : ITraceSink
{
    /// <inheritdoc/>
    public void Attached(int probes)
    {
        heat?.Begin();
        inner.Attached(probes);
    }

    /// <inheritdoc/>
    public void Event(EventLayout layout, ReadOnlySpan<byte> record) => inner.Event(layout, record);

    /// <inheritdoc/>
    public void Ending()
    {
        heat?.End();
        inner.Ending();
    }

    /// <inheritdoc/>
    public void Map(MapSnapshot map, int top, long divisor)
    {
        if (StackMaps.IsProfile(map.Spec))
            profiles?.Add(map, top);
        heat?.Take(map);
        inner.Map(map, top, divisor);
    }

    /// <inheritdoc/>
    public void Entry(MapSnapshot map) => inner.Entry(map);

    /// <inheritdoc/>
    public void Lost(LossCounter counter, long count) => inner.Lost(counter, count);

    /// <inheritdoc/>
    public void LostInAll(LossCounter counter, long total, int reports) => inner.LostInAll(counter, total, reports);

    /// <inheritdoc/>
    public void Warn(string message) => inner.Warn(message);

    /// <inheritdoc/>
    public void Flush() => inner.Flush();
}
