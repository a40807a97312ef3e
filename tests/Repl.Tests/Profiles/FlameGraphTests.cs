using System.Globalization;
using System.Xml.Linq;
using Ctrace.Repl.Rendering.Profiles;
using static Ctrace.Repl.Tests.Profiles.ProfileSamples;

namespace Ctrace.Repl.Tests.Profiles;

/// <summary>A flame graph says what the folded text says.</summary>
public class FlameGraphTests
{
    private static readonly StackProfile Sample = Profile("@", ("[bash];main;read;vfs_k", 5), ("[bash];main;read", 2), ("[bash];main;write;vfs_k;copy_k", 40), ("[sh];main", 3), ("[sh]", 50));

    /// <summary>One frame of the picture.</summary>
    private sealed record Drawn(string Name, ulong Start, ulong Value, int Level, double X, double Y, double Width, string Title, string Class);

    private static List<Drawn> Frames(string svg)
    {
        var document = XDocument.Parse(svg);
        XNamespace ns = "http://www.w3.org/2000/svg";
        return [.. document.Descendants(ns + "g").Where(g => ((string?)g.Attribute("class"))?.StartsWith("f ") == true).Select(g =>
        {
            var rect = g.Element(ns + "rect")!;
            double Read(string name) => double.Parse(rect.Attribute(name)!.Value, CultureInfo.InvariantCulture);
            return new Drawn(g.Attribute("data-t")!.Value, (ulong)g.Attribute("data-s")!, (ulong)g.Attribute("data-n")!, (int)g.Attribute("data-l")!,
                Read("x"), Read("y"), Read("width"), g.Element(ns + "title")!.Value, g.Attribute("class")!.Value);
        })];
    }

    /// <summary>The stacks that the frames stand for: each frame's own part, which nothing that it called covers.</summary>
    private static IEnumerable<string> Unfold(List<Drawn> frames) => frames.Where(f => f.Level > 0).Select(f =>
    {
        var path = frames.Where(a => a.Level > 0 && a.Level <= f.Level && a.Start <= f.Start && a.Start + a.Value >= f.Start + f.Value).OrderBy(a => a.Level).Select(a => a.Name);
        ulong called = frames.Where(c => c.Level == f.Level + 1 && c.Start >= f.Start && c.Start < f.Start + f.Value).Aggregate(0UL, (sum, c) => sum + c.Value);
        return (Stack: string.Join(';', path), Own: f.Value - called);
    }).Where(s => s.Own > 0).Select(s => $"{s.Stack} {s.Own}");

    [Fact]
    public void Its_frames_unfold_to_the_folded_text() =>
        Assert.Equal(Folded(Sample).TrimEnd('\n').Split('\n').Order(), Unfold(Frames(FlameGraph.Write([Sample]))).Order());

    [Fact]
    public void Widths_are_counts_and_callees_lie_below_their_callers()
    {
        var frames = Frames(FlameGraph.Write([Sample]));
        double scale = frames[0].Width / frames[0].Value;
        Assert.Equal(100UL, frames[0].Value);
        foreach (var frame in frames)
        {
            Assert.Equal(frame.Value * scale, frame.Width, 0.02);
            Assert.Equal(frames[0].X + (frame.Start * scale), frame.X, 0.02);
            Assert.Equal(frames[0].Y + (frame.Level * 18), frame.Y);
        }

        foreach (var level in frames.GroupBy(f => f.Level))
        {
            var row = level.OrderBy(f => f.Start).ToList();
            for (int i = 1; i < row.Count; i++)
                Assert.True(row[i].Start >= row[i - 1].Start + row[i - 1].Value, "frames overlap");
        }
    }

    [Fact]
    public void A_frame_says_what_it_is()
    {
        var frames = Frames(FlameGraph.Write([Sample]));
        Assert.Equal("vfs_k in the kernel (5, 5%)", frames.Single(f => f.Name == "vfs_k" && f.Value == 5).Title);
        Assert.Equal("f k", frames.First(f => f.Name == "copy_k").Class);
        Assert.Equal("f u", frames.First(f => f.Name == "write").Class);
        Assert.Equal("f l", frames.First(f => f.Name == "[bash]").Class);
    }

    [Fact]
    public void Names_from_anywhere_do_no_harm()
    {
        var profile = Profile("@", ("x", 1));
        string[] evil = ["]]></script><script>alert(1)</script>", "a\0b\u001b[31m", "\"onload=\"x", "operator<<", "\ud800", "\uffff"];
        profile = profile with { Samples = [.. evil.Select(e => new ProfileSample([new ProfileFrame(e, FrameKind.User, e)], 1, []))] };
        var frames = Frames(FlameGraph.Write([profile]));
        Assert.Equal(evil.Length + 1, frames.Count);
        Assert.Contains(frames, f => f.Name == evil[0]);
        Assert.Single(FlameGraph.Write([profile]).Split("<script")[1..]);
    }

    [Fact]
    public void Many_maps_stand_one_below_the_other_and_an_empty_one_says_so()
    {
        string svg = FlameGraph.Write([Sample, Sample with { Name = "@b" }, Profile("@empty") with { Samples = [] }]);
        var frames = Frames(svg);
        Assert.Equal(2, frames.Count(f => f.Level == 0));
        Assert.True(frames.First(f => f.Name == "@b").Y > frames.TakeWhile(f => f.Name != "@b").Max(f => f.Y));
        Assert.Contains("@empty: nothing was counted", svg);
    }

    [Fact]
    public void What_is_too_small_to_see_is_left_out()
    {
        var frames = Frames(FlameGraph.Write([Profile("@", ("large", 10_000_000), ("small;callee", 1))]));
        Assert.Equal(["@", "large"], frames.Select(f => f.Name));
    }

    [BrowserFact]
    public void A_click_zooms_in_and_out_again_and_a_search_finds()
    {
        string answer = Browser.Run(FlameGraph.Write([Sample]), """
            const frames = () => [...document.querySelectorAll(".f")];
            const find = name => frames().find(f => f.dataset.t === name);
            const shown = () => frames().filter(f => f.style.display !== "none").map(f => f.dataset.t + "=" + Math.round(f.children[1].getAttribute("width"))).join(",");
            const click = e => e.dispatchEvent(new MouseEvent("click", { bubbles: true }));
            const all = shown();
            click(find("write"));
            const zoomed = shown(), text = find("copy_k").children[2].textContent;
            click(get("reset"));
            const again = shown() === all;
            find("[sh]").dispatchEvent(new MouseEvent("mouseover", { bubbles: true }));
            search("^(main|copy)");
            return [all, zoomed, text, again, get("details").textContent, get("matched").textContent, document.querySelectorAll(".found").length].join(" | ");
            """);
        Assert.Equal("@=1180,[bash]=555,main=555,read=83,vfs_k=59,write=472,vfs_k=472,copy_k=472,[sh]=625,main=35"
            + " | @=1180,[bash]=1180,main=1180,write=1180,vfs_k=1180,copy_k=1180 | copy_k | true | [sh] (53, 53%) | found: 50.00% | 3", answer);
    }
}
