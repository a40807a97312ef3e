using System.Diagnostics;
using Ctrace.Compiler;
using Ctrace.Runtime.Kernel;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>Static probes (USDT) of a program that is built for it: each form of argument, semaphores, several places.</summary>
public sealed class StaticProbeTests : IDisposable
{
    /// <summary>The notes that the macros of sys/sdt.h make, with the forms of arguments that compilers choose written down.</summary>
    private const string Source = """
        #include <stdio.h>
        #include <stdlib.h>
        #include <unistd.h>
        #define PROBE(name, semaphore, arguments, ...) __asm__ volatile ( \
          "990: nop\n.pushsection .note.stapsdt,\"\",\"note\"\n.balign 4\n.4byte 992f-991f,994f-993f,3\n" \
          "991: .asciz \"stapsdt\"\n992: .balign 4\n993: .8byte 990b\n.8byte _.stapsdt.base\n.8byte " semaphore "\n" \
          ".asciz \"ours\"\n.asciz \"" name "\"\n.asciz \"" arguments "\"\n994: .balign 4\n.popsection\n" :: __VA_ARGS__)
        __asm__(".pushsection .stapsdt.base,\"aG\",\"progbits\",.stapsdt.base,comdat\n.weak _.stapsdt.base\n.hidden _.stapsdt.base\n"
                "_.stapsdt.base: .space 1\n.size _.stapsdt.base,1\n.popsection\n");
        volatile unsigned short guard __attribute__((section(".probes"), visibility("hidden")));
        static long table[4] = { 10, -20, 30, -40 };
        __attribute__((noinline)) static void work(long i) {
            signed char small = -3; unsigned short half = 65000; int word = -70000;
            long frame[2] = { 123456789012, i };
            PROBE("numbers", "0", "-1@%b0 2@%w1 -4@%k2 8@%3 -4@$-17 8@$0x10", "r"(small), "r"(half), "r"(word), "r"(i));
            PROBE("memory", "0", "-8@(%0,%1,8) 8@%2 -8@-8(%3)", "r"(table), "r"(i & 3), "m"(frame[0]), "r"(table + 2));
            if (guard) PROBE("guarded", "guard", "8@%0", "r"(i));
            PROBE("twice", "0", "8@%0", "r"(i));
            PROBE("twice", "0", "-8@(%0)", "r"(&table[i & 3]));
        }
        int main(int argc, char **argv) {
            if (argc > 1) { getchar(); }
            for (long i = 0; i < 4; i++) work(i);
            return 0;
        }
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("ctrace-usdt-").FullName;
    private readonly string _program;

    public StaticProbeTests()
    {
        _program = Path.Combine(_folder, "ours");
        if (Machine.WhyNot(["gcc"]) is not null)
            return;
        File.WriteAllText(_program + ".c", Source);
        using var gcc = Process.Start("gcc", ["-O1", "-o", _program, _program + ".c"]);
        gcc.WaitForExit();
        Assert.Equal(0, gcc.ExitCode);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [KernelFact("gcc")]
    public void Arguments_in_registers_in_memory_and_constants_are_the_programs()
    {
        var t = Traced.Run($$"""
            usdt:{{_program}}:numbers { printf("%d %d %d %d %d %d\n", arg0, arg1, arg2, arg3, arg4, arg5); }
            U:{{_program}}:ours:memory { printf("m %d %d %d\n", arg0, arg1, arg2); }
            """, Start);
        Assert.Equal(
            ["-3 65000 -70000 0 -17 16", "m 10 123456789012 -20", "-3 65000 -70000 1 -17 16", "m -20 123456789012 -20",
             "-3 65000 -70000 2 -17 16", "m 30 123456789012 -20", "-3 65000 -70000 3 -17 16", "m -40 123456789012 -20"], t.Lines);
    }

    [KernelFact("gcc")]
    public void A_probe_with_a_semaphore_is_switched_on_while_it_is_traced()
    {
        Start();
        var t = Traced.Run($"usdt:{_program}:guarded {{ @ = sum(arg0); }}", Start);
        Assert.Equal(6, t.Number());
    }

    [KernelFact("gcc")]
    public void All_places_of_a_probe_fire_each_with_its_own_arguments()
    {
        var t = Traced.Run($"usdt:{_program}:*:tw* {{ @[(int64)arg0] = count(); @n[probe] = count(); }}", Start);
        Assert.Equal(new Dictionary<string, long> { [$"usdt:{_program}:ours:twice"] = 8 }, t.Numbers("@n"));
        Assert.Equal(["-20", "-40", "0", "1", "10", "2", "3", "30"], t.Numbers().Keys.Order(StringComparer.Ordinal));
    }

    [KernelFact("gcc")]
    public void A_running_process_s_probes_are_found_without_its_path()
    {
        using var process = Process.Start(new ProcessStartInfo(_program, "wait") { RedirectStandardInput = true })!;
        while (!File.ReadAllText($"/proc/{process.Id}/cmdline").Contains("wait"))
            Thread.Sleep(1);
        var target = new KernelTarget { ProcessId = process.Id };
        var t = Traced.Run("usdt::numbers { @ = count(); }", _ =>
        {
            process.StandardInput.WriteLine();
            process.WaitForExit();
        }, new CompilationOptions { ProcessId = process.Id }, target);
        Assert.Equal(4, t.Number());
    }

    private void Start()
    {
        using var process = Process.Start(_program);
        process.WaitForExit();
    }
}
