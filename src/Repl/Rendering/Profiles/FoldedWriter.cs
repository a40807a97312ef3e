using System.Text;

namespace Ctrace.Repl.Rendering.Profiles;

/// <summary>Profiles as folded stacks, which most tools for flame graphs read: <c>main;read;vfs_read 12</c>, a line for each stack.</summary>
public static class FoldedWriter
{
    /// <summary>Writes a profile.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="profile">What.</param>
    /// <param name="withName">Whether each stack begins with the map's name, since there are several maps.</param>
    public static void Write(ByteWriter output, StackProfile profile, bool withName)
    {
        foreach (var (stack, value) in Lines(profile, withName))
        {
            output.Write(Encoding.UTF8.GetBytes(stack));
            output.Write((byte)' ');
            output.WriteNumber(value);
            output.Write((byte)'\n');
        }
    }

    /// <summary>The stacks, each once.</summary>
    private static IEnumerable<KeyValuePair<string, ulong>> Lines(StackProfile profile, bool withName)
    {
        // Different addresses may be in the same functions.
        var sums = new Dictionary<string, ulong>();
        foreach (var sample in profile.Samples)
        {
            string stack = string.Join(';', sample.Frames.Select(f => Clean(f.Name)));
            if (withName)
                stack = stack.Length > 0 ? $"{profile.Name};{stack}" : profile.Name;
            else if (stack.Length == 0)
                stack = "[no stack]";
            sums[stack] = sums.GetValueOrDefault(stack) + sample.Value;
        }

        return sums.OrderByDescending(s => s.Value).ThenBy(s => s.Key, StringComparer.Ordinal);
    }

    /// <summary>What separates frames and lines can't be in a name.</summary>
    private static string Clean(string name) => name.Length == 0 ? "[empty]" : name.Replace(';', ':').ReplaceLineEndings(" ");
}
