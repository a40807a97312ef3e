using System.Collections.Immutable;

namespace Ctrace.Repl.Rendering.Profiles;

/// <summary>What a frame of a profile is.</summary>
public enum FrameKind
{
    /// <summary>A part of the key that is no stack: a process's name.</summary>
    Label,

    /// <summary>A function of a process.</summary>
    User,

    /// <summary>A function of the kernel.</summary>
    Kernel,
}

/// <summary>One frame of a profile.</summary>
/// <param name="Name">What is shown.</param>
/// <param name="Kind">What it is.</param>
/// <param name="File">The binary that it is in, or null.</param>
public sealed record ProfileFrame(string Name, FrameKind Kind, string? File = null);

/// <summary>A stack and how much it counts.</summary>
/// <param name="Frames">Outermost first; the parts of the key that are no stacks stand before them.</param>
/// <param name="Value">Always above zero.</param>
/// <param name="Labels">The parts of the key that are no stacks, with their names.</param>
public sealed record ProfileSample(ImmutableArray<ProfileFrame> Frames, ulong Value, ImmutableArray<(string Name, string Text)> Labels);

/// <summary>A map that is keyed by stacks, as tools for profiles see it.</summary>
/// <param name="Name">The map's name.</param>
/// <param name="Measure">What is counted: the column's name.</param>
/// <param name="IsCount">Whether the values are numbers of events.</param>
/// <param name="Samples">In the order in which the map prints.</param>
public sealed record StackProfile(string Name, string Measure, bool IsCount, ImmutableArray<ProfileSample> Samples)
{
    /// <summary>All values together.</summary>
    public ulong Total => Samples.Aggregate(0UL, (sum, s) => sum + s.Value);

    /// <summary>Both together; stacks that both have are added up.</summary>
    public StackProfile Plus(StackProfile other)
    {
        var sums = new Dictionary<string, ProfileSample>();
        foreach (var sample in Samples.Concat(other.Samples))
        {
            string key = string.Join('\n', sample.Frames.Select(f => $"{(int)f.Kind}{f.Name}"));
            sums[key] = sums.TryGetValue(key, out var before) ? before with { Value = before.Value + sample.Value } : sample;
        }

        return this with { Samples = [.. sums.Values] };
    }
}
