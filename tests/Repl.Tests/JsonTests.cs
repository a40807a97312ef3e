using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Ctrace.Compiler;
using Ctrace.Compiler.Layouts;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Text;
using Ctrace.Compiler.Values;
using Ctrace.Repl.Rendering;
using Ctrace.Runtime;
using static Ctrace.Repl.Tests.Samples;

namespace Ctrace.Repl.Tests;

/// <summary>JSON documents as bpftrace 0.27.1 writes them, valid whatever the bytes.</summary>
public class JsonTests
{
    [Fact]
    public void Maps()
    {
        Assert.Equal("{\"type\": \"map\", \"data\": {\"@c\": 1}}\n", Json(s => s.Map(Map("@c", [], ([], Number(1))), 0, 1)));
        Assert.Equal("{\"type\": \"map\", \"data\": {\"@k\": {\"1,a\": 2, \"3,b\": 4}}}\n", Json(s => s.Map(
            Map("@k", [TraceType.Int64, new StringType(8)], ([1, "a"], Number(2)), ([3, "b"], Number(4))), 0, 1)));
        Assert.Equal("{\"type\": \"map\", \"data\": {\"@k\": {\"3\": 2}}}\n", Json(s => s.Map(
            Map("@k", [TraceType.Int64], ([1], Number(2)), ([3], Number(4))), 1, 2)));
        Assert.Equal("", Json(s => s.Map(Map("@k", [TraceType.Int64]), 0, 1)));
        var tuple = TupleType.Of([TraceType.Int64, TupleType.Of([TraceType.Int64, TraceType.Int64])]);
        Assert.Equal("{\"type\": \"map\", \"data\": {\"@t\": {\"1,(2,3)\": 4}}}\n", Json(s => s.Map(
            Map("@t", [tuple], ([new object[] { 1, new object[] { 2, 3 } }], Number(4))), 0, 1)));
    }

    [Fact]
    public void Histograms_and_stats()
    {
        var histogram = new HistogramValue([new("(..., 0)", null, 0, 1), new("[0]", 0, 1, 2), new("[4, 8)", 4, 8, 3), new("[8, ...)", 8, null, 4)]);
        Assert.Equal("{\"type\": \"hist\", \"data\": {\"@h\": {\"1\": [{\"max\": -1, \"count\": 1},{\"min\": 0, \"max\": 0, \"count\": 2},{\"min\": 4, \"max\": 7, \"count\": 3},{\"min\": 8, \"count\": 4}]}}}\n",
            Json(s => s.Map(Map("@h", [TraceType.Int64], ([1], histogram)), 0, 1)));
        Assert.Equal("{\"type\": \"value\", \"data\": {\"count\": 1, \"average\": 4, \"total\": 4}}\n",
            Json(s => s.Entry(Map("@s", [], ([], new StatsValue(1, 4, 4, true))))));
    }

    [Fact]
    public void Tables_and_rows()
    {
        Assert.Equal("{\"type\": \"table\", \"data\": {\"@\": [{\"comm\": \"a\", \"count\": 1, \"max\": 2},{\"comm\": \"b\", \"count\": 3, \"max\": 4}]}}\n",
            Json(s => s.Map(Table("@", [new StringType(8)], ["comm"], ["count", "max"], 0, 0, true,
                (["a"], [Number(1), Number(2)]), (["b"], [Number(3), Number(4)])), 0, 1)));
        var (fields, record) = Event((TraceType.UInt32, 7), (new StringType(8), "x\"y"), (TraceType.Bool, 1));
        Assert.Equal("{\"type\": \"row\", \"data\": {\"pid\": 7, \"comm\": \"x\\\"y\", \"ok\": true}}\n",
            Json(s => s.Event(new RowEvent(["pid", "comm", "ok"], fields), record)));
    }

    [Theory]
    [InlineData(5L, true, "5")]
    [InlineData(-9007199254740993L, true, "\"-9007199254740993\"")]
    [InlineData(9007199254740993L, true, "\"9007199254740993\"")]
    [InlineData(9007199254740992L, true, "9007199254740992")]
    [InlineData(long.MaxValue, true, "\"9223372036854775807\"")]
    [InlineData(long.MinValue, true, "-9223372036854775808")]
    [InlineData(long.MinValue, false, "9223372036854775808")]
    [InlineData(-1L, false, "\"18446744073709551615\"")]
    public void Numbers_arrive_exactly(long bits, bool signed, string expected)
    {
        var (fields, record) = Event((new IntegerType(8, signed), bits));
        Assert.Equal($"{{\"type\": \"value\", \"data\": {expected}}}\n", Json(s => s.Event(new PrintValueEvent(fields), record)));
    }

