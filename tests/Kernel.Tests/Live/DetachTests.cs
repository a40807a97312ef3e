using Ctrace.Runtime.Kernel;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>The end of a trace with many tracepoints whose records are read: what the kernel takes long to give back is given back all the same.</summary>
public sealed class DetachTests
{
    [KernelFact]
    public void Many_tracepoints_are_closed_after_the_end()
    {
        const int SigInt = 2;
        // A file of its own, that the copy's command line has too.
        using var shell = new Shell();
        string program = Path.Combine(shell.Folder, "many.ct");
        string[] calls = ["lseek", "close", "read", "write", "newfstat", "mmap", "munmap", "brk"];
        File.WriteAllText(program, string.Concat(calls.Select(c => $"tracepoint:syscalls:sys_enter_{c} {{ @[args.__syscall_nr] = count(); }} tracepoint:syscalls:sys_exit_{c} {{ @r[args.ret >= 0] = count(); }} ")));
        using var tracer = Tracer.Start(program);
        for (int i = 0; i < 100; i++)
            Native.Lseek(i);
        var result = tracer.Stop(SigInt);
        Assert.Equal(0, result.Code);
        Assert.True(result.Number($"@[{SyscallTable.Current!.Find("lseek")}]") >= 100, result.Output);
        Assert.True(SpinWait.SpinUntil(() => !Runs(program), TimeSpan.FromMinutes(1)), "the copy that closes them does not end");
    }

    private static bool Runs(string argument) => Directory.GetDirectories("/proc").Any(folder =>
    {
        try
        {
            return int.TryParse(Path.GetFileName(folder), out _) && File.ReadAllText($"{folder}/cmdline").Contains(argument);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    });
}
