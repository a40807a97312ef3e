using System.Text.RegularExpressions;
using Ctrace.Tests;

namespace Ctrace.Repl.Tests;

/// <summary>The schema and the reference describe the same documents.</summary>
public class SchemaTests
{
    private static List<string> Examples() => [.. Regex.Matches(DocumentSchema.Reference, "`(\\{\"type\".*?)` \\|").Select(m => m.Groups[1].Value), .. Regex.Matches(DocumentSchema.Reference, "(?<=, without a key )`(\\{.*?\\})` \\|").Select(m => m.Groups[1].Value)];

    [Fact]
    public void The_examples_of_the_reference_meet_the_schema()
    {
        Assert.True(Examples().Count >= 20);
        // A cell with two examples has words between them.
        foreach (string document in Examples().SelectMany(e => e.Split("`, without a key `")))
            Assert.Null(DocumentSchema.Problem(document));
    }

    [Fact]
    public void Both_have_the_same_types()
    {
        string[] documented = [.. Regex.Matches(DocumentSchema.Reference, @"(?m)^\| (`[a-z_]+`(, `[a-z_]+`)*) \|").SelectMany(m => Regex.Matches(m.Groups[1].Value, "[a-z_]+").Select(t => t.Value))];
        Assert.Equal(documented.Order(), DocumentSchema.Types.Order());
    }

    [Theory]
    [InlineData("""{"type": "nosuch", "data": 1}""")]
    [InlineData("""{"type": "printf", "data": 1}""")]
    [InlineData("""{"type": "printf", "data": "x", "more": 1}""")]
    [InlineData("""{"type": "map", "data": {"k": 1}}""")]
    [InlineData("""{"type": "map", "data": {"@a": 1, "@b": 2}}""")]
    [InlineData("""{"type": "hist", "data": {"@h": [{"min": 1, "max": 2}]}}""")]
    [InlineData("""{"type": "stats", "data": {"@s": {"count": 1, "average": "x", "total": 1}}}""")]
    [InlineData("""{"type": "lost_events", "data": {"events": 0, "cause": "event_buffer_full", "probe": "p"}}""")]
    [InlineData("""{"type": "lost_updates", "data": {"updates": 1, "cause": "map_full", "probe": "p"}}""")]
    [InlineData("""{"type": "row", "data": {"x": null}}""")]
    public void What_is_no_document_is_refused(string text) => Assert.NotNull(DocumentSchema.Problem(text));
}
