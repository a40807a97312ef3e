using System.Diagnostics;
using Ctrace.Compiler;
using Ctrace.Compiler.Catalog;
using Ctrace.Compiler.Text;
using Ctrace.Runtime.Kernel;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>Functions of C++ and Rust by the names that their sources have: in stacks, as probes, in listings and messages.</summary>
public class SourceNameTests
{
    [KernelFact("g++")]
    public void Functions_of_Cpp_are_named_as_in_their_source()
    {
        using var programs = new Programs();
        string shop = programs.Compile("shop", Shops.Cpp, Shops.Options, "g++", "cc");
        var t = While(shop, $"uprobe:{shop}:cpp:\"shop::Order::price\" /pid == $3 && arg1 != 2/ {{ printf(\"%s|%s\\n\", ustack, usym(reg(\"ip\"))); exit(); }}");
        Assert.Matches(@"^\n +shop::Order::price\(int, char const\*\) const\+0\n +shop::place\(int\)\+\d+\n +long shop::twice<long>\(long\)\+\d+\n +main\+\d+\n(.*\n)*\|shop::Order::price\(int, char const\*\) const\n", t.Text);
        t = While(shop, $"config = {{ cpp_demangle = false }} uprobe:{shop}:cpp:\"shop::place(int)\" /pid == $3/ {{ printf(\"%s\", ustack); exit(); }}");
        Assert.Matches(@"^\n +_ZN4shop5placeEi\+0\n +_ZN4shop5twiceIlEET_S1_\+\d+\n", t.Text);
    }

    [KernelFact("rustc")]
    public void Functions_of_Rust_are_named_as_in_their_source()
    {
        using var programs = new Programs();
        foreach (string version in (string[])["v0", "legacy"])
        {
            string shop = Shops.BuildRust(programs, version);
            var t = While(shop, $"uprobe:{shop}:cpp:\"shop::deep::work\" /pid == $3/ {{ printf(\"%s\", ustack); exit(); }}");
            Assert.Matches(@"^\n +shop::deep::work\+0\n +<shop::deep::Desk<(T|u8)> as shop::deep::Serve>::serve\+\d+\n +shop::main\+\d+\n", t.Text);
            var counted = Traced.Run($"uprobe:{shop}:cpp:\"shop::deep::work\" {{ @[func] = count(); }}", () => Programs.Run(shop, "7"));
            Assert.Equal(new Dictionary<string, long> { ["shop::deep::work"] = 7 }, counted.Numbers());
        }
    }

    [KernelFact("g++")]
    public void Probes_take_the_names_of_the_source()
    {
        using var programs = new Programs();
        string shop = programs.Compile("shop", Shops.Cpp, Shops.Options, "g++", "cc");
        Dictionary<string, long> Count(string function) => Traced.Run($"uprobe:{shop}:cpp:\"{function}\" {{ @[func] = count(); }}", () => Programs.Run(shop, "5")).Numbers();
        Assert.Equal(new() { ["shop::place(int)"] = 5, ["shop::place(int, int)"] = 5 }, Count("shop::place"));
        Assert.Equal(new() { ["shop::place(int)"] = 5 }, Count("shop::place(int)"));
        Assert.Equal(new() { ["shop::Order::price(int, char const*) const"] = 10 }, Count("shop::Order::price"));
        Assert.Equal(new() { ["long shop::twice<long>(long)"] = 5 }, Count("shop::twice"));
        Assert.Equal(4, Count("shop::*").Count);
        var t = Traced.Run($"uprobe:{shop}:cpp:\"shop::place\" {{ @[probe] = count(); if (func == \"shop::place(int)\") {{ @one = count(); }} }} uretprobe:{shop}:cpp:\"shop::twice\" {{ @sum = sum(retval); }}", () => Programs.Run(shop, "3"));
        Assert.Equal([$"uprobe:{shop}:cpp:\"shop::place(int)\"", $"uprobe:{shop}:cpp:\"shop::place(int, int)\""], t.Numbers().Keys.Order(StringComparer.Ordinal));
        // i * 2 + 2 * i + 'x' for 0, 1 and 2
        Assert.Equal((3, 12 + (3 * 'x')), (t.Number("@one"), t.Number("@sum")));
        // One probe each, where the kernel can't have one link for many.
        var limited = Traced.Run($"uprobe:{shop}:cpp:\"shop::place\" {{ @[func] = count(); }}", _ => Programs.Run(shop, "5"), new CompilationOptions(), LimitedTarget.Without(Compiler.Targets.KernelFeature.UprobeMulti));
        Assert.Equal(new() { ["shop::place(int)"] = 5, ["shop::place(int, int)"] = 5 }, limited.Numbers());
    }

    [KernelFact("g++")]
    public void Listings_and_messages_have_them_too()
    {
        using var programs = new Programs();
        string shop = programs.Compile("shop", Shops.Cpp, Shops.Options, "g++", "cc");
        var target = new KernelTarget();
        string[] both = [$"uprobe:{shop}:cpp:\"shop::place(int)\"", $"uprobe:{shop}:cpp:\"shop::place(int, int)\""];
        Assert.Equal(both, ProbeListing.List(target, $"uprobe:{shop}:cpp:shop::place*"));
        Assert.Equal(both, ProbeListing.List(target, $"uprobe:{shop}:cpp:\"shop::place\""));
        Assert.Contains($"uprobe:{shop}:_ZN4shop5placeEi", ProbeListing.List(target, $"uprobe:{shop}:*place*"));
        Assert.Contains("cpp:\"shop::place\"?", Hint($"uprobe:{shop}:cpp:\"shop::plaec\" {{ }}", target));
        Assert.Contains("cpp:\"shop::place(int)\"", Hint($"uprobe:{shop}:place {{ }}", target));
        Assert.Contains("cpp:\"shop::place(int)\"", Hint($"uprobe:{shop}:\"shop::place\" {{ }}", target));
        Assert.Contains($"uprobe:{shop}:cpp:\"shop::place\"", Hint($"uprobe:{shop}:cpp:shop::place {{ }}", target));
    }

    private static string Hint(string program, KernelTarget target) =>
        Compilation.Compile(new SourceText(program), target, new CompilationOptions()).Diagnostics.Single().Hint ?? "";

    /// <summary>Traces while a program runs; its process is <c>$3</c>.</summary>
    private static Traced While(string program, string text)
    {
        using var process = Process.Start(new ProcessStartInfo(program, ["100000", "1000"]) { RedirectStandardOutput = true })!;
        try
        {
            return Traced.Run(text, null, process.Id);
        }
        finally
        {
            process.Kill();
            process.WaitForExit();
        }
    }
}
