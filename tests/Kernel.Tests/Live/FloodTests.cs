using System.Diagnostics;
using Ctrace.Compiler;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>More events than can be printed: each is printed, or counted as lost.</summary>
public class FloodTests
{
    private const int Burst = 2_000_000;

    [KernelTheory("dd")]
    [InlineData("{ printf(\"%d %s %d\\n\", pid, comm, args.count); }", false, 8 << 20)]
    [InlineData("{ printf(\"%s\\n\", str($3)); }", true, 8 << 20)]
    [InlineData("< pid, comm, args.count >", false, 8 << 20)]
    [InlineData("{ printf(\"%d %d %d\\n\", pid, tid, args.count); }", true, 64 << 10)]
    public void A_burst(string body, bool render, int buffer)
    {
        using var shell = new Shell();
        string name = Shell.NewName(), dd = shell.Rename("dd", name);
        var t = Traced.Run($"tracepoint:syscalls:sys_enter_read /comm == \"{name}\" && args.count == 1/ {body}",
            _ => Dd(dd, Burst), new CompilationOptions { EventBufferSize = buffer }, render: render, parameters: "words");
        Assert.Equal(Burst, t.Events + t.Lost(LossCause.EventBufferFull));
        Assert.True(t.Events > 0);
    }

    [KernelFact("dd")]
    public void A_burst_that_the_program_itself_prints()
    {
        using var shell = new Shell();
        string name = Shell.NewName(), dd = shell.Rename("dd", name);
        using var tracer = Tracer.Start("-e", $"tracepoint:syscalls:sys_enter_read /comm == \"{name}\" && args.count == 1/ {{ printf(\"read %d\\n\", args.count); }}");
        Dd(dd, Burst);
        var result = tracer.Stop(Native.SigInt);
        Assert.Equal(0, result.Code);
        Assert.All(result.Lines, line => Assert.Equal("read 1", line));
        long told = result.Lines.Length + Messages.Lost(result.Errors);
        Assert.InRange(Burst, told, told + Messages.Missed(result.Errors));
    }

    [KernelTheory("dd")]
    [InlineData(8 << 20)]
    [InlineData(64 << 10)]
    public void Stopped_in_mid_burst(int buffer)
    {
        using var shell = new Shell();
        string name = Shell.NewName(), dd = shell.Rename("dd", name);
        Process[] load = [];
        var t = Traced.Run($"tracepoint:syscalls:sys_enter_read /comm == \"{name}\" && args.count == 1/ {{ @n = count(); printf(\"%d\\n\", pid); @after = count(); }}",
            recorder =>
            {
                load = [Endless(dd), Endless(dd)];
                recorder.HasEvent.Wait();
                Thread.Sleep(300);
            }, new CompilationOptions { EventBufferSize = buffer }, render: false);
        End(load);
        Assert.Equal(t.Number("@n"), t.Number("@after"));
        Assert.Equal(t.Number("@n"), t.Events + t.Lost(LossCause.EventBufferFull));
        Assert.True(t.Events > 1000, $"only {t.Events} events");
    }

    [KernelFact("dd")]
    public void Stopped_in_mid_burst_the_program_itself()
    {
        using var shell = new Shell();
        string name = Shell.NewName(), dd = shell.Rename("dd", name);
        using var tracer = Tracer.Start("-e", $"tracepoint:syscalls:sys_enter_read /comm == \"{name}\"/ {{ @n = count(); printf(\"read %d\\n\", tid); }}");
        Process[] load = [Endless(dd)];
        Thread.Sleep(300);
        var result = tracer.Stop(Native.SigTerm);
        End(load);
        Assert.Equal(0, result.Code);
        Assert.Equal(result.Number("@n"), result.Lines.Count(l => l.StartsWith("read ", StringComparison.Ordinal)) + Messages.Lost(result.Errors));
    }

    /// <summary>While events come, the reader looks for them by its own clock: none of them wakes it.</summary>
    [KernelFact("dd")]
    public void The_reader_is_woken_by_the_batch()
    {
        using var shell = new Shell();
        string name = Shell.NewName(), dd = shell.Rename("dd", name);
        using var tracer = Tracer.Start("-o", "/dev/null", "-e", $"tracepoint:syscalls:sys_enter_read /comm == \"{name}\" && args.count == 1/ {{ printf(\"read %d\\n\", args.count); }}");
        var waits = Traced.Run("tracepoint:raw_syscalls:sys_enter /pid == $3/ { @calls = count(); @[args.id] = count(); }", () => Dd(dd, Burst), parameters: tracer.Pid);
        Assert.Equal(0, tracer.Stop(Native.SigInt).Code);
        // Some hundred looks a second, and a write for each 64 KB.
        Assert.InRange(waits.Number("@calls"), 1, Burst / 50);
    }

    /// <summary>Orders have a channel of their own: a flood of events neither fills nor delays it.</summary>
    [KernelFact("dd")]
    public void Exit_in_a_flood()
    {
        using var shell = new Shell();
        string name = Shell.NewName(), dd = shell.Rename("dd", name);
        using var tracer = Tracer.Start([("CTRACE_EVENT_BUFFER", "1M")], "-e",
            $"tracepoint:syscalls:sys_enter_read /comm == \"{name}\"/ {{ printf(\"%d %s\\n\", pid, comm); }} " +
            "tracepoint:syscalls:sys_enter_lseek /args.offset == 424242/ { exit(5); }");
        Process[] load = [Endless(dd), Endless(dd)];
        Thread.Sleep(300);
        var clock = Stopwatch.StartNew();
        Native.Lseek(424242);
        var result = tracer.Finish();
        var took = clock.Elapsed;
        End(load);
        Assert.Equal(5, result.Code);
        Assert.True(took < TimeSpan.FromSeconds(20), $"exit() took {took}");
    }

    [KernelFact("dd")]
    public void Print_and_clear_in_a_flood()
    {
        using var shell = new Shell();
        string name = Shell.NewName(), dd = shell.Rename("dd", name);
        Process[] load = [];
        var t = Traced.Run(
            $"tracepoint:syscalls:sys_enter_read /comm == \"{name}\"/ {{ @n = count(); printf(\"%d\\n\", pid); }} " +
            "tracepoint:syscalls:sys_enter_lseek /tid == $1/ { print(@n); }",
            recorder =>
            {
                load = [Endless(dd)];
                recorder.HasEvent.Wait();
                for (int i = 0; i < 20; i++)
                {
                    Native.Lseek(1);
                    Thread.Sleep(5);
                }
            }, new CompilationOptions(), render: false);
        End(load);
        Assert.Equal(20, t.Printed.Count);
        Assert.Equal(0, t.Lost(LossCause.OrderBufferFull));
        long[] counts = [.. t.Printed.Select(m => Traced.Number(Traced.Rows(m).Values.Single()))];
        Assert.Equal(counts.Order(), counts);
    }

    private static void Dd(string dd, int count) => Assert.Equal(0, Shell.Run(dd, "if=/dev/zero", "of=/dev/null", "bs=1", $"count={count}"));

    private static Process Endless(string dd) => Shell.Start(dd, "if=/dev/zero", "of=/dev/null", "bs=1");

    private static void End(Process[] load)
    {
        foreach (var process in load)
        {
            process.Kill();
            process.WaitForExit();
            process.Dispose();
        }
    }
}
