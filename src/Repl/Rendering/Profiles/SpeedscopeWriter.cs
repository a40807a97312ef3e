using System.Text.Json;

namespace Ctrace.Repl.Rendering.Profiles;

/// <summary>Profiles as the document that speedscope.app reads: one profile for each map.</summary>
public static class SpeedscopeWriter
{
    private const string Schema = "https://www.speedscope.app/file-format-schema.json";

    /// <summary>The document.</summary>
    public static byte[] Write(IReadOnlyList<StackProfile> profiles)
    {
        var frames = new Dictionary<ProfileFrame, int>();
        foreach (var frame in profiles.SelectMany(p => p.Samples).SelectMany(s => s.Frames))
            frames.TryAdd(frame, frames.Count);

        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("$schema", Schema);
            json.WriteString("exporter", "ctrace");
            json.WriteString("name", string.Join(", ", profiles.Select(p => p.Name)));
            json.WriteStartObject("shared");
            json.WriteStartArray("frames");
            foreach (var frame in frames.OrderBy(f => f.Value).Select(f => f.Key))
            {
                json.WriteStartObject();
                json.WriteString("name", frame.Name);
                if ((frame.File ?? (frame.Kind == FrameKind.Kernel ? "[kernel]" : null)) is { } file)
                    json.WriteString("file", file);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteStartArray("profiles");
            foreach (var profile in profiles)
                Write(json, profile, frames);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        stream.WriteByte((byte)'\n');
        return stream.ToArray();
    }

    private static void Write(Utf8JsonWriter json, StackProfile profile, Dictionary<ProfileFrame, int> frames)
    {
        json.WriteStartObject();
        json.WriteString("type", "sampled");
        json.WriteString("name", $"{profile.Name}: {profile.Measure}");
        json.WriteString("unit", "none");
        json.WriteNumber("startValue", 0);
        json.WriteNumber("endValue", profile.Total);
        json.WriteStartArray("samples");
        foreach (var sample in profile.Samples)
        {
            json.WriteStartArray();
            foreach (var frame in sample.Frames)
                json.WriteNumberValue(frames[frame]);
            json.WriteEndArray();
        }

        json.WriteEndArray();
        json.WriteStartArray("weights");
        foreach (var sample in profile.Samples)
            json.WriteNumberValue(sample.Value);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
