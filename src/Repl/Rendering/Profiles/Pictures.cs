using System.Text;
using Ctrace.Compiler;
using Ctrace.Repl.Rendering.HeatMaps;
using Ctrace.Runtime;

namespace Ctrace.Repl.Rendering.Profiles;

/// <summary>The pictures that a run leaves behind (<c>--flame</c>, <c>--heatmap</c>).</summary>
internal sealed class Pictures : IDisposable
{
    private readonly Request _request;
    private readonly ProfileCollector? _profiles;
    private readonly HeatSampler? _heat;

    /// <summary>For a run that may want none.</summary>
    /// <exception cref="RefusedException">The program has nothing that the picture could show.</exception>
    /// <exception cref="UsageException">A file can't be written.</exception>
    internal Pictures(Request request, TraceProgram program)
    {
        _request = request;
        if (request.FlameFile is { } flame)
        {
            StackMaps.Require(program, "--flame");
            if (!request.DryRun)
                OutputFile.Check("--flame", flame);
            _profiles = new ProfileCollector(program);
        }

        if (request.DrawsHeat)
            HeatColumns.Require(program);
        else if (request.HeatMapFile is { } heatMap)
        {
            _heat = new HeatSampler(program);
            if (!request.DryRun)
                OutputFile.Check("--heatmap", heatMap);
        }
    }

    /// <summary>A sink that takes what pictures need on its way.</summary>
    internal ITraceSink Watch(ITraceSink sink) => _profiles is null && _heat is null ? sink : new PictureSink(sink, _profiles, _heat);

    /// <summary>The session that will run.</summary>
    internal void Watch(TraceSession session) => _heat?.Watch(session);

    /// <inheritdoc/>
    public void Dispose() => _heat?.Dispose();

    /// <summary>Writes the files, after the end of the session.</summary>
    internal void Write(TraceSession session)
    {
        if (_request.FlameFile is { } file)
            WriteFlame(session, file, _profiles!);
        if (!_request.DrawsHeat && _request.HeatMapFile is { } heatMap)
            Write("--heatmap", heatMap, HeatMapPicture.Write(_heat!.Maps, _heat.Started));
    }

    private void WriteFlame(TraceSession session, string file, ProfileCollector profiles)
    {
        // What a map has at the end counts more than what was printed of it, perhaps only a part.
        foreach (var map in session.Maps.Where(m => StackMaps.IsProfile(m) && !profiles.ComesInPeriods(m.Name)))
            if (session.Snapshot(map.Name) is { Rows.Count: > 0 } snapshot)
                profiles.Add(map.Shape!.Top == 0 ? snapshot : snapshot with { Spec = map with { Shape = map.Shape with { Top = 0 } } });
        Write("--flame", file, FlameGraph.Write(profiles.Profiles));
        if (profiles.LeftOut > 0 && !_request.Quiet)
            StandardError.WriteLine($"warning: {profiles.LeftOut} of the stacks were left out of {file}: a value below zero can't be shown there");
    }

    private void Write(string option, string file, string picture)
    {
        OutputFile.Write(option, file, Encoding.UTF8.GetBytes(picture));
        if (!_request.Quiet)
            StandardError.WriteLine($"wrote {file}");
    }
}
