using System.Text;

namespace Ctrace.Repl.Tests;

/// <summary>One file after the other, without a line lost or cut.</summary>
public sealed class RotatedFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ctrace-rotate").FullName;

    private string Name(int old = 0) => Path.Combine(_folder, old == 0 ? "out" : $"out.{old}");

    private void Write(Rotation rotation, params string[] pieces)
    {
        using var file = new RotatedFile(Name(), rotation);
        foreach (string piece in pieces)
            Assert.True(file.Write(Encoding.UTF8.GetBytes(piece)), file.Problem);
    }

    [Fact]
    public void The_oldest_is_removed()
    {
        Write(new Rotation(4, 2), "aa\nbb\ncc\ndd\n", "ee\n");
        Assert.Equal(("ee\n", "dd\n", "cc\n"), (File.ReadAllText(Name()), File.ReadAllText(Name(1)), File.ReadAllText(Name(2))));
        Assert.False(File.Exists(Name(3)));
    }

    [Fact]
    public void A_line_stays_in_one_file()
    {
        Write(new Rotation(6, 9), "aa\nb", "bbbbbbbbb", "b\ncc\n", "dd\nthis is long\n");
        Assert.Equal(["this is long\n", "cc\ndd\n", "aa\nbbbbbbbbbbb\n"], Enumerable.Range(0, 3).Select(i => File.ReadAllText(Name(i))));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(100)]
    [InlineData(5000)]
    public void All_files_together_are_all_lines(int pieceSize)
    {
        string text = string.Concat(Enumerable.Range(0, 3000).Select(i => $"line {i} {new string('x', i % 90)}\n"));
        Write(new Rotation(4096, 1000), [.. text.Chunk(pieceSize).Select(c => new string(c))]);
        string[] files = [.. Enumerable.Range(0, 1000).Select(Name).TakeWhile(File.Exists).Select(File.ReadAllText)];
        Assert.Equal(text, string.Concat(files.Reverse()));
        Assert.All(files, f => Assert.EndsWith("\n", f));
        Assert.All(files, f => Assert.InRange(f.Length, 1, 4096 + 200));
    }

    [Theory]
    [InlineData("10M", 10 << 20, 5)]
    [InlineData("64k,2", 64 << 10, 2)]
    [InlineData("100", 100, 5)]
    public void Sizes(string text, long size, int kept) => Assert.Equal(new Rotation(size, kept), Amounts.Rotation("--rotate", text));

    [Theory]
    [InlineData("--rotate 10X -o f", "--rotate 10X: expected a size")]
    [InlineData("--rotate 10M,0 -o f", "--rotate 10M,0: expected")]
    [InlineData("--rotate 10M,1,2 -o f", "expected a size")]
    [InlineData("--rotate 0 -o f", "expected a size")]
    [InlineData("--rotate ,3 -o f", "expected a size")]
    [InlineData("--rotate 10M", "--rotate needs a file: say which with -o FILE")]
    [InlineData("--rotate 10M -o f -f pprof", "--rotate makes no sense with -f pprof")]
    [InlineData("--duration 10", "--duration 10: expected a time such as 500ms, 10s, 5m or 2h")]
    [InlineData("--duration -1s", "expected a time")]
    [InlineData("--duration 0s", "expected a time")]
    [InlineData("--duration 1e3s", "expected a time")]
    [InlineData("--duration", "--duration needs a value: --duration 10s")]
    [InlineData("--max-cpu 0%", "--max-cpu 0%: expected a share of one CPU")]
    [InlineData("--max-cpu 101%", "expected a share")]
    [InlineData("--max-cpu much", "expected a share")]
    [InlineData("--flame x.png", "--flame x.png: expected the name of a file that ends in .svg")]
    public void What_makes_no_sense_is_said(string words, string message) =>
        Assert.Contains(message, Assert.Throws<UsageException>(() => CommandLineParser.Parse(["-e", "x", .. words.Split(' ')])).Message);

    [Theory]
    [InlineData("500ms", 500)]
    [InlineData("1.5s", 1500)]
    [InlineData("2m", 120_000)]
    [InlineData("1h", 3_600_000)]
    public void Times(string text, int milliseconds)
    {
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), CommandLineParser.Parse(["-e", "x", "--duration", text]).Duration);
        Assert.Equal(2.5, CommandLineParser.Parse(["-e", "x", "--max-cpu", "2.5%"]).MaxCpu);
    }

    public void Dispose() => Directory.Delete(_folder, true);
}
