using System.Diagnostics;
using Ctrace.Compiler;
using Ctrace.Runtime.Kernel;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>Static probes (USDT) of a program that is built for it: each form of argument, semaphores, several places.</summary>
public sealed class StaticProbeTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ctrace-usdt-").FullName;
    private readonly string _program;

    public StaticProbeTests() => _program = Fixture.Build("ours", _folder);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [FixtureFact]
    public void Arguments_in_registers_in_memory_and_constants_are_the_programs()
    {
        var t = Traced.Run($$"""
            usdt:{{_program}}:numbers { printf("%d %d %d %d %d %d %d %d\n", arg0, arg1, arg2, arg3, arg4, arg5, arg6, arg7); }
            U:{{_program}}:ours:memory { printf("m %d %d %d\n", arg0, arg1, arg2); }
            """, Start);
        Assert.Equal(
            ["-3 65000 -70000 0 -17 16 200 -1", "m 10 123456789012 -20", "-3 65000 -70000 1 -17 16 200 -1", "m -20 123456789012 -20",
             "-3 65000 -70000 2 -17 16 200 -1", "m 30 123456789012 -20", "-3 65000 -70000 3 -17 16 200 -1", "m -40 123456789012 -20"], t.Lines);
    }

    [FixtureFact]
    public void A_probe_with_a_semaphore_is_switched_on_while_it_is_traced()
    {
        Start();
        var t = Traced.Run($"usdt:{_program}:guarded {{ @ = sum(arg0); }}", Start);
        Assert.Equal(6, t.Number());
    }

    [FixtureFact]
    public void All_places_of_a_probe_fire_each_with_its_own_arguments()
    {
        var t = Traced.Run($"usdt:{_program}:*:tw* {{ @[arg0] = count(); @n[probe] = count(); }}", Start);
        Assert.Equal(new Dictionary<string, long> { [$"usdt:{_program}:ours:twice"] = 8 }, t.Numbers("@n"));
        Assert.Equal(["-20", "-40", "0", "1", "10", "2", "3", "30"], t.Numbers().Keys.Order(StringComparer.Ordinal));
    }

    [FixtureFact]
    public void A_variable_of_the_program_is_found_by_its_symbol()
    {
        var t = Traced.Run($"usdt:{_program}:numbers {{ @[((int64 *)uaddr(\"table\"))[1]] = count(); @g = sum(*uaddr(\"guard\")); }}", Start);
        Assert.Equal(new Dictionary<string, long> { ["-20"] = 4 }, t.Numbers());
    }

    [FixtureFact]
    public void A_running_process_s_probes_are_found_without_its_path()
    {
        using var process = Process.Start(new ProcessStartInfo(_program, "wait") { RedirectStandardInput = true })!;
        while (!Processes.Read($"/proc/{process.Id}/cmdline").Contains("wait"))
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
