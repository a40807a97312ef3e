using System.Runtime.InteropServices;
using Ctrace.Runtime.Kernel;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>Entries and returns of functions of libraries, whose arguments and results the caller knows.</summary>
public unsafe partial class FunctionProbeTests
{
    private const string Mine = " /tid == $1/ ";

    [KernelFact]
    public void Arguments_and_results_are_the_callers()
    {
        labs(0);
        var t = Traced.Run("uprobe:libc:labs" + Mine + "{ @in[(int64)arg0] = count(); @ip = probe; @f = func; } uretprobe:libc:labs" + Mine + "{ @out[retval] = count(); @r = probe; }", () =>
        {
            for (int i = -3; i <= 2; i++)
                labs(i);
        });
        Assert.Equal(Enumerable.Range(-3, 6).Select(i => $"{i}").Order(), t.Numbers("@in").Keys.Order());
        Assert.Equal(new Dictionary<string, long> { ["0"] = 1, ["1"] = 2, ["2"] = 2, ["3"] = 1 }, t.Numbers("@out"));
        Assert.Matches("^uprobe:/.*/libc.so.6:", Traced.Show(t.Value("@ip")));
        Assert.Contains(Traced.Show(t.Value("@f")), (string[])["labs", "llabs", "imaxabs"]);
        Assert.Matches("^uretprobe:/.*/libc.so.6:", Traced.Show(t.Value("@r")));
    }

    [KernelFact]
    public void Texts_of_the_process_are_read()
    {
        getenv("");
        var t = Traced.Run("uprobe:libc:getenv" + Mine + "{ @[str(arg0)] = count(); $p = (char *)arg0; @c[$p[0]] = count(); }", () =>
        {
            getenv("CTRACE_TEST_ONE");
            getenv("XTRACE");
            getenv("XTRACE");
        });
        Assert.Equal(new Dictionary<string, long> { ["CTRACE_TEST_ONE"] = 1, ["XTRACE"] = 2 }, t.Numbers());
        Assert.Equal(new Dictionary<string, long> { ["67"] = 1, ["88"] = 2 }, t.Numbers("@c"));
    }

    [KernelFact]
    public void A_function_s_name_goes_where_kernel_symbols_are()
    {
        labs(0);
        var t = Traced.Run("begin { @name[0] = ksym(0); @one = ksym(0); } uprobe:libc:labs" + Mine + "{ @name[1] = func; @one = func; @k[@name[1]] = count(); }", () => labs(1));
        string[] names = ["labs", "llabs", "imaxabs"];
        Assert.Contains(Traced.Show(t.Value("@one")), names);
        Assert.Contains(Traced.Show(t.Values("@name")["1"]), names);
        Assert.Contains(Assert.Single(t.Numbers("@k")).Key, names);
    }

    [KernelFact]
    public void One_program_knows_which_of_many_probes_fired()
    {
        labs(0);
        getenv("");
        var t = Traced.Run("uprobe:libc:labs, uprobe:libc:getenv, uprobe:libc:a*" + Mine + "{ @[func] = count(); @n = count(); if (func == \"getenv\") { @g = count(); } }", () =>
        {
            for (int i = 0; i < 20; i++)
                labs(i);
            getenv("A");
        });
        Assert.True(t.Probes > 5, $"{t.Probes} probes");
        Assert.Equal((20, 1, 1), (t.Numbers().Single(f => f.Key.EndsWith("abs", StringComparison.Ordinal)).Value, t.Numbers()["getenv"], t.Number("@g")));
        Assert.Equal(t.Number("@n"), t.Numbers().Values.Sum());
    }

    [KernelFact]
    public void A_place_is_given_by_distance_or_address()
    {
        labs(0);
        var binary = new KernelTarget().OpenBinary("libc", 0)!;
        long place = binary.Functions.First(f => f.Name == "labs").FileOffset, address = place;
        while (binary.FindOffset(address) != place)
            address += 4096;
        var t = Traced.Run($"uprobe:libc:labs+0{Mine} {{ @distance = count(); }} uprobe:libc:{address}{Mine} {{ @address = count(); }}", () => labs(5));
        Assert.Equal((1, 1), (t.Number("@distance"), t.Number("@address")));
    }

    [KernelFact]
    public void Files_are_given_by_wildcards()
    {
        labs(0);
        string path = new KernelTarget().OpenBinary("libc", 0)!.Path;
        string pattern = Path.Combine(Path.GetDirectoryName(path)!, "libc.s?.*");
        var t = Traced.Run($"uprobe:{pattern}:labs{Mine} {{ @ = count(); }}", () => labs(5));
        Assert.Equal(1, t.Number());
        var target = new KernelTarget { ProcessId = Environment.ProcessId };
        t = Traced.Run($"uprobe:*libc.so*:labs{Mine} {{ @ = count(); }}", _ => labs(5), new Compiler.CompilationOptions(), target);
        Assert.Equal(1, t.Number());
    }

