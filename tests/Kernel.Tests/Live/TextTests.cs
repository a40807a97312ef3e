using System.Text;
using Ctrace.Compiler;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>Text: read, compared, kept, printed.</summary>
public class TextTests
{
    private const string Opens = "tracepoint:syscalls:sys_enter_openat /tid == $1/ ";

    private static readonly CompilationOptions Defaults = new();

    /// <summary>Texts of each length, equal, and unlike in one place.</summary>
    [KernelTheory]
    [InlineData(0, 20)]
    [InlineData(21, 40)]
    public void Comparison_of_every_length(int first, int last)
    {
        var program = new StringBuilder(Opens + "{ $s = str(args.filename, 64);\n");
        for (int length = first; length <= last; length++)
            program.Append($"if ($s == \"{Sample(length)}\") {{ @eq[{length}] = count(); }} if (\"{Sample(length)}\" != $s) {{ @ne[{length}] = count(); }}\n");
        List<string> opened = [];
        for (int length = 0; length <= 41; length++)
        {
            opened.Add(Sample(length));
            foreach (int place in new[] { 0, length / 2, length - 1 })
                if (place >= 0 && place < length)
                    opened.Add(Sample(length)[..place] + "#" + Sample(length)[(place + 1)..]);
        }

        var t = Traced.Run(program.Append('}').ToString(), () => opened.ForEach(Native.TryOpen));
        for (int length = first; length <= last; length++)
        {
            long equal = opened.Count(o => o == Sample(length));
            Assert.Equal((length, equal), (length, t.Numbers("@eq").GetValueOrDefault($"{length}")));
            Assert.Equal((length, opened.Count - equal), (length, t.Numbers("@ne").GetValueOrDefault($"{length}")));
        }
    }

    /// <summary>Two texts of which neither is known when the program is compiled.</summary>
    [KernelTheory]
    [InlineData(64, 64)]
    [InlineData(64, 200)]
    [InlineData(1024, 16)]
    public void Comparison_of_two_unknown_texts(int one, int other)
    {
        string[] texts = [.. Enumerable.Range(0, 15).Select(Sample), "x", "xy", "abd", ""];
        var t = Traced.Run(
            Opens + $"{{ $s = str(args.filename, {one}); @[$s, @last[0] == str(args.filename, {other})] = count(); @last[0] = str(args.filename, {other}); if ($s == @before) {{ @same++; }} @before = $s; }}",
            () =>
            {
                foreach (string text in texts)
                {
                    Native.TryOpen(text);
                    Native.TryOpen(text);
                }
            });
        // The first of each pair differs from the one before (the very first, of an empty text, does not differ from nothing).
        foreach (string text in texts.Where(x => x != ""))
            Assert.Equal((text, 1, 1), (text, t.Numbers().GetValueOrDefault($"{text}, false"), t.Numbers().GetValueOrDefault($"{text}, true")));
        Assert.Equal(texts.Length + 1, t.Number("@same"));
    }

    [KernelFact(Needs = Compiler.Targets.KernelFeature.LargeKeys)]
    public void File_names_as_keys_values_and_rows()
    {
        string[] names = ["/no/such", "", "a", "/tmp/ctrace test with spaces", "/ünïcödé/日本", new string('y', 300), "/" + new string('z', 1000)];
        var t = Traced.Run(
            Opens + "{ @[str(args.filename)] = count(); @long[comm, str(args.filename), pid] = sum(2); @last = str(args.filename); @t[1] = (str(args.filename), pid); printf(\"<%s>\\n\", str(args.filename)); }\n" +
            "tracepoint:syscalls:sys_enter_openat /tid == $1/ < str(args.filename) as file, pid >",
            () =>
            {
                foreach (string name in names)
                    for (int i = 0; i < 3; i++)
                        Native.TryOpen(name);
            });
        Assert.Equal(names.ToDictionary(n => n, _ => 3L), t.Numbers());
        string comm = File.ReadAllText($"/proc/self/task/{Native.CurrentThread()}/comm").TrimEnd('\n');
        Assert.Equal(names.ToDictionary(n => $"{comm}, {n}, {Environment.ProcessId}", _ => 6L), t.Numbers("@long"));
        Assert.Equal(names[^1], Traced.Show(t.Value("@last")));
        Assert.Equal($"({names[^1]}, {Environment.ProcessId})", Traced.Show(t.Values("@t")["1"]));
        foreach (string name in names)
            Assert.Equal(3, t.Lines.Count(l => l == $"<{name}>"));
        // One row follows each printf.
        Assert.Equal(3, t.Lines.Count(l => l.StartsWith("/no/such ", StringComparison.Ordinal) && l.TrimEnd().EndsWith($" {Environment.ProcessId}", StringComparison.Ordinal)));
    }

    [KernelFact]
    public void Cut_off_texts()
    {
        var t = Traced.Run(Opens + "{ @all[str(args.filename)] = 1; @printed = str(args.filename, 4096); printf(\"[%s]\\n\", str(args.filename)); }",
            _ => Native.TryOpen(Sample(26) + Sample(26)), Defaults with { MaxStringLength = 32 });
        // As bpftrace 0.27.1: as many bytes as were asked for, then two dots.
        string cut = (Sample(26) + Sample(26))[..32] + "..";
        Assert.Equal([cut], t.Values("@all").Keys);
        Assert.Equal(cut, Traced.Show(t.Value("@printed")));
        Assert.Contains($"[{cut}]", t.Lines);
    }

