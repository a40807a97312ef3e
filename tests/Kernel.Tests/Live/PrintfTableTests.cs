namespace Ctrace.Kernel.Tests.Live;

/// <summary>What <c>printf</c> prints is what bpftrace 0.27.1 printed for the same call, on the same kind of machine.</summary>
public class PrintfTableTests
{
    /// <summary>Arguments of <c>printf</c>, and the text.</summary>
    private static readonly string[,] Cases =
    {
        { "\"%d\", 255", "255" },
        { "\"%5d\", 255", "  255" },
        { "\"%-5d|\", 255", "255  |" },
        { "\"%05d\", 255", "00255" },
        { "\"%+d\", 255", "+255" },
        { "\"%+5d\", 255", " +255" },
        { "\"%-+6d|\", 255", "+255  |" },
        { "\"%x\", 255", "ff" },
        { "\"%X\", 255", "FF" },
        { "\"%#x\", 255", "0xff" },
        { "\"%#X\", 255", "0XFF" },
        { "\"%o\", 255", "377" },
        { "\"%#o\", 255", "0377" },
        { "\"%u\", 255", "255" },
        { "\"%10u\", 255", "       255" },
        { "\"%-10x|\", 255", "ff        |" },
        { "\"%08x\", 255", "000000ff" },
        { "\"%#10x\", 255", "      0xff" },
        { "\"%i\", 255", "255" },
        { "\"%3i\", 255", "255" },
        { "\"%lu\", 255", "255" },
        { "\"%lld\", 255", "255" },
        { "\"%llx\", 255", "ff" },
        { "\"%zu\", 255", "255" },
        { "\"%ld\", 255", "255" },
        { "\"%jd\", 255", "255" },
        { "\"%d\", -5", "-5" },
        { "\"%ld\", -5", "-5" },
        { "\"%lx\", -5", "fffffffffffffffb" },
        { "\"%5d\", -5", "   -5" },
        { "\"%-8d|\", -5", "-5      |" },
        { "\"%hhd\", -5", "-5" },
        { "\"%hhu\", -5", "251" },
        { "\"%hd\", -5", "-5" },
        { "\"%hu\", -5", "65531" },
        { "\"%hhx\", -5", "fb" },
        { "\"%hx\", -5", "fffb" },
        { "\"%s\", -5", "-5" },
        { "\"%p\", -5", "0xfffffffffffffffb" },
        { "\"%d\", 0", "0" },
        { "\"%x\", 0", "0" },
        { "\"%#x\", 0", "0" },
        { "\"%o\", 0", "0" },
        { "\"%#o\", 0", "0" },
        { "\"%u\", 0", "0" },
        { "\"%s\", 0", "0" },
        { "\"%5d\", 0", "    0" },
        { "\"%+d\", 0", "+0" },
        { "\"%c\", 0", "\u0000" },
        { "\"%hhd\", 70000", "112" },
        { "\"%hd\", 70000", "4464" },
        { "\"%d\", 70000", "70000" },
        { "\"%ld\", 70000", "70000" },
        { "\"%hhu\", 70000", "112" },
        { "\"%hu\", 70000", "4464" },
        { "\"%u\", 70000", "70000" },
        { "\"%lx\", 70000", "11170" },
        { "\"%hx\", 70000", "1170" },
        { "\"%hhx\", 70000", "70" },
        { "\"%ld\", 9223372036854775807", "9223372036854775807" },
        { "\"%lu\", 9223372036854775807", "9223372036854775807" },
        { "\"%lx\", 9223372036854775807", "7fffffffffffffff" },
        { "\"%lX\", 9223372036854775807", "7FFFFFFFFFFFFFFF" },
        { "\"%s\", 9223372036854775807", "9223372036854775807" },
        { "\"%p\", 9223372036854775807", "0x7fffffffffffffff" },
        { "\"%lu\", (uint64)18446744073709551615", "18446744073709551615" },
        { "\"%lx\", (uint64)18446744073709551615", "ffffffffffffffff" },
        { "\"%ld\", (uint64)18446744073709551615", "-1" },
        { "\"%s\", (uint64)18446744073709551615", "18446744073709551615" },
        { "\"%p\", (uint64)18446744073709551615", "0xffffffffffffffff" },
        { "\"%d\", (uint8)200", "200" },
        { "\"%d\", (int8)200", "-56" },
        { "\"%u\", (uint8)200", "200" },
        { "\"%u\", (int8)200", "4294967240" },
        { "\"%x\", (uint8)200", "c8" },
        { "\"%x\", (int8)200", "ffffffc8" },
        { "\"%s\", (uint8)200", "200" },
        { "\"%s\", (int8)200", "-56" },
        { "\"%d\", (uint32)4294967295", "-1" },
        { "\"%d\", (int16)-2", "-2" },
        { "\"%x\", (uint32)4294967295", "ffffffff" },
        { "\"%x\", (int16)-2", "fffffffe" },
        { "\"%s\", (uint32)4294967295", "4294967295" },
        { "\"%s\", (int16)-2", "-2" },
        { "\"%p\", (uint32)4294967295", "0xffffffff" },
        { "\"%p\", (int16)-2", "0xfffffffffffffffe" },
        { "\"%s\", \"hello\"", "hello" },
        { "\"%10s|\", \"hello\"", "     hello|" },
        { "\"%-10s|\", \"hello\"", "hello     |" },
        { "\"%2s|\", \"hello\"", "hello|" },
        { "\"%s\", true", "true" },
        { "\"%8s|\", true", "    true|" },
        { "\"%-8s|\", true", "true    |" },
        { "\"%d\", true", "1" },
        { "\"%s\", (1,\"a\")", "(1, a)" },
        { "\"%s\", (1,(2,\"b\"),true)", "(1, (2, b), true)" },
        { "\"%s\", ntop(0x0100007f)", "127.0.0.1" },
        { "\"%20s|\", ntop(0x0100007f)", "           127.0.0.1|" },
        { "\"%-20s|\", ntop(0x0100007f)", "127.0.0.1           |" },
        { "\"%r\", buf(\"a\\x01\\xff \",4)", "a\\x01\\xff " },
        { "\"%10r|\", buf(\"a\\x01\\xff \",4)", "a\\x01\\xff |" },
        { "\"%-10r|\", buf(\"a\\x01\\xff \",4)", "a\\x01\\xff |" },
        { "\"%rh\", buf(\"a\\x01\\xff \",4)", "61 01 ff 20" },
        { "\"%rx\", buf(\"a\\x01\\xff \",4)", "\\x61\\x01\\xff\\x20" },
        { "\"%20rh|\", buf(\"a\\x01\\xff \",4)", "         61 01 ff 20|" },
        { "\"%-20rx|\", buf(\"a\\x01\\xff \",4)", "\\x61\\x01\\xff\\x20    |" },
        { "\"%s\", buf(\"a\\x01\\xff \",4)", "a\\x01\\xff " },
        { "\"%% %d %%\", 5", "% 5 %" },
        { "\"%c%c\", 65, 66", "AB" },
        { "\"a%db%sc\", 1, \"x\"", "a1bxc" },
        { "\"%s %s\", \"a\", \"b\"", "a b" },
        { "\"%p|%8p|%-6p|\", 0, 0, 0", "0|       0|0     |" },
        { "\"%5c|\", 65", "    A|" },
        { "\"%-5c|\", 65", "A    |" },
    };

