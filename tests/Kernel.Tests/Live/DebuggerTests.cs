using System.Diagnostics;
using System.Text.RegularExpressions;
using Ctrace.Compiler.Catalog.Probes;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>Stacks have the functions that gdb's backtrace has, up to main, whatever became of the process and its files.</summary>
public partial class DebuggerTests
{
    [KernelFact("gcc", "gdb", "objcopy", "strip", "unshare", "chroot")]
    public void Stacks_of_C_are_those_of_gdb()
    {
        using var programs = new Programs();
        string shop = programs.Compile("shop", Shops.C, Shops.Options + " -static");
        CheckEverywhere(programs, shop, "deepest", "main", Backtrace(shop, "deepest", "main"), 3);
    }

    [KernelFact("g++", "gdb", "objcopy", "strip", "unshare", "chroot")]
    public void Stacks_of_Cpp_are_those_of_gdb()
    {
        using var programs = new Programs();
        string shop = programs.Compile("shop", Shops.Cpp, Shops.Options + " -static", "g++", "cc");
        CheckEverywhere(programs, shop, "cpp:\"shop::place(int)\"", "main", Backtrace(shop, "_ZN4shop5placeEi", "main"), 3);
    }

    [KernelFact("rustc", "gdb", "objcopy", "strip")]
    public void Stacks_of_Rust_are_those_of_gdb()
    {
        using var programs = new Programs();
        string shop = Shops.BuildRust(programs);
        Check(shop, shop, "cpp:\"shop::deep::work\"", "shop::main", Backtrace(shop, "shop::deep::work", "shop::main"), 3);
        Check(shop, Strip(shop), "cpp:\"shop::deep::work\"", "shop::main", Backtrace(shop, "shop::deep::work", "shop::main"), 3, stripped: true);
    }

    [KernelFact("go", "gdb")]
    public void Stacks_of_Go_are_those_of_gdb()
    {
        using var programs = new Programs();
        string shop = Shops.BuildGo(programs);
        Check(shop, shop, "main.deepest", "main.main", Backtrace(shop, "main.deepest", "main.main"), 3);
    }

    [KernelFact("gcc", "gdb")]
    public void The_caller_of_a_function_without_a_frame_is_there()
    {
        using var programs = new Programs();
        string shop = programs.Compile("shop", Shops.C, Shops.Options);
        var t = Traced.Run($"uprobe:libc:getppid /comm == \"shop\"/ {{ @[ustack] = count(); @two[ustack(2)] = count(); @one[ustack(1)] = count(); }}", () => Programs.Run(shop, "20"));
        string[] expected = Backtrace(shop, "getppid", "main");
        Assert.Equal(["getppid", "deepest", "middle", "main"], expected);
        Assert.Equal(expected, Shown(Stack(t.Text, "@"), "main"));
        Assert.Equal(expected[..2], Stack(t.Text, "@two"));
        Assert.Equal(expected[..1], Stack(t.Text, "@one"));
    }

    private static void CheckEverywhere(Programs programs, string shop, string function, string last, string[] expected, int depth)
    {
        Check(shop, shop, function, last, expected, depth);
        string stripped = Strip(shop);
        Check(shop, stripped, function, last, expected, depth, stripped: true);

        // In a mount namespace, where nobody else sees the file.
        string hidden = Path.Combine(programs.Folder, "hidden"), root = Path.Combine(programs.Folder, "root");
        Directory.CreateDirectory(hidden);
        CheckStarted(["unshare", "-m", "sh", "-c", $"mount -t tmpfs none {hidden} && cp {shop} {hidden}/shop && exec {hidden}/shop 100000 1000"], function, last, expected, depth);
        // In a folder that is the process's root.
        Directory.CreateDirectory(root);
        File.Copy(shop, Path.Combine(root, "shop"));
        CheckStarted(["chroot", root, "/shop", "100000", "1000"], function, last, expected, depth);
    }

