using System.Diagnostics;
using System.Globalization;
using Ctrace.Compiler;
using Ctrace.Compiler.Text;
using Ctrace.Runtime.Kernel;
using Ctrace.Runtime.Symbols;
using Ctrace.Runtime.Symbols.Dwarf;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>Lines of the source: behind the functions of stacks, and as places of probes.</summary>
public class SourceLineTests
{
    private const string Text = """
        #include <stdio.h>
        #include <stdlib.h>
        static inline __attribute__((always_inline)) int add(int a, int b)
        {
            int r = a + b;
            return r * 2;
        }
        __attribute__((noinline)) int loop(int n)
        {
            int s = 0;
            for (int i = 0; i < n; i++)
                s += add(i, n);

            return s;
        }
        __attribute__((noinline)) int other(int n) { return add(n, 1); }
        int main(int c, char **v)
        {
            int a = loop(atoi(v[1])),
                b = other(3);
            printf("%d\n", a + b);
            return 0;
        }
        """;

    [KernelFact("gcc")]
    public void Probes_take_lines_of_the_source()
    {
        using var programs = new Programs();
        string program = programs.Compile("lines", Text, "-g -O0");
        Dictionary<string, long> Count(string place) => Traced.Run($"uprobe:{program}{place} {{ @[probe] = count(); }}", () => Programs.Run(program, "5")).Numbers();
        // The line of a loop counts once for each run of the loop; a function's that is compiled into two others, in both.
        Assert.Equal(new() { [$"uprobe:{program}@lines.c:11"] = 1 }, Count("@lines.c:11"));
        Assert.Equal(new() { [$"uprobe:{program}@lines.c:12"] = 5 }, Count("@lines.c:12"));
        Assert.Equal(new() { [$"uprobe:{program}@lines.c:5"] = 6 }, Count(":lines.c:5"));
        Assert.Equal(new() { [$"uprobe:{program}@{programs.Folder}/lines.c:20"] = 1 }, Count($"@{programs.Folder}/lines.c:20"));
        Assert.Equal(new() { [$"uprobe:{program}@lines.c:11:29"] = 5 }, Count("@lines.c:11:29"));
    }

    [KernelTheory("gcc", "objcopy")]
    [InlineData("zlib", 1)]
    [InlineData("zstd", 2)]
    public void Compressed_debugging_information_is_read(string compression, int kind)
    {
        using var programs = new Programs();
        // Only what gets smaller is compressed.
        string more = string.Concat(Enumerable.Range(0, 50).Select(i => $"\nint more{i}(int n)\n{{\n    return add(n, {i});\n}}"));
        string program = programs.Compile("lines", Text + more, "-g -O0");
        Programs.Run("objcopy", $"--compress-debug-sections={compression}", program);
        Assert.Equal(kind, BitConverter.ToInt32(ElfFile.TryOpen(program)!.ReadContent(".debug_line")));
        var t = Traced.Run($"uprobe:{program}@lines.c:12 {{ @ = count(); }}", () => Programs.Run(program, "5"));
        Assert.Equal(5, t.Number());
    }

    [KernelFact("gcc")]
    public void A_place_without_code_is_told_with_the_nearest_that_have_some()
    {
        using var programs = new Programs();
        string program = programs.Compile("lines", Text, "-g -O0"), bare = programs.Compile("bare", Text, "-g0");
        (string Message, string Hint) Refused(string probe)
        {
            var diagnostic = Compilation.Compile(new SourceText(probe + " { @ = count(); }"), new KernelTarget(), new CompilationOptions()).Diagnostics.Single();
            return (diagnostic.Message, diagnostic.Hint ?? "");
        }

        Assert.Equal(($"there is no code at line 13 of {programs.Folder}/lines.c", "the nearest lines with code are 12 and 14"), Refused($"uprobe:{program}@lines.c:13"));
        Assert.Equal(($"there is no code at line 1000 of {programs.Folder}/lines.c", "the nearest lines with code are 23"), Refused($"uprobe:{program}@lines.c:1000"));
        Assert.Contains("'other.c'", Refused($"uprobe:{program}@other.c:13").Message);
        Assert.Contains("begin at 5, 14, 23, 29", Refused($"uprobe:{program}@lines.c:11:3").Hint);
        Assert.Contains("-g", Refused($"uprobe:{bare}@lines.c:13").Hint);
        Assert.Contains("no return", Refused($"uretprobe:{program}@lines.c:11").Message);
        Assert.Contains("no program", Refused($"uprobe:{program}nosuch@lines.c:11").Message);
    }