    [KernelFact(Needs = Compiler.Targets.KernelFeature.LargeKeys)]
    public void A_text_is_cut_at_any_limit()
    {
        foreach (int limit in new[] { 1, 2, 7, 8, 63, 64, 65, 255, 1023, 1024, 4000 })
        {
            string[] names = [.. new[] { limit - 1, limit, limit + 1 }.Where(n => n is > 0 and < 4090).Select(n => new string('a', n))];
            var t = Traced.Run(Opens + "{ $s = str(args.filename); @[$s] = count(); @l[strlen($s)] = count(); printf(\"<%s|%s>\\n\", $s, str(args.filename + 1)); }", _ =>
            {
                foreach (string name in names)
                    Native.TryOpen(name);
            }, Defaults with { MaxStringLength = limit });
            string Shown(string text) => text.Length >= limit ? text[..limit] + ".." : text;
            Assert.Equal(names.Select(Shown).ToHashSet(), t.Values().Keys.ToHashSet());
            Assert.Equal(names.Select(n => $"{Math.Min(n.Length, limit)}").ToHashSet(), t.Values("@l").Keys.ToHashSet());
            Assert.Equal(names.Select(n => $"<{Shown(n)}|{Shown(n[1..])}>"), t.Lines.Where(l => l.StartsWith('<')));
        }
    }

    [KernelFact]
    public void A_size_that_only_the_event_knows()
    {
        var t = Traced.Run(Opens + "{ printf(\"<%s|%s>\\n\", str(args.filename, args.flags & 0 + 4), str(args.filename, tid)); @[str(args.filename, tid & 0)] = 1; @s = str(str(args.filename), 3); }",
            _ => Native.TryOpen("/nosuch"), Defaults);
        Assert.Contains("<|/nosuch>", t.Lines);
        // The NUL counts, as it does for memory, and in bpftrace.
        Assert.Equal("/n", Traced.Show(t.Value("@s")));
    }

    [KernelFact]
    public void Bytes_that_are_no_text()
    {
        var t = Traced.Run("begin { @[\"a\\x01\\t\\\"q\\\\\"] = 1; printf(\"%s|\\n\", \"tab\\there\"); print(\"ü\"); exit(); }");
        Assert.Equal(["a\u0001\t\"q\\"], t.Values().Keys);
        Assert.Contains("tab\there|", t.Lines);
        Assert.Contains("ü", t.Lines);
    }

    [KernelFact]
    public void An_address_where_nothing_is_reads_as_empty()
    {
        var t = Traced.Run("begin { $none = (uint64)0; $far = (uint64)1234; @a = str($none); @b = str($far); @c = str((uint64)-4096); printf(\"[%s]\\n\", str($none)); @d = str(1234); exit(); }");
        Assert.Equal(("", "", ""), (Traced.Show(t.Value("@a")), Traced.Show(t.Value("@b")), Traced.Show(t.Value("@c"))));
        Assert.Contains("[]", t.Lines);
        // A number that is written there is no address, in bpftrace either.
        Assert.Equal("1234", Traced.Show(t.Value("@d")));
    }

    [KernelFact]
    public void Texts_of_different_lengths_share_a_map()
    {
        var t = Traced.Run("""
            begin {
                @k["a"] = 1; @k["a longer key, of more than sixteen"] = 2; @k["mid"] = @k["a"] + @k["a longer key, of more than sixteen"];
                @v[1] = "short"; @v[2] = "a value that is a good deal longer"; @v[3] = @v[1]; $x = "x"; $x = "longer than x"; @v[4] = $x;
                @t["a", 1, ("b", 2)] = 1; @t["a", 1, ("b", 2)]++; @same = @v[1] == @v[3]; @other = @v[1] == @v[2];
                exit();
            }
            """);
        Assert.Equal(new() { ["a"] = 1, ["a longer key, of more than sixteen"] = 2, ["mid"] = 3 }, t.Numbers("@k"));
        Assert.Equal(new() { ["1"] = "short", ["2"] = "a value that is a good deal longer", ["3"] = "short", ["4"] = "longer than x" },
            t.Values("@v").ToDictionary(v => v.Key, v => Traced.Show(v.Value)));
        Assert.Equal(new() { ["a, 1, (b, 2)"] = 2 }, t.Numbers("@t"));
        Assert.Equal((1, 0), (t.Number("@same"), t.Number("@other")));
    }

    [KernelFact]
    public void Tuples_as_keys_and_values()
    {
        var t = Traced.Run("""
            tracepoint:syscalls:sys_enter_lseek /tid == $1/ {
                @[(args.whence, "k"), pid] = count(); @n[args.whence, args.offset] = sum(args.offset);
                @v[args.whence] = (args.whence, "text", (tid, comm)); $t = @v[args.whence]; @third[$t.1, $t.2.0] = count();
            }
            """, () =>
        {
            for (int i = 0; i < 30; i++)
                Native.Lseek(i / 3, i % 3);
        });
        int pid = Environment.ProcessId, tid = Native.CurrentThread();
        Assert.Equal(Enumerable.Range(0, 3).ToDictionary(w => $"({w}, k), {pid}", _ => 10L), t.Numbers());
        Assert.Equal(30, t.Values("@n").Count);
        Assert.Equal(9, t.Numbers("@n")["2, 9"]);
        string comm = File.ReadAllText($"/proc/self/task/{tid}/comm").TrimEnd('\n');
        Assert.Equal($"(1, text, ({tid}, {comm}))", Traced.Show(t.Values("@v")["1"]));
        Assert.Equal(new() { [$"text, {tid}"] = 30 }, t.Numbers("@third"));
    }

    private static string Sample(int length) => string.Concat(Enumerable.Range(0, length).Select(i => (char)('a' + i % 26)));
}
