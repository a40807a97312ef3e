namespace Ctrace.Repl.Rendering.Profiles;

/// <summary>A function as called from one chain of callers, with all that it called.</summary>
/// <param name="frame">The function.</param>
public sealed class FlameNode(ProfileFrame frame)
{
    private readonly Dictionary<(string, FrameKind), FlameNode> _children = [];

    /// <summary>The function.</summary>
    public ProfileFrame Frame { get; } = frame;

    /// <summary>How much it counts, what it called included.</summary>
    public ulong Value { get; private set; }

    /// <summary>What it called, in the order of names: so that two pictures can be compared.</summary>
    public IEnumerable<FlameNode> Children => _children.Values.OrderBy(c => c.Frame.Name, StringComparer.Ordinal).ThenBy(c => c.Frame.Kind);

    /// <summary>How many levels there are, itself included.</summary>
    public int Depth => 1 + (_children.Count == 0 ? 0 : _children.Values.Max(c => c.Depth));

    /// <summary>The tree of a profile, below one node for all of it.</summary>
    public static FlameNode Build(StackProfile profile)
    {
        var root = new FlameNode(new ProfileFrame(profile.Name, FrameKind.Label));
        foreach (var sample in profile.Samples)
        {
            var node = root;
            node.Value += sample.Value;
            foreach (var frame in sample.Frames)
            {
                if (!node._children.TryGetValue((frame.Name, frame.Kind), out var child))
                    node._children[(frame.Name, frame.Kind)] = child = new FlameNode(frame);
                node = child;
                node.Value += sample.Value;
            }
        }

        return root;
    }
}
