using System.IO.Compression;
using System.Text.Json;
using Ctrace.Repl.Rendering;
using Ctrace.Repl.Rendering.Profiles;
using Ctrace.Runtime.Symbols;
using static Ctrace.Repl.Tests.Profiles.ProfileSamples;

namespace Ctrace.Repl.Tests.Profiles;

/// <summary>Profiles as other tools read them.</summary>
public class ProfileFormatTests
{
    [Fact]
    public void Folded_has_a_line_for_each_stack_the_largest_first() =>
        Assert.Equal("main;read;vfs_k 7\n[bash];main 3\nmain 2\n", Folded(Profile("@", ("main", 2), ("main;read;vfs_k", 5), ("[bash];main", 3), ("main;read;vfs_k", 2))));

    [Fact]
    public void Folded_says_the_map_where_there_are_many() => Assert.Equal("@a;main 2\n", Folded(Profile("@a", ("main", 2)), withName: true));

    [Fact]
    public void What_separates_is_not_left_in_a_name()
    {
        var profile = Profile("@", ("main", 1));
        profile = profile with { Samples = [profile.Samples[0] with { Frames = [new("a;b\nc", FrameKind.User), new("", FrameKind.Label)] }] };
        Assert.Equal("a:b c;[empty] 1\n", Folded(profile));
    }

    [Theory]
    [InlineData("kstack", "comm")]
    [InlineData("key1", "key2")]
    public void A_map_s_key_becomes_frames_the_process_s_name_first(string first, string second)
    {
        var builder = new ProfileBuilder(new Symbolizer(), new ValueFormatter(new Clock()));
        var profile = builder.Build(Map([first, second], true, ([1, 2], "bash", 5), ([3], "", -1), ([4], "zero", 0), ([], "idle", 2)));
        Assert.Equal("bash;0x2;0x1 5\nidle 2\n", Folded(profile));
        Assert.Equal(("comm", "bash"), profile.Samples.Single(s => s.Value == 5).Labels.Single());
        Assert.Equal(1, builder.LeftOut);
    }

    [Fact]
    public void The_largest_number_without_a_sign_counts()
    {
        var builder = new ProfileBuilder(new Symbolizer(), new ValueFormatter(new Clock()));
        Assert.Equal("a;0x1 18446744073709551615\n", Folded(builder.Build(Map(["kstack", "comm"], false, ([1], "a", -1)))));
    }

    [Fact]
    public void Speedscope_gets_frames_samples_and_weights_that_fit_together()
    {
        using var document = JsonDocument.Parse(SpeedscopeWriter.Write([Profile("@a", ("main;read_k", 5), ("main", 2)), Profile("@b", ("\"x\"", 1))]));
        var root = document.RootElement;
        Assert.Equal("https://www.speedscope.app/file-format-schema.json", root.GetProperty("$schema").GetString());
        string[] frames = [.. root.GetProperty("shared").GetProperty("frames").EnumerateArray().Select(f => f.GetProperty("name").GetString()!)];
        Assert.Equal(["main", "read_k", "\"x\""], frames);
        var profile = root.GetProperty("profiles")[0];
        Assert.Equal("sampled", profile.GetProperty("type").GetString());
        Assert.Equal((0, 7), (profile.GetProperty("startValue").GetInt32(), profile.GetProperty("endValue").GetInt32()));
        Assert.Equal("[[0,1],[0]]", profile.GetProperty("samples").GetRawText());
        Assert.Equal("[5,2]", profile.GetProperty("weights").GetRawText());
        Assert.Equal("[[2]]", root.GetProperty("profiles")[1].GetProperty("samples").GetRawText());
    }

    [Fact]
    public void Pprof_can_be_decoded_again()
    {
        var first = Profile("@a", ("main;read_k", 5_000_000_000), ("main", 2));
        first = first with { Samples = [first.Samples[0] with { Labels = [("comm", "bash")] }, first.Samples[1]] };
        var end = DateTimeOffset.FromUnixTimeSeconds(1_000_000);
        byte[] file = PprofWriter.Write([first, Profile("@b", ("main", 1)) with { Measure = "bytes", IsCount = false }], end, TimeSpan.FromSeconds(3));
        using var stream = new GZipStream(new MemoryStream(file), CompressionMode.Decompress);
        using var plain = new MemoryStream();
        stream.CopyTo(plain);
        var profile = new ProtobufReader(plain.ToArray());

        var texts = profile.Texts(6);
        Assert.Equal("", texts[0]);
        Assert.Equal(texts.Count, texts.Distinct().Count());
        Assert.Equal(["count/count", "bytes/value"], profile.Messages(1).Select(t => $"{texts[(int)t.Number(1)]}/{texts[(int)t.Number(2)]}"));
        var functions = profile.Messages(5).ToDictionary(f => f.Number(1), f => texts[(int)f.Number(2)]);
        var locations = profile.Messages(4).ToDictionary(l => l.Number(1), l => functions[l.Messages(4).Single().Number(1)]);
        string[] samples = [.. profile.Messages(2).Select(s => $"{string.Join(';', s.Packed(1).Select(id => locations[id]))} {string.Join(',', s.Packed(2))}")];
        Assert.Equal(["read_k;main 5000000000,0", "main 2,0", "main 0,1"], samples);
        var label = profile.Messages(2)[0].Messages(3).Single();
        Assert.Equal(("comm", "bash"), (texts[(int)label.Number(1)], texts[(int)label.Number(2)]));
        Assert.Equal((1_000_000_000_000_000UL, 3_000_000_000UL), (profile.Number(9), profile.Number(10)));
    }

    [Fact]
    public void Two_profiles_add_up() =>
        Assert.Equal("main 5\nread 4\nx 1\n", Folded(Profile("@", ("main", 2), ("read", 4)).Plus(Profile("@", ("main", 3), ("x", 1)))));
}
