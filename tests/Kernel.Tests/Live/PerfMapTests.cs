using System.Diagnostics;
using Ctrace.Runtime.Symbols;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>Names of code that runtimes make while they run.</summary>
public class PerfMapTests
{
    [KernelFact("node")]
    public void Functions_are_named_in_the_stack_of_a_Node_program()
    {
        const string script = "const fs = require('fs'); function placeOrder(n) { try { fs.closeSync(123456); } catch (e) { } return n + 1; } let n = 0; setInterval(() => { for (let i = 0; i < 200; i++) n += placeOrder(i); }, 10);";
        using var process = Process.Start(new ProcessStartInfo("node", ["--perf-basic-prof", "--no-turbo-inlining", "-e", script]))!;
        try
        {
            // It is interpreted at first, and compiled after some hundred calls.
            var t = Traced.Run("tracepoint:syscalls:sys_enter_close /pid == $3 && args.fd == 123456/ { @[ustack(12)] = count(); } interval:s:2 { exit(); }", null, process.Id);
            Assert.Matches(@"JS:.?placeOrder \[eval\]:1:\d+\+\d+\n", t.Text);
        }
        finally
        {
            process.Kill();
            process.WaitForExit();
            File.Delete($"/tmp/perf-{process.Id}.map");
        }
    }

    [Fact]
    public void The_last_entry_for_an_address_counts_and_later_ones_are_found()
    {
        using var process = Process.Start("sleep", "60");
        string path = $"/tmp/perf-{process.Id}.map";
        try
        {
            File.WriteAllText(path, "1000 100 first\n0x2000 0x10 with prefix\nnonsense\n\n1000 0 nothing\n1010 20 inner\n1000 80 again\u001b[31m\n3000 1");
            var map = PerfMap.TryOpen(process.Id)!;
            Assert.Equal(path, map.Path);
            Assert.Equal(("again?[31m", 0x15UL), map.Find(0x1015));
            Assert.Equal(("first", 0x90UL), map.Find(0x1090));
            Assert.Equal(("with prefix", 0xfUL), map.Find(0x200f));
            Assert.Null(map.Find(0x2010));
            Assert.Null(map.Find(0xfff));
            Assert.Null(map.Find(0x3000));
            File.AppendAllText(path, "0 unfinished\n4000 10 new one\n");
            Assert.Equal(("unfinished", 5UL), map.Find(0x3005));
            Assert.Equal(("new one", 0UL), map.Find(0x4000));
            Assert.Null(map.Find(ulong.MaxValue));
        }
        finally
        {
            process.Kill();
            File.Delete(path);
        }
    }

    [Fact]
    public void A_map_that_is_older_than_its_process_or_no_file_is_not_believed()
    {
        using var process = Process.Start("sleep", "60");
        string path = $"/tmp/perf-{process.Id}.map";
        try
        {
            File.WriteAllText(path, "1000 100 stale\n");
            File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddMinutes(-5));
            Assert.Null(PerfMap.TryOpen(process.Id));
            File.Delete(path);
            // Reading a pipe would wait for somebody to write.
            Programs.Run("mkfifo", path);
            Assert.Null(PerfMap.TryOpen(process.Id));
        }
        finally
        {
            process.Kill();
            File.Delete(path);
        }
    }

    [KernelFact("unshare")]
    public void In_a_container_the_process_knows_itself_by_another_number_and_has_a_tmp_of_its_own()
    {
        using var unshare = Process.Start("unshare", ["-p", "-f", "-m", "sh", "-c", "mount -t tmpfs none /tmp && echo '1000 10 inside' > /tmp/perf-1.map && exec sleep 60"])!;
        string children = "";
        try
        {
            for (int i = 0; i < 500 && children == ""; i++, Thread.Sleep(10))
                children = File.ReadAllText($"/proc/{unshare.Id}/task/{unshare.Id}/children").Trim();
            for (int i = 0; i < 500 && !Processes.Read($"/proc/{children}/cmdline").StartsWith("sleep", StringComparison.Ordinal); i++)
                Thread.Sleep(10);
            var map = PerfMap.TryOpen(int.Parse(children))!;
            Assert.Equal(("inside", 1UL), map.Find(0x1001));
            Assert.Equal("/tmp/perf-1.map", map.Path);
        }
        finally
        {
            unshare.Kill(true);
        }
    }
}
