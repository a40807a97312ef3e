using System.Diagnostics;
using Ctrace.Compiler;
using Ctrace.Compiler.Layouts;
using Ctrace.Repl.Prompting;
using Ctrace.Runtime;

namespace Ctrace.Repl.Rendering.Profiles;

/// <summary>
/// Shows maps with stacks in one of the formats for profiles. All else that a program shows would spoil those, and goes to standard
/// error as text.
/// </summary>
public sealed class ProfileSink : IOutputSink
{
    private readonly OutputStream _output;
    private readonly TextSink _text;
    private readonly ResultFormat _format;
    private readonly ProfileCollector _profiles;
    private readonly bool _many;
    private readonly long _started = Stopwatch.GetTimestamp();
    private bool _ended, _isDone;

    /// <summary>A sink.</summary>
    /// <param name="output">Where the profiles go.</param>
    /// <param name="text">Where all else goes.</param>
    /// <param name="format">One of the formats for profiles.</param>
    /// <param name="program">The program.</param>
    /// <exception cref="RefusedException">The program has no map that is a profile.</exception>
    public ProfileSink(OutputStream output, TextSink text, ResultFormat format, TraceProgram program)
    {
        (_output, _text, _format) = (output, text, format);
        _many = StackMaps.Require(program, $"-f {Name(format)}").Count > 1;
        _profiles = new ProfileCollector(program);
    }

    /// <inheritdoc/>
    public event Action? ReaderGone
    {
        add => _text.ReaderGone += value;
        remove => _text.ReaderGone -= value;
    }

    /// <summary>Whether a format is one of these.</summary>
    public static bool Has(ResultFormat format) => format is ResultFormat.Folded or ResultFormat.Speedscope or ResultFormat.Pprof;

    /// <inheritdoc/>
    public void Attached(int probes) => _text.Attached(probes);

    /// <inheritdoc/>
    public void Event(EventLayout layout, ReadOnlySpan<byte> record) => _text.Event(layout, record);

    /// <inheritdoc/>
    public void Ending() => _ended = true;

    /// <inheritdoc/>
    public void Map(MapSnapshot map, int top, long divisor)
    {
        if (!StackMaps.IsProfile(map.Spec))
        {
            _text.Map(map, top, divisor);
            return;
        }

        var profile = _profiles.Add(map, top);
        if (_format == ResultFormat.Folded)
            FoldedWriter.Write(_output, profile, _many);
    }

    /// <inheritdoc/>
    public void Entry(MapSnapshot map) => _text.Entry(map);

    /// <inheritdoc/>
    public void Lost(LossCounter counter, long count) => _text.Lost(counter, count);

    /// <inheritdoc/>
    public void LostInAll(LossCounter counter, long total, int reports) => _text.LostInAll(counter, total, reports);

    /// <inheritdoc/>
    public void Warn(string message) => _text.Warn(message);

    /// <inheritdoc/>
    public void Flush()
    {
        if (_ended && !_isDone)
        {
            _isDone = true;
            if (_format != ResultFormat.Folded)
                _output.Write(Document(_format, _profiles.Profiles, Stopwatch.GetElapsedTime(_started)));
            if (_profiles.LeftOut > 0)
                _text.Warn($"{_profiles.LeftOut} {(_profiles.LeftOut == 1 ? "stack was" : "stacks were")} left out of the profile: a value below zero can't be shown there");
        }

        _output.Flush();
        _text.Flush();
    }

    /// <summary>Profiles in one of the formats that are one document.</summary>
    internal static byte[] Document(ResultFormat format, IReadOnlyList<StackProfile> profiles, TimeSpan duration) => format == ResultFormat.Speedscope
        ? SpeedscopeWriter.Write(profiles) : PprofWriter.Write(profiles, DateTimeOffset.UtcNow, duration);

    private static string Name(ResultFormat format) => format.ToString().ToLowerInvariant();
}
