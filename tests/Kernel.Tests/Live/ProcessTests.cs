using System.Diagnostics;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>The program itself: how it begins and ends, and what it leaves.</summary>
public class ProcessTests
{
    private const string Count = "tracepoint:syscalls:sys_enter_lseek /args.whence == 4711/ { @n = count(); @k[\"a\"] = sum(args.offset); }";

    [KernelTheory]
    [InlineData(Native.SigInt)]
    [InlineData(Native.SigTerm)]
    [InlineData(1)]
    public void A_signal_prints_the_maps(int signal)
    {
        using var tracer = Tracer.Start("-e", Count);
        for (int i = 0; i < 10; i++)
            Native.Lseek(7, 4711);
        var result = tracer.Stop(signal);
        Assert.Equal((0, 10, 70), (result.Code, result.Number("@n"), result.Number("@k[a]")));
        Assert.StartsWith("Attached 1 probe\n", result.Errors);
    }

    [KernelFact]
    public void Exit_prints_the_maps()
    {
        using var tracer = Tracer.Start("-e", Count + " tracepoint:syscalls:sys_enter_lseek /args.whence == 4712/ { exit(); }");
        for (int i = 0; i < 10; i++)
            Native.Lseek(7, 4711);
        Native.Lseek(0, 4712);
        var result = tracer.Finish();
        Assert.Equal((0, 10), (result.Code, result.Number("@n")));
    }

    [KernelFact]
    public void A_child_is_traced_from_its_first_system_call_to_its_end()
    {
        using var shell = new Shell();
        string name = Shell.NewName(), script = shell.Script("exec /bin/true", name);
        var result = Tracer.Run("-c", script, "-e", "tracepoint:syscalls:sys_enter_execve { @[str(args.filename)] = count(); } tracepoint:sched:sched_process_exit { @end[comm] = count(); }");
        Assert.Equal((0, 1, 1, 1), (result.Code, result.Number($"@[{script}]"), result.Number("@[/bin/true]"), result.Number("@end[true]")));
        Assert.Equal(3, result.Lines.Length);
    }

    [KernelFact]
    public void A_process_is_traced_until_it_ends()
    {
        using var child = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "read x; while read y; do :; done"]) { RedirectStandardInput = true })!;
        using var tracer = Tracer.Start("-p", $"{child.Id}", "-e", "tracepoint:syscalls:sys_enter_read /args.fd == 0/ { @[pid] = count(); }");
        for (int i = 0; i < 50; i++)
            Native.Read(-1, 1);
        Assert.False(tracer.HasEnded);
        child.StandardInput.Write("12345\nabcd\n");
        child.StandardInput.Close();
        var result = tracer.Finish();
        Assert.Equal(0, result.Code);
        Assert.StartsWith($"@[{child.Id}]: ", Assert.Single(result.Lines));
    }

    [KernelFact]
    public void After_a_kill_nothing_stays()
    {
        using var shell = new Shell();
        string name = "m" + Guid.NewGuid().ToString("N")[..10], pid = Path.Combine(shell.Folder, "pid");
        string script = shell.Script($"echo $$ >{pid}; exec sleep 1000");
        using var tracer = Tracer.Start("-c", script, "-e",
            $"tracepoint:syscalls:sys_enter_read, tracepoint:sched:sched_switch, profile:hz:49 {{ @{name}[pid] = count(); }} rawtracepoint:sys_enter {{ @{name}[pid] = count(); }}");
        Assert.True(SpinWait.SpinUntil(() => File.Exists(pid) && File.ReadAllText(pid).EndsWith('\n'), 20_000));
        string child = File.ReadAllText(pid).Trim();
        Assert.True(Native.HasBpfMap(name), "no map of that name while it runs: the test is blind");
        var result = tracer.Stop(Native.SigKill);
        Assert.Equal(128 + Native.SigKill, result.Code);
        Assert.True(SpinWait.SpinUntil(() => !Native.HasBpfMap(name), 20_000), "its map stays: a program still holds it");
        Assert.True(SpinWait.SpinUntil(() => Processes.Read($"/proc/{child}/stat") is var stat && (stat == "" || stat.Contains(") Z")), 20_000), "the child stays");
    }

    [KernelFact]
    public void After_a_good_end_nothing_stays()
    {
        string name = "m" + Guid.NewGuid().ToString("N")[..10];
        Traced.Run($"tracepoint:sched:* {{ @{name}[probe] = count(); }}", () => Assert.True(Native.HasBpfMap(name)));
        Assert.True(SpinWait.SpinUntil(() => !Native.HasBpfMap(name), 20_000));
    }

    [KernelTheory("setpriv")]
    [InlineData("begin { exit(); }")]
    [InlineData("rawtracepoint:sys_enter { @ = count(); }")]
    [InlineData("tracepoint:syscalls:sys_enter_read { @ = count(); }")]
    [InlineData("tracepoint:syscalls:sys_enter_* { @ = count(); }")]
    [InlineData("profile:hz:99 { @ = count(); }")]
    public void Without_the_rights_a_line_says_which(string program)
    {
        using var shell = new Shell();
        shell.Open();
        var result = Tracer.RunUnder(["setpriv", "--reuid", "65534", "--clear-groups", "--inh-caps", "-all", "--bounding-set", "-all"], shell.Folder, "-e", program);
        Assert.Equal((1, ""), (result.Code, result.Output));
        string[] lines = result.Errors.TrimEnd().Split('\n');
        // Where a probe is at fault, the source is shown too.
        Assert.Matches("^(ctrace: |-e:1:1: error: )not permitted .*(CAP_BPF|CAP_PERFMON|CAP_DAC_READ_SEARCH|CAP_SYS_ADMIN)", lines[0]);
        Assert.StartsWith("  hint: ", lines[^1]);
        Assert.InRange(lines.Length, 2, 4);
        Assert.DoesNotContain("   at ", result.Errors);
    }
}
