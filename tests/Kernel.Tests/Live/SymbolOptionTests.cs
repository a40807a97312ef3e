using Ctrace.Compiler.Targets;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>The options that say where symbols are: <c>--debuginfo</c> and <c>--traceable-functions</c>.</summary>
public sealed class SymbolOptionTests
{
    private const string Text = """
        __attribute__((noinline)) int place_order(int number) { __asm__ volatile("" ::: "memory"); return number * 3; }
        int main(void) { for (int i = 0; i < 5; i++) place_order(i); return 0; }
        """;

    [KernelFact]
    public void Probes_of_several_patterns_are_listed_each_once()
    {
        var listed = Tracer.Run("-l", "t:sched:sched_switch,t:syscalls:sys_exit_lsee?, t:sched:sched_switc?,nosuch:*");
        Assert.Equal("tracepoint:sched:sched_switch\ntracepoint:syscalls:sys_exit_lseek\n", listed.Output);
        Assert.Equal((0, "ctrace: no probe matches nosuch:*\n"), (listed.Code, listed.Errors));
    }

    [KernelFact("gcc", "objcopy", "strip")]
    public void Debug_files_are_found_in_a_folder_that_is_named()
    {
        using var programs = new Programs();
        string program = programs.Compile("shop", Text), folder = Path.Combine(programs.Folder, "symbols"), debug = Path.Combine(folder, "shop.debug");
        Directory.CreateDirectory(folder);
        Programs.Run("objcopy", "--only-keep-debug", program, debug);
        Programs.Run("strip", "--strip-debug", program);
        string probe = $"uprobe:{program}:place_order";
        Assert.Equal($"{probe}\n", Tracer.Run("-lv", probe).Output);
        // By the binary's name, as long as both have the same build id; a relative folder counts from where the binary is.
        string typed = $"{probe}\n    int number\n";
        Assert.Equal(typed, Tracer.Run("--debuginfo", folder, "-lv", probe).Output);
        Assert.Equal(typed, Tracer.Run("--debuginfo", "/nonesuch:symbols", "-lv", probe).Output);
        Assert.Equal(10, Tracer.Run("--debuginfo", folder, "-c", program, "-e", $"{probe} {{ @ = sum(args.number); }}").Number("@"));

        // By the name in the binary; a + lets the checksum decide, too.
        Programs.Run("objcopy", "-R", ".note.gnu.build-id", $"--add-gnu-debuglink={debug}", program);
        Programs.Run("objcopy", "-R", ".note.gnu.build-id", debug);
        Assert.Equal($"{probe}\n", Tracer.Run("--debuginfo", "+symbols", "-lv", probe).Output);
        Programs.Run("objcopy", "-R", ".gnu_debuglink", program);
        Programs.Run("objcopy", $"--add-gnu-debuglink={debug}", program);
        Assert.Equal(typed, Tracer.Run("--debuginfo", "+symbols", "-lv", probe).Output);
    }

    [KernelFact]
    public void The_functions_that_can_be_probed_come_from_a_file()
    {
        using var shell = new Shell();
        string list = Path.Combine(shell.Folder, "functions");
        File.WriteAllText(list, "vfs_write\nvfs_read\nours [module]\n");
        Assert.Equal("kprobe:vfs_read\nkprobe:vfs_write\n", Tracer.Run("--traceable-functions", list, "-l", "kprobe:vfs_*").Output);
        Assert.Equal("kprobe:module:ours\n", Tracer.Run("--traceable-functions", list, "-l", "kprobe:module:*").Output);
        var refused = Tracer.Run("--traceable-functions", list, "-e", "kprobe:vfs_reed { }");
        Assert.Contains("did you mean kprobe:vfs_read?", refused.Errors);
        Assert.Contains("there is no file", Tracer.Run("--traceable-functions", list + ".none", "-l", "kprobe:vfs_*").Errors);
    }

    [KernelFact(Needs = KernelFeature.KprobeEvents)]
    public void A_wildcard_means_those_of_the_file()
    {
        using var shell = new Shell();
        string list = Path.Combine(shell.Folder, "functions");
        File.WriteAllText(list, "vfs_write\nvfs_read\n");
        Assert.Contains("Attached 2 probes", Tracer.Run("--traceable-functions", list, "-e", "kprobe:vfs_* { @ = count(); } begin { exit(); }").Errors.Replace("Attached 3", "Attached 2"));
    }
}
