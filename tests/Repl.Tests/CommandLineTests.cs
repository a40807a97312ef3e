namespace Ctrace.Repl.Tests;

/// <summary>The command line, right and wrong.</summary>
public class CommandLineTests
{
    private static Request Parse(params string[] words) => CommandLineParser.Parse(words);

    [Fact]
    public void A_program_and_its_parameters()
    {
        var request = Parse("-e", "@x = 1", "5", "--", "-q", "--foo", "y.ct");
        Assert.Equal("@x = 1", request.Program);
        Assert.Equal("5 -q --foo y.ct", string.Join(' ', request.Parameters));
        Assert.False(request.Quiet);
    }

    [Fact]
    public void A_file_and_its_parameters()
    {
        var request = Parse("-q", "script.ct", "5", "-3", "@map", "-v");
        Assert.Equal("script.ct", request.File);
        Assert.Equal("5 -3 @map", string.Join(' ', request.Parameters));
        Assert.True(request is { Quiet: true, Verbose: true });
        Assert.Equal("-", Parse("-").File);
    }

    [Fact]
    public void Every_option()
    {
        var request = Parse("-e", "x", "-c", "dd 'if=/dev/zero' \"of=a b\"", "-o", "out", "--dry-run", "--dump", "asm");
        Assert.Equal("dd|if=/dev/zero|of=a b", string.Join('|', request.Command!.Value));
        Assert.True(request is { OutputFile: "out", DryRun: true, Dump: DumpKind.Asm });
        Assert.Equal(7, Parse("-e", "x", "-p", "7").ProcessId);
    }

    [Theory]
    [InlineData("-l", null, false)]
    [InlineData("-lv", null, true)]
    [InlineData("-l a*", "a*", false)]
    [InlineData("-lv a*", "a*", true)]
    [InlineData("-l -v a*", "a*", true)]
    [InlineData("-v -l a*", "a*", true)]
    public void Listing(string words, string? pattern, bool verbose)
    {
        var request = Parse(words.Split(' '));
        Assert.Equal((RequestKind.List, pattern, verbose), (request.Kind, request.Pattern, request.Verbose));
    }

    [Theory]
    [InlineData("--dry-run", "--dry-run needs a program")]
    [InlineData("-c ls", "-c needs a program")]
    [InlineData("-e", "-e needs a value: -e PROGRAM")]
    [InlineData("-e x -e y", "-e can be given only once")]
    [InlineData("-e x -c", "-c needs a value")]
    [InlineData("-e x y.ct", "both -e and a file (y.ct)")]
    [InlineData("-e x -p abc", "-p abc: expected the number of a process")]
    [InlineData("-e x -p 0", "expected the number")]
    [InlineData("-e x -p -1", "-p")]
    [InlineData("-e x -p 1 -c ls", "-c and -p can't be used together")]
    [InlineData("-e x --dump foo", "--dump foo: expected ast, types, ir, asm, loading, verifier or all")]
    [InlineData("-e x --dryrun", "unknown option --dryrun; did you mean --dry-run?")]
    [InlineData("-e x -z", "unknown option -z (see --help)")]
    [InlineData("--halp", "did you mean --help?")]
    [InlineData("-l a b", "-l takes one pattern")]
    public void Mistakes_get_one_line(string words, string message)
    {
        var e = Assert.Throws<UsageException>(() => Parse(words.Split(' ', StringSplitOptions.RemoveEmptyEntries)));
        Assert.Contains(message, e.Message);
        Assert.DoesNotContain('\n', e.Message);
    }

    [Fact]
    public void Bpftraces_options()
    {
        var request = Parse("-B", "full", "-k", "--no-warnings", "--include", "a.h", "--include", "b.h", "--debuginfo", "/a:+b", "--probe-filter", "read$",
            "--traceable-functions", "list", "--usdt-file-activation", "--pid", "7", "--output", "x", "-e", "begin { }");
        Assert.Equal(Rendering.Buffering.Full, request.Buffering);
        Assert.True(request is { TellsFailures: true, NoWarnings: true, ProbeFilter: "read$", TraceableFunctions: "list", ProcessId: 7, OutputFile: "x" });
        Assert.Equal(["a.h", "b.h"], request.IncludedHeaders.AsEnumerable());
        Assert.Equal(["/a", "+b"], request.DebugFolders.AsEnumerable());
        Assert.Equal(RequestKind.List, Parse("-l", "-e", "begin { }").Kind);
        Assert.Equal("tool.bt", Parse("-lv", "tool.bt").File);
        Assert.Throws<UsageException>(() => Parse("-B", "some", "-e", "begin { }"));
    }

    [Theory]
    [InlineData("a b", "a|b")]
    [InlineData("  a \t b\n", "a|b")]
    [InlineData("'a b' c", "a b|c")]
    [InlineData("\"a b\"c", "a bc")]
    [InlineData("a\\ b \\'", "a b|'")]
    [InlineData("\"\\\"\\\\\\n\"", "\"\\\\n")]
    [InlineData("'\\' ''", "\\|")]
    [InlineData("", "")]
    public void Words_as_a_shell_splits_them(string command, string words) =>
        Assert.Equal(words, string.Join('|', ShellWords.Split(command)));

    [Theory]
    [InlineData("sh -c 'x")]
    [InlineData("a \"b")]
    public void An_open_quote_is_refused(string command) => Assert.Throws<UsageException>(() => ShellWords.Split(command));

    [Fact]
    public void Limits_from_the_environment()
    {
        static Limits Read(params (string Name, string Value)[] variables) =>
            Limits.Read(name => variables.Where(v => v.Name == name).Select(v => v.Value).FirstOrDefault());
        Assert.Equal(new Limits(), Read());
        Assert.Equal(10, Read(("BPFTRACE_MAX_MAP_KEYS", "10")).MaxMapKeys);
        Assert.Equal(20, Read(("BPFTRACE_MAX_MAP_KEYS", "10"), ("CTRACE_MAX_MAP_KEYS", "20")).MaxMapKeys);
        Assert.Equal(64, Read(("CTRACE_MAX_STRLEN", "64")).MaxStringLength);
        Assert.Equal(1 << 20, Read(("CTRACE_EVENT_BUFFER", "1m")).EventBuffer);
        Assert.Equal(8192, Read(("CTRACE_EVENT_BUFFER", "5000")).EventBuffer);
        foreach (string bad in new[] { "x", "-1", "0", "99999999999999999999", "1.5", "" + 'K', "2G", "1" })
            Assert.Throws<UsageException>(() => Read(("CTRACE_EVENT_BUFFER", bad)));
        Assert.Throws<UsageException>(() => Read(("CTRACE_MAX_STRLEN", "0")));
    }
}
