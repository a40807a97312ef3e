using System.Text;
using Ctrace.Compiler.Layouts;
using Ctrace.Compiler.Symbols;
using Ctrace.Repl.Rendering;
using static Ctrace.Repl.Tests.Samples;

namespace Ctrace.Repl.Tests;

/// <summary>Timestamps.</summary>
public class ClockTests
{
    private const long Boot = 1_700_000_000_000_000_000;

    [Theory]
    [InlineData("plain")]
    [InlineData("%%|%n|%t|%")]
    [InlineData("%s %f")]
    [InlineData("%l|%k|%f")]
    public void What_does_not_depend_on_the_zone(string format)
    {
        string expected = format switch
        {
            "plain" => "plain",
            "%s %f" => "1700000001 500000",
            "%l|%k|%f" => "500|500000000|500000",
            _ => "%|\n|\t|%",
        };
        Assert.Equal(expected, Format(format, 1_500_000_000));
    }

    [Theory]
    [InlineData("%H:%M:%S", "HH:mm:ss")]
    [InlineData("%T", "HH:mm:ss")]
    [InlineData("%F", "yyyy-MM-dd")]
    [InlineData("%Y/%m/%d %y", "yyyy/MM/dd yy")]
    [InlineData("%a %b %I %p", "ddd MMM hh tt")]
    [InlineData("%H.%f", "HH.ffffff")]
    public void As_dotnet_has_it(string format, string dotnet)
    {
        const long moment = 12_345_678_901_234;
        var local = DateTimeOffset.UnixEpoch.AddTicks((Boot + moment) / 100).ToLocalTime();
        Assert.Equal(local.ToString(dotnet, System.Globalization.CultureInfo.InvariantCulture), Format(format, moment));
    }

    [Fact]
    public void The_rest_of_strftime()
    {
        var local = DateTimeOffset.UnixEpoch.AddTicks(Boot / 100).ToLocalTime();
        Assert.Equal(local.DayOfYear.ToString("000"), Format("%j", 0));
        Assert.Equal(local.ToString("zzz").Replace(":", ""), Format("%z", 0));
        Assert.Equal($"{local.Day,2}", Format("%e", 0));
        Assert.NotEqual("%Z", Format("%Z", 0));
    }

    [Fact]
    public void A_long_result_and_an_empty_one()
    {
        string longText = new('x', 3000);
        Assert.Equal(longText, Format(longText, 0));
        Assert.Equal("", Format("", 0));
    }

    [Fact]
    public void Events_print_moments()
    {
        var clock = new Clock(() => Boot);
        var (fields, record) = Event((new TimestampType("%s\n"), 2_000_000_000L));
        Assert.Equal("1700000002\n", Show(s => s.Event(new TimeEvent(fields), record), clock: clock));
        Assert.Equal("1700000002\n\n", Show(s => s.Event(new PrintValueEvent(fields), record), clock: clock));
    }

    private static string Format(string format, ulong moment)
    {
        var output = new ByteWriter();
        new Clock(() => Boot).Write(output, moment, format);
        return Encoding.UTF8.GetString(output.Written);
    }
}
