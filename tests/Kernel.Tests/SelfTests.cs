namespace Ctrace.Kernel.Tests;

public class SelfTests
{
    [KernelFact]
    public void A_signal_runs_its_clause()
    {
        using var tracer = new Tracer("-e", "self:signal:SIGUSR1 { @n = count(); printf(\"got %s\\n\", probe); } self:signal:USR2 { exit(4); }");
        tracer.WaitAttached();
        for (int i = 0; i < 3; i++)
        {
            Live.Native.Kill(tracer.Process.Id, 10);
            Thread.Sleep(50);
        }

        Live.Native.Kill(tracer.Process.Id, 12);
        var result = tracer.Finish();
        Assert.Equal((4, 3L), (result.Code, result.Number("@n")));
        Assert.Equal(3, result.Output.Split("got self:signal:SIGUSR1\n").Length - 1);
    }

    [KernelFact]
    public void CSharp_runs_on_a_signal()
    {
        using var tracer = new Tracer("--unsafe", "-e", "self:signal:SIGUSR1 => { Print(\"from C#\"); Exit(5); }");
        tracer.WaitAttached();
        Live.Native.Kill(tracer.Process.Id, 10);
        var result = tracer.Finish();
        Assert.Equal(5, result.Code);
        Assert.Contains("from C#\n", result.Output);
    }
}