    [KernelFact]
    public void Threads_on_all_CPUs_lose_no_update()
    {
        labs(0);
        const int calls = 100_000;
        var t = Traced.Run("uprobe:libc:labs /pid == $2/ { @ = count(); @k[1] = count(); @s = sum(arg0); @u[cpu] = count(); }", () =>
        {
            var threads = Enumerable.Range(0, 6).Select(_ => new Thread(() =>
            {
                for (int i = 0; i < calls; i++)
                    labs(2);
            })).ToList();
            threads.ForEach(thread => thread.Start());
            threads.ForEach(thread => thread.Join());
        });
        Assert.Equal((6L * calls, 12L * calls), (t.Number(), t.Number("@s")));
        Assert.Equal(6L * calls, t.Numbers("@k")["1"]);
        Assert.Equal(6L * calls, t.Numbers("@u").Values.Sum());
    }

    /// <summary>The kernel puts no breakpoint on an instruction with a lock prefix. For one such function it refuses all that a wildcard finds.</summary>
    [KernelTheory(Machine.X64)]
    [InlineData(true)]
    [InlineData(false)]
    public void What_a_wildcard_finds_and_the_kernel_can_t_probe_is_left_out(bool together)
    {
        long word = 1;
        pthread_spin_trylock(&word);
        string[] separate = together ? [] : ["--no-feature", "uprobe_multi"];
        using var tracer = Tracer.Start([.. separate, "-e", $"uprobe:libc:pthread_spin_* /pid == {Environment.ProcessId}/ {{ @[func] = count(); }}"]);
        for (int i = 0; i < 5; i++)
            pthread_spin_trylock(&word);
        var result = tracer.Stop(Native.SigInt);
        Assert.Equal((0, 5), (result.Code, result.Number("@[pthread_spin_trylock]")));
        Assert.Matches(@"warning: the kernel can't put a breakpoint on the first instruction of uprobe:\S+:pthread_spin_lock: it is left out", result.Errors);
        Assert.Matches(@"Attached [1-9]\d* probes?\n", result.Errors);
        var alone = Tracer.Run("-e", "uprobe:libc:pthread_spin_lock { }");
        Assert.Equal(1, alone.Code);
        Assert.Contains("can't put a breakpoint on the instruction there", alone.Errors);
    }

    [KernelFact]
    public void A_pattern_for_the_binary_means_what_processes_have_mapped()
    {
        labs(0);
        using var tracer = Tracer.Start("-e", $"uprobe:libc.so*:labs /pid == {Environment.ProcessId}/ {{ @ = count(); }}");
        for (int i = 0; i < 7; i++)
            labs(i);
        Assert.Equal(7, tracer.Stop(Native.SigInt).Number("@"));
        Assert.Contains("/libc.so.6:labs\n", Tracer.Run("-l", "uprobe:libc.so*:labs").Output);
        Assert.Contains("no process has mapped a file that 'nosuch*' matches", Tracer.Run("-e", "uprobe:nosuch*:labs { }").Errors);
    }

    [KernelFact]
    public void A_pattern_alone_means_tracepoints_of_all_categories()
    {
        var t = Traced.Run("tracepoint:sys_e*_lseek" + Mine + "{ @[probe] = count(); }", () =>
        {
            for (int i = 0; i < 3; i++)
                Native.Lseek(i);
        });
        Assert.Equal(new Dictionary<string, long> { ["tracepoint:syscalls:sys_enter_lseek"] = 3, ["tracepoint:syscalls:sys_exit_lseek"] = 3 }, t.Numbers());
        Assert.Equal("tracepoint:syscalls:sys_enter_lseek\ntracepoint:syscalls:sys_exit_lseek\n", Tracer.Run("-l", "tracepoint:sys_e*_lseek").Output);
    }

    [KernelFact]
    public void Page_faults_are_counted()
    {
        const int pages = 2000;
        var t = Traced.Run("software:page-faults:1 /tid == $1/ { @ = count(); }", () =>
        {
            byte* memory = (byte*)NativeMemory.AlignedAlloc(pages * 4096, 4096);
            for (int i = 0; i < pages; i++)
                memory[i * 4096] = 1;
            NativeMemory.AlignedFree(memory);
        });
        // Huge pages may take many at once.
        Assert.InRange(t.Number(), 1, pages * 2);
    }

    [KernelFact]
    public void What_this_kernel_can_not_is_said()
    {
        if (Ctrace.Runtime.Attaching.ProbeUnits.Kprobe is not null)
            return;
        var refused = Assert.Throws<Ctrace.Runtime.SessionException>(() => Traced.Run("kprobe:vfs_read { @ = count(); }", () => { }));
        Assert.Contains("no kprobes", refused.Message);
    }

    [LibraryImport("libc")]
    private static partial long labs(long value);

    [LibraryImport("libc.so.6")]
    private static partial int pthread_spin_trylock(long* word);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint getenv(string name);
}