    [KernelFact("g++")]
    public void Stacks_have_the_lines_of_the_calls()
    {
        using var programs = new Programs();
        string shop = programs.Compile("shop", Shops.Cpp, Shops.Options, "g++", "cc"), source = shop + ".cc";
        int Line(string text) => 1 + Array.FindIndex(File.ReadAllLines(source), l => l.Contains(text, StringComparison.Ordinal));
        var t = Traced.Run($"config = {{ show_debug_info = true }} uprobe:{shop}:cpp:\"shop::place(int)\" {{ @[ustack(3)] = count(); @p[ustack(perf, 1)] = count(); }}", () => Programs.Run(shop, "3"));
        Assert.Contains($"        shop::place(int)+0@{source}:{Line("place(int n)")}\n        long shop::twice<long>(long)+", t.Text);
        Assert.Matches($@"twice<long>\(long\)\+\d+@{source}:{Line("T twice(T x)")}\n +main\+\d+@{source}:{Line("s += shop::twice")}\n", t.Text);
        Assert.Matches($@"\t[0-9a-f]+ shop::place\(int\)\+0 \({shop}\)@{source}:{Line("place(int n)")}\n", t.Text);
        Assert.DoesNotContain("shop.cc:", Traced.Run($"uprobe:{shop}:cpp:\"shop::place(int)\" {{ @[ustack(3)] = count(); }}", () => Programs.Run(shop, "3")).Text);
    }

    [KernelTheory("g++", "addr2line", "objcopy", "strip")]
    [InlineData("-g -O2 -gdwarf-2")]
    [InlineData("-g -O2 -gdwarf-3")]
    [InlineData("-g -O2 -gdwarf-4")]
    [InlineData("-g -O2 -gdwarf-5")]
    [InlineData("-g -O2 -gdwarf-4 -gsplit-dwarf")]
    [InlineData("-g -O2 -gz -ffunction-sections -Wl,--gc-sections")]
    public void Lines_are_those_of_binutils(string options)
    {
        using var programs = new Programs();
        string shop = programs.Compile("shop", Shops.Cpp, options, "g++", "cc");
        var file = ElfFile.TryOpen(shop)!;
        var table = LineTable.TryRead(file)!;
        var text = file.Find(".text")!;
        ulong[] addresses = [.. Enumerable.Range(0, (int)text.Size).Select(i => (ulong)(text.Address + i))];
        string list = Path.Combine(programs.Folder, "addresses");
        File.WriteAllLines(list, addresses.Select(a => a.ToString("x", CultureInfo.InvariantCulture)));
        string[] expected = Programs.Run("sh", "-c", $"addr2line -e {shop} < {list}").Split('\n');
        int known = 0;
        for (int i = 0; i < addresses.Length; i++)
        {
            string name = expected[i].Split(" (")[0];
            if (name.StartsWith("??", StringComparison.Ordinal) || name.EndsWith('?'))
                continue;
            known++;
            // Old tables have no names of folders that compilers were in.
            Assert.True(table.Find(addresses[i]) is var (path, line) && name.EndsWith($"{Path.GetFileName(path)}:{line}", StringComparison.Ordinal), $"{addresses[i]:x}: {table.Find(addresses[i])}, and not {name}");
        }

        Assert.True(known > 200, $"{known} of {addresses.Length} addresses have lines");

        // The same from a file beside it, by probes and by stacks.
        string debug = shop + ".debug";
        Programs.Run("objcopy", "--only-keep-debug", shop, debug);
        Programs.Run("strip", "-s", shop);
        Programs.Run("objcopy", $"--add-gnu-debuglink={debug}", shop);
        Assert.True(ElfFile.TryOpen(shop)!.HasLines);
        Assert.Equal(5, Traced.Run($"uprobe:{shop}@shop.cc:{1 + Array.FindIndex(File.ReadAllLines(shop + ".cc"), l => l.Contains("T twice(T x)", StringComparison.Ordinal))} {{ @ = count(); }}", () => Programs.Run(shop, "5")).Number());
    }

    [Fact]
    public void Broken_tables_give_nothing_or_nonsense_and_end()
    {
        byte[] good = new byte[2000];
        var random = new Random(1);
        for (int i = 0; i < 2000; i++)
        {
            random.NextBytes(good);
            BitConverter.TryWriteBytes(good.AsSpan(0), 1900u);
            BitConverter.TryWriteBytes(good.AsSpan(4), (ushort)(2 + (i % 4)));
            BitConverter.TryWriteBytes(good.AsSpan(i % 4 == 3 ? 8 : 6), random.Next(20, 200));
            var watch = Stopwatch.StartNew();
            if (LineProgram.Read(good, 0, (good, good)) is { } read)
                _ = read.Rows().Select(r => read.FileName(r.File)).LastOrDefault();
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5));
        }

    }
}
