using System.IO.Compression;

namespace Ctrace.Repl.Rendering.Profiles;

/// <summary>
/// Profiles as pprof reads them: a compressed message, whose fields are described in google/pprof's profile.proto. Each map is a type
/// of sample; the parts of keys that are no stacks are the outermost frames, and labels too.
/// </summary>
public static class PprofWriter
{
    /// <summary>The file's bytes.</summary>
    /// <param name="profiles">What is in it.</param>
    /// <param name="now">When it ended.</param>
    /// <param name="duration">How long it took.</param>
    public static byte[] Write(IReadOnlyList<StackProfile> profiles, DateTimeOffset now, TimeSpan duration)
    {
        using var stream = new MemoryStream();
        using (var compressed = new GZipStream(stream, CompressionLevel.Optimal))
            compressed.Write(Message(profiles, now, duration));
        return stream.ToArray();
    }

    private static ReadOnlySpan<byte> Message(IReadOnlyList<StackProfile> profiles, DateTimeOffset now, TimeSpan duration)
    {
        var texts = new Dictionary<string, ulong> { [""] = 0 };
        // A frame is a location with one function; both have the same number, from 1 on.
        var frames = new Dictionary<ProfileFrame, ulong>();
        var profile = new ProtobufWriter();
        foreach (var map in profiles)
            profile.Message(1, type => { type.Number(1, Text(map.Measure)); type.Number(2, Text(map.IsCount ? "count" : "value")); });
        for (int i = 0; i < profiles.Count; i++)
        {
            foreach (var sample in profiles[i].Samples)
            {
                var values = new ulong[profiles.Count];
                values[i] = sample.Value;
                profile.Message(2, message =>
                {
                    message.Numbers(1, sample.Frames.Reverse().Select(Frame));
                    message.Numbers(2, values);
                    foreach (var (name, text) in sample.Labels)
                        message.Message(3, label => { label.Number(1, Text(name)); label.Number(2, Text(text)); });
                });
            }
        }

        foreach (var (frame, id) in frames)
        {
            profile.Message(4, location => { location.Number(1, id); location.Message(4, line => line.Number(1, id)); });
            profile.Message(5, function =>
            {
                function.Number(1, id);
                function.Number(2, Text(frame.Name));
                function.Number(3, Text(frame.Name));
                function.Number(4, Text(frame.File ?? (frame.Kind == FrameKind.Kernel ? "[kernel]" : "")));
            });
        }

        foreach (string text in texts.OrderBy(t => t.Value).Select(t => t.Key))
            profile.Text(6, text);
        profile.Number(9, (ulong)now.ToUnixTimeMilliseconds() * 1_000_000);
        profile.Number(10, (ulong)duration.TotalNanoseconds);
        return profile.Written;

        ulong Text(string text) => texts.TryGetValue(text, out ulong index) ? index : texts[text] = (ulong)texts.Count;
        ulong Frame(ProfileFrame frame) => frames.TryGetValue(frame, out ulong id) ? id : frames[frame] = (ulong)frames.Count + 1;
    }
}
