using System.Runtime.InteropServices;
using System.Runtime.CompilerServices;
using Ctrace.Compiler.Values;
using Ctrace.Runtime.Symbols;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>Stacks of the kernel and of this process.</summary>
public partial class StackTests
{
    /// <summary>As a raw tracepoint: older kernels give the others of system calls the process's registers, and so no stack of their own.</summary>
    private static readonly string Mine = $"rawtracepoint:sys_enter /tid == $1 && arg1 == {NameResolver.FindNumber(Compiler.Symbols.LookupKind.Syscall, "lseek")}/ ";

    [KernelFact]
    public void The_kernels_stack_leads_to_the_system_call()
    {
        var t = Traced.Run(Mine + "{ @all = kstack; @three = kstack(3); @raw = kstack(raw, 1); @[kstack] = count(); @k[kstack(1), comm] = count(); }", () =>
        {
            for (int i = 0; i < 10; i++)
                Native.Lseek(i);
        });
        var all = (StackValue)t.Value("@all");
        var symbols = new Symbolizer();
        string[] names = [.. all.Addresses.Select(a => symbols.Kernel(a)?.Name ?? "?")];
        Assert.Contains(names, n => n.StartsWith("do_syscall_64", StringComparison.Ordinal) || n.StartsWith("el0", StringComparison.Ordinal) || n.Contains("syscall"));
        // The innermost is the program itself, which is gone now: its address has a neighbour before it or (arm64, where it is there twice) none.
        Assert.InRange(Array.FindLastIndex(names, n => n == "?"), -1, 1);
        Assert.All(all.Addresses, a => Assert.True((long)a < 0, $"{a:x}"));
        // The innermost is the program itself, each time at another place; up to 5.10 after the helper that asks.
        Assert.Equal([.. all.Addresses[2..3]], ((StackValue)t.Value("@three")).Addresses[2..].ToArray());
        Assert.Single(((StackValue)t.Value("@raw")).Addresses);
        // Ten equal stacks are one key.
        Assert.Equal(10, Assert.Single(t.Values()).Value is NumberValue { Bits: var n } ? n : 0);
        Assert.Single(t.Values("@k"));
        Assert.Null(((StackValue)t.Value("@all")).Process);
    }

    [KernelFact]
    public void Small_keys_have_room_for_both_stacks()
    {
        var t = Traced.Run(Mine + "{ @[kstack, comm, ustack] = count(); @one[kstack] = count(); } " + Mine + "{ @[kstack, comm, ustack] = count(); }", _ => Native.Lseek(1),
            new Compiler.CompilationOptions(), LimitedTarget.Without(Compiler.Targets.KernelFeature.LargeKeys));
        // (512 - 16 for the name - 8 for the process) / 2 / 8, and 512 / 8
        Assert.Equal((30, 64), (Depth(t, "@"), Depth(t, "@one")));
        Assert.InRange(t.Snapshot("@")!.Spec.KeySize, 400, 512);
        Assert.Equal(512, t.Snapshot("@one")!.Spec.KeySize);
        // The innermost function is the program itself: the stacks of two clauses are two.
        Assert.Equal([1, 1], Counts(t, "@"));
        Assert.Equal([1], Counts(t, "@one"));
        static long[] Counts(Traced t, string map) => [.. Traced.Columns(t.Snapshot(map)!).Select(c => Traced.Number(c[0]))];
        static int Depth(Traced t, string map) => ((Compiler.Symbols.StackType)t.Snapshot(map)!.Spec.Shape!.Keys[0].Type).Depth;
    }

    [KernelFact]
    public void The_processs_stack_starts_at_the_probed_function()
    {
        labs(0);
        var t = Traced.Run("uprobe:libc:labs /tid == $1/ { @ = ustack(3); @[ustack] = count(); }".Replace("@[", "@k["), () => Call(7));
        var stack = (StackValue)t.Value();
        Assert.Equal(Environment.ProcessId, stack.Process);
        Assert.InRange(stack.Addresses.Length, 1, 3);
        var (name, distance, file) = new Symbolizer().User(Environment.ProcessId, stack.Addresses[0]);
        Assert.Contains(name, (string[])["labs", "llabs", "imaxabs"]);
        Assert.Equal(0UL, distance);
        Assert.Contains("libc", file);
    }

    [KernelFact]
    public void Symbols_of_the_kernel_are_those_of_kallsyms()
    {
        var symbols = new Symbolizer();
        var lines = File.ReadLines("/proc/kallsyms").Select(l => l.Split([' ', '\t'])).Where(l => l[1] is "t" or "T").Skip(1000).Take(200);
        foreach (string[] line in lines)
        {
            ulong address = ulong.Parse(line[0], System.Globalization.NumberStyles.HexNumber);
            var found = symbols.Kernel(address);
            Assert.Equal(0UL, found?.Distance);
            Assert.Equal(3UL, symbols.Kernel(address + 3) is var (_, distance) ? distance : 0);
        }
    }

    /// <summary>What a linker puts into a program, and where a function is in its file, are what binutils say.</summary>
    [KernelFact("gcc", "readelf", "nm")]
    public void A_stack_is_shown_by_build_ids_and_places_in_files()
    {
        using var programs = new Programs();
        string program = programs.Compile("places", "__attribute__((noinline)) int work(int n) { return n + 1; } int main(int c, char **v) { return work(c) - 2; }", "-O1");
        string id = BuildId().Match(Programs.Run("readelf", "-n", program)).Groups[1].Value;
        // The code's segment is at the same distance in memory as in the file.
        string place = Programs.Run("nm", program).Split('\n').Single(l => l.EndsWith(" T work", StringComparison.Ordinal)).Split(' ')[0].TrimStart('0');
        var t = Traced.Run($"uprobe:{program}:work {{ @[ustack(build_id, 1)] = count(); }}", () => Programs.Run(program));
        Assert.Contains($"@[\n{id} 0x{place}\n]: 1", t.Text);
    }

    [System.Text.RegularExpressions.GeneratedRegex("Build ID: ([0-9a-f]+)")]
    private static partial System.Text.RegularExpressions.Regex BuildId();

    [KernelFact]
    public void A_stack_is_shown_line_by_line()
    {
        var t = Traced.Run(Mine + "{ printf(\"<%s>\", kstack(2)); print(kstack(raw, 1)); @[kstack(1), 5] = count(); }", () => Native.Lseek(1));
        Assert.Matches(@"^<\n {8}\S+\+\d+\n {8}\S+\+\d+\n>\n[0-9a-f]{16}\n\n", t.Text);
        Assert.Contains("@[\n        ", t.Text);
        Assert.Contains("\n, 5]: 1\n", t.Text);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static long Call(long value) => labs(value) + 1;

    [LibraryImport("libc")]
    private static partial long labs(long value);
}
