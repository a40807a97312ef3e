using System.Diagnostics;
using Ctrace.Compiler.Values;
using Ctrace.Runtime.Symbols;
using Ctrace.Runtime.Symbols.History;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>Stacks of processes that are not there any more when they are shown.</summary>
public class EndedProcessTests
{
    private static readonly string[] Whole = ["shop::Order::price(int, char const*) const", "shop::place(int)", "long shop::twice<long>(long)", "main"];

    [KernelFact("g++")]
    public void Fifty_processes_that_have_ended_have_all_their_names()
    {
        using var programs = new Programs();
        string shop = programs.Compile("shop", Shops.Cpp, Shops.Options, "g++", "cc");
        const int runs = 50;
        var t = Traced.Run($"uprobe:{shop}:cpp:\"shop::Order::price\" {{ @[ustack(4)] = count(); @usym[usym(reg(\"ip\"))] = count(); }}", () =>
        {
            for (int i = 0; i < runs; i++)
                Programs.Run(shop, "4");
        });
        string[] stacks = t.Text.Split("@[\n").Skip(1).Where(s => !s.Contains("(int, int)")).ToArray();
        int whole = stacks.Count(s => s.Split('\n').Take(4).Select(l => l.Trim().Split('+')[0]).SequenceEqual(Whole));
        Assert.True(whole == runs && stacks.Length == runs, $"{whole} of {stacks.Length} stacks\n{t.Text}");
        Assert.DoesNotContain("0x", t.Text);
    }

    [KernelFact("g++")]
    public void A_process_that_was_there_before_and_ends_has_them_too()
    {
        using var programs = new Programs();
        string shop = programs.Compile("shop", Shops.Cpp, Shops.Options, "g++", "cc");
        using var process = Process.Start(new ProcessStartInfo(shop, ["100000", "1000"]) { RedirectStandardOutput = true })!;
        var t = Traced.Run($"uprobe:{shop}:cpp:\"shop::Order::price\" {{ @[ustack(4)] = count(); }}", () =>
        {
            // The background needs a moment to come by.
            Thread.Sleep(3000);
            process.Kill();
            process.WaitForExit();
        });
        Assert.Contains("        shop::place(int)+", t.Text);
        Assert.DoesNotContain("0x", t.Text);
    }

    [KernelFact("gcc")]
    public void What_ran_before_another_program_took_its_place_is_named_by_what_it_was()
    {
        using var programs = new Programs();
        string second = programs.Compile("second", """
            #include <unistd.h>
            __attribute__((noinline)) static long filler(long x) { return x * 5 + 3; }
            __attribute__((noinline)) long inner(void) { asm volatile(""); return filler(getpid()); }
            __attribute__((noinline)) long of_second(void) { long r = inner(); asm volatile("" : "+r"(r)); return r; }
            int main() { long r = of_second(); return r == 0; }
            """, Shops.Options);
        string first = programs.Compile("first", $$"""
            #include <unistd.h>
            __attribute__((noinline)) long inner(void) { asm volatile(""); return getpid(); }
            __attribute__((noinline)) long of_first(void) { long r = inner(); asm volatile("" : "+r"(r)); return r; }
            int main() { of_first(); execl("{{second}}", "second", (char *)0); return 1; }
            """, Shops.Options);
        var t = Traced.Run($"uprobe:{first}:inner, uprobe:{second}:inner {{ @[ustack(3)] = count(); }}", () =>
        {
            for (int i = 0; i < 5; i++)
                Programs.Run(first);
        });
        var stacks = t.Text.Split("@[\n").Skip(1).Select(s => string.Join(" ", s.Split('\n').Take(3).Select(l => l.Trim().Split('+')[0]))).GroupBy(s => s).ToDictionary(g => g.Key, g => g.Count());
        Assert.Equal(new() { ["inner of_first main"] = 5, ["inner of_second main"] = 5 }, stacks);
    }

    [KernelFact("g++", "unshare", "sh")]
    public void Files_of_another_mount_namespace_are_found_through_the_processs_parents()
    {
        using var programs = new Programs();
        string shop = programs.Compile("shop", Shops.Cpp, Shops.Options, "g++", "cc"), hidden = Path.Combine(programs.Folder, "hidden");
        Directory.CreateDirectory(hidden);
        // In the namespace a file system covers the folder, and the program is only there. The shell stays.
        string script = $"mount -t tmpfs none {hidden} && cp {shop} {hidden}/shop && echo ready && read x && for i in 1 2 3; do {hidden}/shop 2; done; echo done; read x";
        using var shell = Process.Start(new ProcessStartInfo("unshare", ["-m", "sh", "-c", script]) { RedirectStandardOutput = true, RedirectStandardInput = true })!;
        try
        {
            Assert.Equal("ready", shell.StandardOutput.ReadLine());
            var t = Traced.Run($"uprobe:/proc/{shell.Id}/root{hidden}/shop:cpp:\"shop::Order::price\" {{ @[ustack(4)] = count(); }}", () =>
            {
                shell.StandardInput.WriteLine();
                while (shell.StandardOutput.ReadLine() is { } line && line != "done")
                {
                }
            });
            Assert.Contains("        long shop::twice<long>(long)+", t.Text);
            Assert.DoesNotContain("0x", t.Text);
        }
        finally
        {
            shell.Kill(true);
            shell.WaitForExit();
        }
    }

    [KernelFact]
    public void A_program_that_sees_no_code_of_processes_watches_none()
    {
        Assert.False(Traced.Compile("tracepoint:syscalls:sys_enter_read { @[comm, kstack] = count(); }").SeesUserCode);
        Assert.True(Traced.Compile("tracepoint:syscalls:sys_enter_read { @[comm, ustack] = count(); }").SeesUserCode);
        Assert.True(Traced.Compile("tracepoint:syscalls:sys_enter_read { printf(\"%s\", usym(args.buf)); }").SeesUserCode);
    }

    [Fact]
    public void Of_several_programs_at_an_address_the_rest_of_the_stack_decides_and_otherwise_nobody()
    {
        var image = ProcessImage.Of([new Mapping(0x1000, 0x2000, 0, new MappedFile("/a", 1, 1, false)), new Mapping(0x9000, 0xa000, 0, new MappedFile("/lib", 1, 2, false))]);
        image.Add(new Mapping(0x1000, 0x3000, 0, new MappedFile("/b", 1, 3, false)));
        Assert.Equal("/b", image.Find(0x1800)?.File);
        Assert.Equal("/lib", image.Find(0x9000)?.File);
        Assert.Null(image.Find(0xa000));
        var child = image.Fork(7);
        child.Add(new Mapping(0xb000, 0xc000, 0, new MappedFile("/c", 1, 4, false)));
        Assert.Equal((7, "/c", "/b"), (child.Parent, child.Find(0xb000)?.File, child.Find(0x1000)?.File));
        Assert.Null(image.Find(0xb000));
    }

    [Fact]
    public void What_was_not_asked_for_the_longest_is_forgotten_first()
    {
        var forgotten = new List<string>();
        var cache = new RecentCache<int, string>(4, forgotten.Add);
        for (int i = 1; i <= 4; i++)
            cache.Set(i, $"{i}");
        Assert.True(cache.TryGet(1, out string? one));
        Assert.Equal("1", one);
        // No more than before.
        cache.Set(4, "four");
        Assert.Empty(forgotten);
        cache.Set(5, "5");
        Assert.Equal(["2", "3"], forgotten);
        Assert.False(cache.TryGet(2, out _));
        Assert.Equal([true, true, true], new[] { 1, 4, 5 }.Select(k => cache.TryGet(k, out _)));
    }
}
