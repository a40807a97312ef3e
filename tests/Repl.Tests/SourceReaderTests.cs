namespace Ctrace.Repl.Tests;

/// <summary>Program files, good and bad.</summary>
public sealed class SourceReaderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ctrace-test").FullName;

    public void Dispose() => Directory.Delete(_folder, true);

    private string Write(byte[] bytes)
    {
        string name = Path.Combine(_folder, "program.ct");
        File.WriteAllBytes(name, bytes);
        return name;
    }

    private static string Read(string name) => SourceReader.Read(new Request { File = name }).Text;

    [Fact]
    public void A_program_with_a_byte_order_mark() =>
        Assert.Equal("begin { }", Read(Write([0xef, 0xbb, 0xbf, .. "begin { }"u8])));

    [Fact]
    public void No_text()
    {
        Assert.Contains("not UTF-8", Assert.Throws<RefusedException>(() => Read(Write([0x7f, 0xff, 1]))).Message);
        Assert.Contains("not UTF-8", Assert.Throws<RefusedException>(() => Read(Write([(byte)'a', 0]))).Message);
        Assert.Contains("empty", Assert.Throws<RefusedException>(() => Read(Write(" \n"u8.ToArray()))).Message);
        Assert.Contains("too large", Assert.Throws<RefusedException>(() => Read(Write(new byte[(1 << 20) + 1]))).Message);
    }

    [Fact]
    public void No_file()
    {
        Assert.Contains("there is no file", Assert.Throws<UsageException>(() => Read(_folder + "/no/such")).Message);
        Assert.Contains("is a directory", Assert.Throws<UsageException>(() => Read(_folder)).Message);
        Assert.Contains("no such folder", Assert.Throws<UsageException>(() => OutputFile.Open(_folder + "/no/such")).Message);
        Assert.Contains("is a directory", Assert.Throws<UsageException>(() => OutputFile.Open(_folder)).Message);
    }
}