    /// <summary>Of a process that runs, and of one that has ended when its stack is shown.</summary>
    private static void Check(string shop, string program, string function, string last, string[] expected, int depth, bool stripped = false)
    {
        Assert.Equal(depth, expected.Length);
        // A stripped binary has no names to probe: the place is the same in both.
        string place = stripped ? $"uprobe:{program}:{Address(shop, function)}" : $"uprobe:{program}:{function}";
        var ended = Traced.Run($"{place} {{ @[ustack] = count(); }}", () => Programs.Run(program, "20"));
        AssertSame(expected, Shown(Stack(ended.Text, "@"), last), stripped);
        using var process = Process.Start(new ProcessStartInfo(program, ["100000", "1000"]) { RedirectStandardOutput = true })!;
        try
        {
            var alive = Traced.Run($"{place} /pid == $3/ {{ print(ustack); exit(); }}", null, process.Id);
            AssertSame(expected, Shown(Names(alive.Text), last), stripped);
        }
        finally
        {
            process.Kill();
            process.WaitForExit();
        }
    }

    private static void CheckStarted(string[] command, string function, string last, string[] expected, int depth)
    {
        Assert.Equal(depth, expected.Length);
        using var process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true })!;
        try
        {
            for (int i = 0; i < 500 && File.ReadAllText($"/proc/{process.Id}/comm") != "shop\n"; i++)
                Thread.Sleep(10);
            var alive = Traced.Run($"uprobe:/proc/{process.Id}/exe:{function} /pid == $3/ {{ print(ustack); exit(); }}", null, process.Id);
            AssertSame(expected, Shown(Names(alive.Text), last), false);
        }
        finally
        {
            process.Kill(true);
            process.WaitForExit();
        }
    }

    /// <summary>gdb leaves the types of parameters out of names.</summary>
    private static void AssertSame(string[] expected, string[] names, bool stripped)
    {
        string both = $"gdb: {string.Join(", ", expected)}; here: {string.Join(", ", names)}";
        // At an address, the function that has no frame yet hides its caller, unless the kernel looks.
        if (stripped && names.Length == expected.Length - 1)
            expected = [expected[0], .. expected[2..]];
        Assert.True(expected.Length == names.Length, both);
        for (int i = 0; i < names.Length; i++)
        {
            // gdb names what implements a trait by its number.
            int method = expected[i].IndexOf("}::", StringComparison.Ordinal);
            Assert.True(SourceNames.Matches(method < 0 ? expected[i] : "*::" + expected[i][(method + 3)..].Split('<')[0], names[i]), both);
        }
    }

    private static long Address(string program, string function)
    {
        var binary = new Ctrace.Runtime.Kernel.KernelTarget().OpenBinary(program, 0)!;
        string name = function.StartsWith("cpp:", StringComparison.Ordinal) ? function[4..].Trim('"') : function;
        return binary.FindAddress(binary.Functions.First(f => f.Name == name || SourceNames.Matches(name, binary.SourceName(f.Name))).FileOffset)!.Value;
    }

    private static string Strip(string program)
    {
        string stripped = program + "-stripped", debug = stripped + ".debug";
        File.Copy(program, stripped);
        Programs.Run("objcopy", "--only-keep-debug", program, debug);
        Programs.Run("strip", "-s", stripped);
        Programs.Run("objcopy", $"--add-gnu-debuglink={debug}", stripped);
        return stripped;
    }

    /// <summary>The functions of gdb's backtrace where a function begins.</summary>
    private static string[] Backtrace(string program, string function, string last)
    {
        string text = Programs.Run("gdb", "-q", "-nx", "-batch", "-ex", "set debuginfod enabled off", "-ex", "set breakpoint pending on", "-ex", $"break {function}", "-ex", "run", "-ex", "bt", "--args", program, "1");
        return Shown([.. Frame().Matches(text).Select(m => m.Groups[1].Value.Replace("__GI_", "", StringComparison.Ordinal))], last);
    }

    private static string[] Stack(string text, string map)
    {
        Assert.Equal(2, text.Split(map + "[\n").Length);
        string[] found = text.Split(map + "[\n")[^1].Split('\n').TakeWhile(l => l.StartsWith("  ", StringComparison.Ordinal)).ToArray();
        return Names(string.Join('\n', found));
    }

    private static string[] Names(string text) => [.. Function().Matches(text).Select(m => m.Groups[1].Value)];

    private static string[] Shown(string[] names, string last) => [.. names.TakeWhile(n => n != last), .. names.Where(n => n == last).Take(1)];

    [GeneratedRegex(@"^#\d+ +(?:0x[0-9a-f]+ in )?(.+?) \(", RegexOptions.Multiline)]
    private static partial Regex Frame();

    [GeneratedRegex(@"^ +(.+)\+\d+$", RegexOptions.Multiline)]
    private static partial Regex Function();
}
