using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text;
using Ctrace.Compiler.Layouts;
using Ctrace.Compiler.Symbols;
using static Ctrace.Repl.Tests.Samples;

namespace Ctrace.Repl.Tests;

/// <summary>Conversions give what the C library's own <c>snprintf</c> gives.</summary>
public unsafe partial class PrintfTests
{
    private static readonly FormatFlags[] Flags =
        [.. Enumerable.Range(0, 32).Select(i => (FormatFlags)i)];

    public static TheoryData<char> Conversions => ['d', 'u', 'x', 'X', 'o'];

    [Theory]
    [MemberData(nameof(Conversions))]
    public void Integers_as_in_c(char conversion)
    {
        foreach (long value in new[] { 0, 1, -1, 8, 255, -42, 1234567, int.MaxValue, int.MinValue, long.MaxValue, long.MinValue })
            foreach (var flags in Flags)
                foreach (int width in new[] { 0, 3, 12 })
                    foreach (int precision in new[] { -1, 0, 2, 9 })
                        Compare(new FormatArgument(0, conversion, width, precision, flags, 64), value);
    }

    [Fact]
    public void Text_as_in_c()
    {
        foreach (string text in new[] { "", "a", "abcdef", "longer than the width" })
            foreach (var flags in new[] { FormatFlags.None, FormatFlags.Left })
                foreach (int width in new[] { 0, 4, 10 })
                    foreach (int precision in new[] { -1, 0, 3, 40 })
                        Compare(new FormatArgument(0, 's', width, precision, flags, 0), text);
    }

    [Theory]
    // Printed by bpftrace 0.27.1 for the same types.
    [InlineData('x', 8, true, -1, 0, "ffffffff")]
    [InlineData('u', 8, true, -5, 0, "4294967291")]
    [InlineData('x', 8, true, -1, 64, "ffffffffffffffff")]
    [InlineData('x', 4, true, -1, 0, "ffffffff")]
    [InlineData('x', 2, true, -1, 0, "ffffffff")]
    [InlineData('x', 1, false, 255, 0, "ff")]
    [InlineData('u', 1, true, -1, 0, "4294967295")]
    [InlineData('d', 8, false, -1, 0, "-1")]
    [InlineData('d', 8, true, 300, 8, "44")]
    [InlineData('d', 8, true, 70000, 16, "4464")]
    [InlineData('x', 8, true, 300, 8, "2c")]
    [InlineData('p', 8, true, 0x1234, 0, "0x1234")]
    [InlineData('p', 8, true, 0, 0, "0")]
    [InlineData('c', 8, true, 65, 0, "A")]
    [InlineData('c', 8, true, 0, 0, "\0")]
    [InlineData('s', 8, true, -5, 0, "-5")]
    // And what it would cut to 32 bits: a wrong number helps nobody.
    [InlineData('x', 8, true, -5000000000, 0, "fffffffed5fa0e00")]
    [InlineData('d', 8, true, -5000000000, 0, "-5000000000")]
    [InlineData('u', 8, false, 5000000000, 0, "5000000000")]
    public void Sizes_and_shapes(char conversion, int size, bool signed, long value, int bits, string expected) =>
        Assert.Equal(expected, Print([new FormatArgument(0, conversion, 0, -1, 0, bits)], (new IntegerType(size, signed), value)));

    [Theory]
    // What bpftrace 0.27.1 shows of a function's result, by these conversions.
    [InlineData('d', 0xffffffff, 0, "-1")]
    [InlineData('d', 0xffffffff, 64, "4294967295")]
    [InlineData('d', 7, 0, "7")]
    [InlineData('u', 0xffffffff, 0, "4294967295")]
    [InlineData('x', 0xffffffff, 0, "ffffffff")]
    // And what it would cut.
    [InlineData('d', 0x1ffffffff, 0, "8589934591")]
    [InlineData('d', -1, 0, "-1")]
    public void A_register_may_hold_an_int(char conversion, long value, int bits, string expected) =>
        Assert.Equal(expected, Print([new FormatArgument(0, conversion, 0, -1, 0, bits) { IsRegister = true }], (TraceType.UInt64, value)));

    [Fact]
    public void Shapes_under_s()
    {
        FormatPiece[] format = [new FormatArgument(0, 's', 0, -1, 0, 0)];
        Assert.Equal("true", Print(format, (TraceType.Bool, 1)));
        Assert.Equal("(1, a)", Print(format, (TupleType.Of([TraceType.Int64, new StringType(8)]), new object[] { 1L, "a" })));
        Assert.Equal("0x10", Print(format, (new PointerType(new IntegerType(1, true), AddressSpace.User), 16L)));
        Assert.Equal("interval:s:1", Print(format, (new ProbeNameType(false), 1)));
        Assert.Equal("1", Print([new FormatArgument(0, 'd', 0, -1, 0, 0)], (TraceType.Bool, 1)));
    }

    [Fact]
    public void Bytes_and_cut_off_strings_pass_through()
    {
        var (fields, record) = Event((TraceType.Int64, 5L), (new StringType(16), new byte[] { 0xff, (byte)'a', 0, (byte)'b' }));
        var printf = new PrintfEvent(
            [new FormatArgument(0, 'd', 0, -1, 0, 0), new FormatText([0xfe, 0]), new FormatArgument(1, 's', 0, -1, 0, 0)], fields);
        Assert.Equal("5\xfe\0\xff" + "a", Show(s => s.Event(printf, record)));
        Assert.Equal("5\xfe\0\xff", Show(s => s.Event(printf, record.AsSpan(0, fields[1].Offset + 1))));
        Assert.Equal("5\xfe\0", Show(s => s.Event(printf, record.AsSpan(0, fields[1].Offset))));
    }

    private static string Print(FormatPiece[] format, (TraceType Type, object Value) field)
    {
        var (fields, record) = Event(field);
        var printf = new PrintfEvent([.. format], fields);
        return Show(s => s.Event(printf, record), probes: ["begin", "interval:s:1"]);
    }

    private static void Compare(FormatArgument argument, object value)
    {
        TraceType type = value is long ? TraceType.Int64 : new StringType(64);
        string flags = (argument.Flags.HasFlag(FormatFlags.Left) ? "-" : "") + (argument.Flags.HasFlag(FormatFlags.Plus) ? "+" : "")
            + (argument.Flags.HasFlag(FormatFlags.Space) ? " " : "") + (argument.Flags.HasFlag(FormatFlags.Alternate) ? "#" : "")
            + (argument.Flags.HasFlag(FormatFlags.Zero) ? "0" : "");
        string spec = "%" + flags + (argument.Width > 0 ? argument.Width : "") + (argument.Precision >= 0 ? "." + argument.Precision : "")
            + (value is long ? "l" : "") + argument.Conversion;
        Assert.Equal((spec, value, Reference(spec, value)), (spec, value, Print([argument], (type, value))));
    }

    private static string Reference(string spec, object value)
    {
        byte* buffer = stackalloc byte[256];
        int size;
        if (value is long number)
        {
            size = Print(buffer, 256, spec, number);
        }
        else
        {
            var text = Marshal.StringToCoTaskMemUTF8((string)value);
            size = Print(buffer, 256, spec, text);
            Marshal.FreeCoTaskMem(text);
        }

        return Encoding.UTF8.GetString(buffer, size);
    }

    // A variadic function takes integers in the same registers as any other, on x86-64 and arm64 Linux.
    [LibraryImport("libc", EntryPoint = "snprintf", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Print(byte* buffer, nuint size, string format, long value);
}