    [Fact]
    public void Any_bytes_give_valid_json()
    {
        var random = new Random(1);
        for (int i = 0; i < 2000; i++)
        {
            byte[] bytes = new byte[random.Next(40)];
            random.NextBytes(bytes);
            bytes = [.. bytes.Select(b => b == 0 ? (byte)1 : b)];
            var (fields, record) = Event((new StringType(48), bytes));
            using var document = JsonDocument.Parse(JsonBytes(s => s.Event(new PrintValueEvent(fields), record)));
            Assert.Equal(JsonValueKind.String, document.RootElement.GetProperty("data").ValueKind);
        }

        var (one, whole) = Event((new StringType(16), new byte[] { (byte)'x', 1, 0xff, (byte)'"', (byte)'\\', (byte)'\n', 0xc3, 0xa4 }));
        Assert.Equal("{\"type\": \"value\", \"data\": \"x\\u0001\\u00ff\\\"\\\\\\n\u00c3\u00a4\"}\n", Json(s => s.Event(new PrintValueEvent(one), whole)));
    }

    [Fact]
    public void Each_document_is_written_down()
    {
        string docs = File.ReadAllText(Path.Combine(Root(), "docs", "json.md"));
        var (fields, record) = Event((TraceType.Int64, 2));
        byte[] join = [.. new byte[EventLayout.HeaderSize], .. "ls\0-l\0"u8];
        ImmutableArray<FormatPiece> format = [new FormatText([.. "e "u8]), new FormatArgument(0, 'd', 0, -1, FormatFlags.None, 0)];
        string[] written =
        [
            Json(s => s.Attached(1)), Json(s => s.Event(new JoinEvent(" "), join)),
            Json(s => s.Event(new FormattedEvent(FormatUse.Error, format, new TextSpan(8, 3), fields), record)),
            Json(s => s.Lost(Loss(LossCause.EventBufferFull) with { Subject = null, Probe = "kprobe:f" }, 5)),
            Json(s => s.Lost(Loss(LossCause.OrderBufferFull) with { Subject = null, Probe = "kprobe:f" }, 1)),
            Json(s => s.Lost(Loss(LossCause.MapFull) with { Subject = "@k", Probe = "kprobe:f" }, 7)),
            Json(s => s.Lost(Loss(LossCause.LoopCut) with { Subject = null, Probe = "kprobe:f" }, 2)),
            Json(s => s.Lost(Loss(LossCause.SpanTooDeep) with { Subject = null, Probe = "kprobe:f" }, 3)),
            Json(s => s.Lost(Loss(LossCause.TextCut) with { Subject = null, Probe = "kprobe:f" }, 6)),
            Json(s => ((JsonSink)s).LostRows(4, "line 1, column 9")),
            Json(s => s.LostInAll(Loss(LossCause.EventBufferFull) with { Subject = null, Probe = "kprobe:f" }, 9, 1)),
        ];
        Assert.All(written, line => Assert.Contains($"`{line.TrimEnd()}`", docs));
    }

    [Fact]
    public void Named_values()
    {
        var address = new InternetAddressValue(2, new byte[] { 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 });
        Assert.Equal("\"127.0.0.1\"", One(address));
        Assert.Equal("\"01:02:03:04:05:FF\"", One(new HardwareAddressValue(new byte[] { 1, 2, 3, 4, 5, 255 })));
        Assert.Equal("[97,98,1]", One(new BufferValue("ab\x01"u8.ToArray())));
        Assert.Equal("[1,2]", One(new BytesValue(new byte[] { 1, 2 })));
        Assert.Equal("\"write\"", One(new LookupValue(LookupKind.Syscall, 1)));
        Assert.Equal("5", One(new AddressValue(5)));
    }

    private static string One(TraceValue value)
    {
        var output = new ByteWriter();
        new JsonWriter(new ValueFormatter(new Clock())).Write(output, value);
        return Encoding.UTF8.GetString(output.Written);
    }

    private static string Json(Action<ITraceSink> action) => Encoding.Latin1.GetString(JsonBytes(action));

    private static byte[] JsonBytes(Action<ITraceSink> action)
    {
        var text = new List<byte>();
        var output = new OutputStream(bytes =>
        {
            text.AddRange(bytes);
            return true;
        });
        var sink = new JsonSink(output, _ => { }, [], new TextSinkOptions { Source = new SourceText("begin { errorf(\"e %d\", 2); }") });
        action(sink);
        sink.Flush();
        return [.. text];
    }

    private static string Root([System.Runtime.CompilerServices.CallerFilePath] string path = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "..", ".."));
}
