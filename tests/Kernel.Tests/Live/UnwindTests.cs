using System.Text.RegularExpressions;
using Ctrace.Compiler;
using Ctrace.Compiler.Targets;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>Stacks of programs without frame pointers.</summary>
public partial class UnwindTests
{
    private const string Options = "-O2 -fomit-frame-pointer -fno-optimize-sibling-calls -g";

    private static readonly CompilationOptions Unwinds = new() { UnwindsOthers = true };

    [KernelTheory("gcc", "gdb")]
    [InlineData(Options)]
    [InlineData("-O0 -g")]
    [InlineData(Options + " -static")]
    [InlineData(Options + " -no-pie -fcf-protection=none")]
    public void They_are_those_of_gdb(string options)
    {
        using var programs = new Programs();
        string deep = programs.Compile("deep", Fixture.Text("deep"), options);
        string[] expected = Backtrace(deep, "3");
        Assert.True(expected is ["getppid", "deepest", "large", "aligned", "any", "compare", "sorted", "again", "again", "again", "again", "main"], string.Join(' ', expected));
        Assert.Equal(expected, Stack(deep, "3"));
    }

    /// <summary>The same where there is no gdb.</summary>
    [FixtureFact(Machine.X64)]
    public void They_have_all_that_called()
    {
        string folder = Directory.CreateTempSubdirectory("ctrace-unwind").FullName;
        try
        {
            string deep = Fixture.Build("deep", folder);
            Assert.Equal(["getppid", "deepest", "large", "aligned", "any", "compare", "sorted", "again", "again", "again", "again", "main"], Stack(deep, "3"));
            Assert.Equal(["getppid", "deepest", "large", "aligned", "any", "compare", "sorted", "again", "again", "again", "handler", "raise", "main"], Stack(deep, "3", "signal"));
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    [KernelFact("gcc", "gdb")]
    public void They_go_through_the_handlers_of_signals()
    {
        using var programs = new Programs();
        string deep = programs.Compile("deep", Fixture.Text("deep"), Options);
        string[] expected = Backtrace(deep, "3", "signal");
        Assert.True(expected is [.., "again", "handler", "raise", "main"], string.Join(' ', expected));
        Assert.Equal(expected, Stack(deep, "3", "signal"));
    }

    /// <summary>In each kind of probe, at any depth, as key, value and in rows: the function that calls is the same as by frame pointers, or there are more.</summary>
    [KernelFact(Machine.X64)]
    public void They_are_there_in_each_kind_of_probe()
    {
        string[] programs =
        [
            "tracepoint:syscalls:sys_enter_lseek /tid == $1/ { @[dw_ustack] = count(); @plain[ustack(1)] = count(); }",
            "tracepoint:syscalls:sys_enter_lseek /tid == $1/ { @[dw_ustack(3)] = count(); @plain[ustack(1)] = count(); }",
            "rawtracepoint:sys_enter /tid == $1 && arg1 == 8/ { @[dw_ustack(raw, 20)] = count(); @plain[ustack(raw, 1)] = count(); }",
            "tracepoint:syscalls:sys_enter_lseek /tid == $1/ { $s = dw_ustack(5); @[$s] = count(); @v = dw_ustack(1); @plain[ustack(1)] = count(); }",
            "tracepoint:syscalls:sys_enter_lseek /tid == $1/ < count() by dw_ustack, pid > tracepoint:syscalls:sys_enter_lseek /tid == $1/ { @plain[ustack(1), pid] = count(); }",
            "uprobe:libc:lseek /tid == $1/ { @[dw_ustack(30)] = count(); @plain[ustack(1)] = count(); }",
            .. Machine.Supports(KernelFeature.FunctionTracing)
                ? (string[])["kprobe:ksys_lseek /tid == $1/ { @[dw_ustack] = count(); @plain[ustack(1)] = count(); }", "fentry:ksys_lseek /tid == $1/ { @[dw_ustack(9)] = count(); @plain[ustack(1)] = count(); }"] : [],
        ];
        foreach (string program in programs)
        {
            var t = Traced.Run(program, _ =>
            {
                for (int i = 0; i < 100; i++)
                    Native.Lseek(i);
            }, Unwinds);
            string[] first = [.. t.Numbers("@plain").Keys.Select(First)], unwound = [.. t.Numbers("@").Keys.Select(First)];
            Assert.True(first.Length == 1 && unwound.All(u => u == first[0]), $"{program}\n{string.Join('\n', first)}\n\n{t.Text}");
            Assert.Equal(100, t.Numbers("@").Values.Sum());
        }
    }

    [KernelFact(Machine.X64)]
    public void A_profile_has_them()
    {
        var t = Traced.Run("profile:hz:997 /pid == $2/ { @[dw_ustack] = count(); @all = count(); }", _ =>
        {
            var until = DateTime.UtcNow.AddSeconds(1);
            for (int i = 0; DateTime.UtcNow < until; i++)
                Native.Lseek(i);
        }, Unwinds);
        Assert.InRange(t.Number("@all"), 1, long.MaxValue);
        Assert.Equal(t.Number("@all"), Stacks(t.Text).Sum(s => s.Count));
        Assert.Contains("lseek", t.Text);
    }

    [KernelFact(Machine.X64)]
    public void Without_a_process_it_says_which_options_name_one()
    {
        var result = Compilation.Compile(new("profile:hz:99 { @[dw_ustack] = count(); @x[dw_ustack(3)] = count(); }"), new Ctrace.Runtime.Kernel.KernelTarget(), new CompilationOptions());
        Assert.Equal(2, result.Diagnostics.Length);
        Assert.All(result.Diagnostics, d => Assert.Contains("--dwarf-pid", d.Hint));
    }

    private static string First(string stack) => stack.Trim().Split('\n')[0].Split(',')[0].Trim();

    /// <summary>The functions of the deepest stack: until the program's frames are known, stacks end early.</summary>
    private static string[] Stack(string program, params string[] args)
    {
        var t = Traced.Run("tracepoint:syscalls:sys_enter_getppid /comm == \"deep\"/ { @[dw_ustack] = count(); }", _ => Programs.Run("sh", ["-c", "exec \"$0\" \"$@\"", program, .. args]), Unwinds);
        string stack = Stacks(t.Text).MaxBy(s => s.Stack.Length).Stack;
        return Ours(Function().Matches(stack).Select(m => m.Groups[1].Value));
    }

    private static IEnumerable<(string Stack, long Count)> Stacks(string text) =>
        Entry().Matches(text).Select(m => (m.Groups[1].Value, long.Parse(m.Groups[2].Value, System.Globalization.CultureInfo.InvariantCulture)));

    private static string[] Backtrace(string program, params string[] args)
    {
        string text = Programs.Run("gdb", ["-q", "-nx", "-batch", "-ex", "set debuginfod enabled off", "-ex", "handle SIGUSR1 nostop noprint pass", "-ex", "set breakpoint pending on", "-ex", "break getppid", "-ex", "run", "-ex", "bt", "--args", program, .. args]);
        return Ours(Frame().Matches(text).Select(m => m.Groups[1].Value.Replace("__GI_", "", StringComparison.Ordinal)));
    }

    /// <summary>gdb knows the C library's functions by other names, and those that the compiler has put into others.</summary>
    private static string[] Ours(IEnumerable<string> names) =>
        [.. names.Where(n => n is "getppid" or "deepest" or "large" or "aligned" or "any" or "compare" or "sorted" or "again" or "handler" or "raise" or "main")];

    [GeneratedRegex(@"^#\d+ +(?:0x[0-9a-f]+ in )?(.+?)(?: \(|$)", RegexOptions.Multiline)]
    private static partial Regex Frame();

    [GeneratedRegex(@"^@\[\n(.*?)\n\]: (\d+)$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Entry();

    [GeneratedRegex(@"^\s*(\S+)\+\d+", RegexOptions.Multiline)]
    private static partial Regex Function();
}
