using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>Watched memory, and the kernel's objects one by one.</summary>
public unsafe class MemoryProbeTests
{
    [KernelFact]
    public void Each_write_to_a_watched_word_is_seen()
    {
        long* word = (long*)NativeMemory.AlignedAlloc(8, 8);
        try
        {
            *word = 0;
            var t = Watch($"watchpoint:0x{(nuint)word:x}:8:w /pid == $2/ {{ @ = count(); @v[*(int64 *)0x{(nuint)word:x}] = count(); }}", () =>
            {
                for (int i = 1; i <= 20; i++)
                    Volatile.Write(ref *word, i);
                _ = Volatile.Read(ref *word);
            });
            if (t is null)
                return;
            Assert.Equal(20, t.Number());
            // The CPU stops behind the instruction, and what it wrote is there; that of arm64 stops before it.
            Assert.Equal(Enumerable.Range(RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0 : 1, 20).Select(i => $"{i}").Order(), t.Numbers("@v").Keys.Order());
        }
        finally
        {
            NativeMemory.AlignedFree(word);
        }
    }

    [KernelFact]
    public void Tasks_are_gone_over_once_each()
    {
        using var sleeping = Process.Start("sleep", "60");
        try
        {
            var t = Run("iter:task /ctx.task.tgid == $3/ { @[ctx.task.pid] = count(); printf(\"%s\\n\", ctx.task.comm); }", sleeping.Id);
            if (t is null)
                return;
            Assert.Equal(new Dictionary<string, long> { [$"{sleeping.Id}"] = 1 }, t.Numbers());
            Assert.Equal("sleep", t.Lines[0]);
        }
        finally
        {
            sleeping.Kill();
        }
    }

    [KernelFact(Needs = Ctrace.Compiler.Targets.KernelFeature.MapIteration)]
    public void Open_files_have_paths()
    {
        string path = Path.GetTempFileName();
        using var file = File.OpenHandle(path);
        var t = Run($"iter:task_file /ctx.task.tgid == $3 && ctx.fd == {file.DangerousGetHandle()}/ {{ printf(\"%s\\n%s\\n\", path(ctx.file->f_path), path(ctx.file->f_path, 8)); exit(); }}", Environment.ProcessId);
        File.Delete(path);
        if (t is null)
            return;
        // With less room than the path takes, its end is there, as with bpftrace.
        Assert.Equal([path, path[^7..]], t.Lines);
    }

    /// <summary>Null on a machine that has no debug registers for the kernel to use, or whose kernel refuses such programs: that is told, and by nothing else.</summary>
    private static Traced? Watch(string program, Action workload)
    {
        try
        {
            return Traced.Run(program, workload);
        }
        catch (Runtime.SessionException e)
        {
            Assert.Contains("debug registers", e.Message);
            return null;
        }
    }

    private static Traced? Run(string program, int process) =>
        File.Exists("/sys/kernel/btf/vmlinux") ? Traced.Run(program, null, process) : null;
}
