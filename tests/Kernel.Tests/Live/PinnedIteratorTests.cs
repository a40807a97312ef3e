using System.Diagnostics;
using Ctrace.Compiler;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>Iterators that stay in a file, and print whenever somebody reads it.</summary>
public sealed class PinnedIteratorTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ctrace-bpf-").FullName;

    public PinnedIteratorTests() => Shell.Run("mount", "-t", "bpf", "bpf", _folder);

    public void Dispose()
    {
        Shell.Run("umount", _folder);
        Directory.Delete(_folder);
    }

    [KernelFact("mount")]
    public void Reading_the_file_lists_the_tasks()
    {
        string file = $"{_folder}/tasks";
        var made = Tracer.Run("-e", $$"""iter:task:{{file}} { if (ctx.task.pid == ctx.task.tgid) { printf("%d %-8s|%05d 0x%x %%\n", ctx.task.tgid, ctx.task.comm, ctx.task.real_parent.tgid, ctx.task.tgid); } }""");
        Assert.Equal((0, ""), (made.Code, made.Output.Trim()));
        Assert.Contains($"Program pinned to {file}", made.Errors);
        using var sleeper = Process.Start("/bin/sleep", ["60"]);
        string[] lines = Read(file).Split('\n');
        sleeper.Kill();
        Assert.Contains($"{sleeper.Id} sleep   |{Environment.ProcessId:00000} 0x{sleeper.Id:x} %", lines);
        sleeper.WaitForExit();
        // It runs anew each time.
        Assert.DoesNotContain($"\n{sleeper.Id} ", Read(file));
    }

    [KernelFact("mount")]
    public void Numbers_keep_their_bits_and_signs()
    {
        string file = $"{_folder}/numbers";
        Assert.Equal(0, Tracer.Run("-e", $$"""iter:task:{{file}} /ctx.task.tgid == {{Environment.ProcessId}} && ctx.task.pid == ctx.task.tgid/ { printf("%d %u %x %X %d %s\n", -5, 1 << 40, 0xabcdef0123, 0xab, (int32)-7, "a text"); }""").Code);
        Assert.Equal("-5 1099511627776 abcdef0123 AB -7 a text", Read(file).Trim());
    }

    [KernelFact("mount")]
    public void What_is_in_the_way_is_said()
    {
        const string body = "{ printf(\"x\"); }";
        Assert.Equal(0, Tracer.Run("-e", $"iter:task:{_folder}/a {body}").Code);
        Refused($"iter:task:{_folder}/a {body}", $"{_folder}/a is there already");
        Refused($"iter:task:{_folder}/b.c {body}", "names with a dot");
        Refused($"iter:task:{_folder}/no/a {body}", $"there is no folder {_folder}/no");
        Refused($"iter:task:/tmp/ctrace-pin {body}", "/tmp is not in a BPF file system");
        Assert.False(File.Exists("/tmp/ctrace-pin"));
    }

    [KernelFact]
    public void What_needs_a_reader_is_refused()
    {
        Refused("iter:task:a { @ = count(); }", "an iterator in a file runs without ctrace: maps and tables need somebody who prints them");
        Refused("iter:task:a { print(1); }", "print() needs somebody who prints");
        Refused("iter:task:a { printf(\"%c\", 65); }", "the kernel does not print this by itself");
        Refused("iter:tas*:a { printf(\"x\"); }", "a file has one iterator");
    }

    private static string Read(string file)
    {
        using var cat = Process.Start(new ProcessStartInfo("/bin/cat", [file]) { RedirectStandardOutput = true })!;
        string text = cat.StandardOutput.ReadToEnd();
        cat.WaitForExit();
        Assert.Equal(0, cat.ExitCode);
        return text;
    }

    private static void Refused(string program, string message)
    {
        var t = Tracer.Run("-e", program);
        Assert.Equal(1, t.Code);
        Assert.Contains(message, t.Errors);
    }
}
