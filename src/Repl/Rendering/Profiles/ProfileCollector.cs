using Ctrace.Compiler;
using Ctrace.Runtime;
using Ctrace.Runtime.Symbols;

namespace Ctrace.Repl.Rendering.Profiles;

/// <summary>
/// Gathers the profiles of a run: of a query that prints periods, all periods together; of any other map, what was shown last.
/// </summary>
public sealed class ProfileCollector
{
    private readonly Dictionary<Symbolizer, ProfileBuilder> _builders = [];
    private readonly Symbolizer _ownSymbols = new();
    private readonly SortedDictionary<string, StackProfile> _profiles = new(StringComparer.Ordinal);
    private readonly HashSet<string> _inPeriods;

    /// <summary>For the maps of a program.</summary>
    public ProfileCollector(TraceProgram program) => _inPeriods = [.. program.Refreshes.Select(r => program.Maps[r.MapIndex].Name)];

    /// <summary>For maps as they are.</summary>
    public ProfileCollector() => _inPeriods = [];

    /// <summary>The profiles, by the names of their maps.</summary>
    public IReadOnlyList<StackProfile> Profiles => [.. _profiles.Values];

    /// <summary>Stacks that were left out, since their values are below zero.</summary>
    public int LeftOut => _builders.Values.Sum(b => b.LeftOut);

    /// <summary>Takes what a map has.</summary>
    public StackProfile Add(MapSnapshot map, int top = 0)
    {
        var profile = Builder(map.Symbols ?? _ownSymbols).Build(map, top);
        if (profile.Samples.IsEmpty && _profiles.ContainsKey(profile.Name))
            return profile;
        _profiles[profile.Name] = _inPeriods.Contains(profile.Name) && _profiles.TryGetValue(profile.Name, out var before)
            ? before.Plus(profile) : profile;
        return profile;
    }

    private ProfileBuilder Builder(Symbolizer symbols)
    {
        if (!_builders.TryGetValue(symbols, out var builder))
            _builders[symbols] = builder = new ProfileBuilder(symbols, new ValueFormatter(new Clock(), symbols));
        return builder;
    }

    /// <summary>Whether a map's parts come one after another, so that its end is not its whole.</summary>
    public bool ComesInPeriods(string map) => _inPeriods.Contains(map);
}
