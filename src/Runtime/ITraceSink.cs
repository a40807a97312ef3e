using Ctrace.Compiler;
using Ctrace.Compiler.Layouts;
using Ctrace.Runtime.Symbols;

namespace Ctrace.Runtime;

/// <summary>
/// Where a session's results go. All calls come from the thread that runs the session, in the order in which
/// the traced program made them.
/// </summary>
public interface ITraceSink
{
    /// <summary>All probes are attached.</summary>
    /// <param name="probes">How many.</param>
    void Attached(int probes);

    /// <summary>An iterator is in a file now, and stays there.</summary>
    /// <param name="file">The file.</param>
    void Pinned(string file)
    {
    }

    /// <summary>An event's record.</summary>
    /// <param name="layout">How to read it.</param>
    /// <param name="record">The whole record, header included; only valid during the call.</param>
    void Event(EventLayout layout, ReadOnlySpan<byte> record);

    /// <summary>Tracing has ended; what follows are the maps.</summary>
    void Ending();

    /// <summary>A map is to be printed.</summary>
    /// <param name="map">Its entries, merged over the CPUs, in no particular order.</param>
    /// <param name="top">Only that many entries, the largest; 0 for what the map's own shape says.</param>
    /// <param name="divisor">Divide numbers by it; 0 or 1 leaves them.</param>
    void Map(MapSnapshot map, int top, long divisor);

    /// <summary>One entry's value is to be printed alone on a line (<c>print(@m[key])</c>).</summary>
    /// <param name="map">A snapshot with no row (nothing is there) or one.</param>
    void Entry(MapSnapshot map);

    /// <summary>Something was lost.</summary>
    /// <param name="counter">Where and why.</param>
    /// <param name="count">How many since the last report.</param>
    void Lost(LossCounter counter, long count);

    /// <summary>The session is over, and this is all that was lost in one place, if it was reported bit by bit or at once.</summary>
    /// <param name="counter">Where and why.</param>
    /// <param name="total">How many in all.</param>
    /// <param name="reports">How many reports told of it: with one, all was said already.</param>
    void LostInAll(LossCounter counter, long total, int reports)
    {
    }

    /// <summary>Something the user should know.</summary>
    void Warn(string message);

    /// <summary>Nothing more is there for the moment: what was held back for a terminal should be shown.</summary>
    void Flush();
}

/// <summary>A map's entries at one moment.</summary>
/// <param name="Spec">The map.</param>
/// <param name="Rows">Its entries.</param>
/// <param name="ProbeNames">What probe-name values index.</param>
public sealed record MapSnapshot(MapSpec Spec, IReadOnlyList<MapRow> Rows, IReadOnlyList<string> ProbeNames)
{
    /// <summary>Seconds in which its values came together: since tracing began, or the map was cleared.</summary>
    public double Seconds { get; init; } = 1;

    /// <summary>Names the addresses in it: of the session that it comes from, which may know processes that have ended. Null for nobody in particular.</summary>
    public Symbolizer? Symbols { get; init; }
}

/// <summary>One entry of a map.</summary>
/// <param name="Key">The key's bytes; empty for a single-slot map.</param>
/// <param name="Value">The value's bytes, merged over the CPUs column by column.</param>
public readonly record struct MapRow(ReadOnlyMemory<byte> Key, ReadOnlyMemory<byte> Value);

/// <summary>Choices for a session.</summary>
public sealed record SessionOptions
{
    /// <summary>A command to run and trace (<c>-c</c>); it begins when all is attached, and the session ends when it does.</summary>
    public ChildProcess? Child { get; init; }

    /// <summary>A process to trace (<c>-p</c>); the session ends when it does. 0 for none.</summary>
    public int ProcessId { get; init; }

    /// <summary>Processes whose stacks are unwound without frame pointers (<c>dw_ustack</c>), beside those two and all that they start.</summary>
    public IReadOnlyList<int> UnwoundProcesses { get; init; } = [];

    /// <summary>
    /// Whether the process ends when the session is disposed. Then it does not wait for what the kernel takes long to give back: a copy of the process
    /// does, and holds nothing else.
    /// </summary>
    public bool EndsProcess { get; init; }

    /// <summary>How long it runs once all is attached; null for as long as the program likes.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>The most of one CPU that a probe may take, in percent: it is detached when it takes more. Null for no limit.</summary>
    public double? MaxCpuPercent { get; init; }

    /// <summary>Whether <see cref="TraceSession.Costs"/> are wanted; measuring costs each run some 50 ns.</summary>
    public bool MeasureCosts { get; init; }

    /// <summary>Gets told what is made in the kernel; null where nobody wants to know.</summary>
    public Loading.ILoadObserver? LoadObserver { get; init; }

    /// <summary>Names addresses in what the session shows; null for one of its own.</summary>
    public Symbolizer? Symbols { get; init; }

    /// <summary>Sessions whose maps this one uses where it has maps of the same names; they need no longer run.</summary>
    public IReadOnlyList<TraceSession> SharesWith { get; init; } = [];
}

/// <summary>The machine refused; the message is one line for the user.</summary>
public sealed class SessionException(string message, string? hint = null) : Exception(message)
{
    /// <summary>What to do about it.</summary>
    public string? Hint { get; } = hint;

    /// <summary>Whether the machine lacks just one probe, which the program may not need (<c>missing_probes</c>).</summary>
    public bool IsMissingProbe { get; init; }

    /// <summary>Whether the kernel can't put a probe on just one of the places that are meant.</summary>
    public bool IsUnprobeable { get; init; }
}