    /// <summary>Where bpftrace puts zeros before a sign or a prefix, and cuts a number to 32 bits, ours is what C prints.</summary>
    private static readonly string[,] AsInC =
    {
        { "\"%#010x\", 255", "0x000000ff" },
        { "\"%08d\", -5", "-0000005" },
        { "\"%d\", 9223372036854775807", "9223372036854775807" },
    };

    [KernelFact]
    public void Printf_prints_what_bpftrace_prints() => Compare(Cases);

    [KernelFact]
    public void Printf_prints_what_C_prints_where_bpftrace_does_not() => Compare(AsInC);

    private static void Compare(string[,] cases)
    {
        int count = cases.GetLength(0);
        // In one program: each text between brackets, which none of them has.
        string calls = string.Concat(Enumerable.Range(0, count).Select(i => $"printf(\"{{\"); printf({cases[i, 0]}); printf(\"}}\");"));
        string text = Traced.Run($"begin {{ {calls} exit(); }}").Text;
        string[] actual = [.. text.Split('{').Skip(1).Select(t => t[..t.LastIndexOf('}')])];
        Assert.Equal(count, actual.Length);
        string[] different = [.. Enumerable.Range(0, count).Where(i => actual[i] != cases[i, 1])
            .Select(i => $"printf({cases[i, 0]}) prints '{actual[i]}', expected is '{cases[i, 1]}'")];
        Assert.True(different.Length == 0, string.Join('\n', different));
    }
}
