using System.Diagnostics;
using Ctrace.Kernel.Tests.Live;

namespace Ctrace.Kernel.Tests;

/// <summary>Beginning and end: children, processes, signals, exit codes, and that nothing stays behind.</summary>
public class LifetimeTests
{
    [KernelTheory]
    [InlineData(Native.SigInt)]
    [InlineData(Native.SigTerm)]
    public void ASignalEndsItInGoodOrder(int signal)
    {
        using var tracer = new Tracer("-e", "tracepoint:syscalls:sys_enter_read { @ = count(); } end { printf(\"the end\\n\"); }");
        tracer.WaitAttached();
        Native.BadReads([1, 2, 3]);
        tracer.Signal(signal);
        var result = tracer.Finish();
        Assert.Equal(0, result.Code);
        Assert.True(result.Number("@") >= 3);
        Assert.Contains("the end", result.Output);
    }

    [KernelFact]
    public void ExitGivesItsCodeAndNothingAfterItRuns()
    {
        var result = Tracer.Run("-e", "begin { @a = 1; exit(3); @a = 2; }");
        Assert.Equal((3, 1), (result.Code, result.Number("@a")));
    }

    [KernelFact]
    public void AnIntervalEndsItAfterItsTime()
    {
        var started = Stopwatch.StartNew();
        var result = Tracer.Run("-e", "interval:ms:100 { @++; if (@ == 5) { exit(); } }");
        Assert.Equal(5, result.Number("@"));
        Assert.InRange(started.ElapsedMilliseconds, 490, 20_000);
    }

    [KernelFact("strace")]
    public void OnlyTheChildIsTraced()
    {
        var result = Tracer.Run("-c", "ls /usr/bin", "-e", "tracepoint:syscalls:sys_enter_* { @[probe] = count(); }");
        // To a pipe in both cases: ls asks what its output is.
        string counts = Tracer.Shell("f=$(mktemp); strace -f -c -o $f ls /usr/bin | cat >/dev/null; cat $f; rm $f");
        var expected = counts.Split('\n').Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(words => words.Length >= 5 && char.IsDigit(words[0][0]) && words[^1] != "total")
            .ToDictionary(words => words[^1], words => long.Parse(words[3]));
        Assert.True(expected.Count > 10, counts);
        foreach (var (name, count) in expected)
            Assert.Equal((name, count), (name, result.Number($"@[tracepoint:syscalls:sys_enter_{Kernel(name)}]")));
    }

    [KernelFact]
    public void TheChildsEndIsTheEnd()
    {
        var result = Tracer.Run("-c", "sh -c 'exit 7'", "-e", "end { printf(\"over\\n\"); }");
        Assert.Equal(0, result.Code);
        Assert.Contains("over", result.Output);
    }

    [KernelFact]
    public void OnlyTheProcessAskedForIsTracedAndItsEndIsTheEnd()
    {
        using var target = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "read x; dd if=/dev/zero of=/dev/null bs=1 count=1000 2>/dev/null; read y; exec dd if=/dev/zero of=/dev/null bs=1 count=5000 2>/dev/null"]) { RedirectStandardInput = true })!;
        using var tracer = new Tracer("-p", target.Id.ToString(), "-e", "tracepoint:syscalls:sys_enter_read { @[comm, args.count] = count(); @p[pid] = count(); }");
        tracer.WaitAttached();
        target.StandardInput.Write("\n\n");
        target.StandardInput.Close();
        var result = tracer.Finish();
        Assert.Equal(5000, result.Number("@[dd, 1]"));
        Assert.Single(result.Maps.Keys, key => key.StartsWith("@p[", StringComparison.Ordinal));
        Assert.True(result.Number($"@p[{target.Id}]") >= 5000);
    }

    [KernelFact]
    public void AfterSigKillNothingStaysBehind()
    {
        string marker = $"97{Environment.ProcessId}";
        using var tracer = new Tracer("-c", $"sleep {marker}", "-e", "tracepoint:syscalls:sys_enter_read { @killme = count(); }");
        tracer.WaitAttached();
        Assert.Contains("killme", OpenMaps(tracer.Process.Id));
        tracer.Signal(Native.SigKill);
        tracer.Process.WaitForExit();
        Assert.True(SpinWait.SpinUntil(() => !Directory.GetDirectories("/proc").Any(p => Runs(p, marker)), 5000), "the child still runs");
        // The programs hang on the process's descriptors alone: nothing is pinned.
        Assert.False(Directory.Exists($"/proc/{tracer.Process.Id}/fd"));
    }

    [KernelFact]
    public void FiftyProbesAtOnce()
    {
        string[] names = [.. Directory.GetDirectories("/sys/kernel/tracing/events/syscalls", "sys_enter_*").Select(d => Path.GetFileName(d)!).Order().Take(49)];
        string probes = string.Join(", ", names.Append("sys_enter_readv").Select(n => $"tracepoint:syscalls:{n}"));
        Native.OnThread(tid =>
        {
            var result = Tracer.While(() => Native.BadVectors(123), "-e", probes + " /tid == $1/ { @[probe] = count(); }", tid.ToString());
            Assert.Contains("Attached 50 probes", result.Messages);
            Assert.Equal(123, result.Number("@[tracepoint:syscalls:sys_enter_readv]"));
        });
    }

    [KernelFact]
    public void AWildcardOverAllSystemCalls() => Native.OnThread(tid =>
    {
        int all = Directory.GetDirectories("/sys/kernel/tracing/events/syscalls", "sys_enter_*").Length;
        var result = Tracer.While(() => Native.BadVectors(4321), "-e",
            "tracepoint:syscalls:sys_enter_* /tid == $1/ { @[probe] = count(); } tracepoint:syscalls:sys_exit_* /tid == $1 && args.ret == -9/ { @e[probe] = count(); }", tid.ToString());
        Assert.Contains($"Attached {2 * all} probes", result.Messages);
        Assert.Equal((4321, 4321), (result.Number("@[tracepoint:syscalls:sys_enter_readv]"), result.Number("@e[tracepoint:syscalls:sys_exit_readv]")));
    });

    [KernelFact]
    public void ADryRunAttachesNothing()
    {
        var result = Tracer.Run("--dry-run", "-e", "begin { printf(\"never\\n\"); } tracepoint:sched:sched_switch < count() >");
        Assert.Equal(0, result.Code);
        Assert.DoesNotContain("never", result.Output);
        Assert.DoesNotContain("Attached", result.Messages);
    }

    [KernelFact("setpriv")]
    public void WithoutRightsOneLineSaysWhichIsMissing()
    {
        using var process = Process.Start(new ProcessStartInfo("setpriv",
            ["--reuid", "65534", "--regid", "65534", "--clear-groups", "--bounding-set", "-all", "--inh-caps", "-all", Readable(), "-e", "begin { exit(); }"])
        {
            RedirectStandardError = true,
        })!;
        string messages = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Directory.Delete(Path.GetDirectoryName(process.StartInfo.ArgumentList[^3])!, true);
        Assert.Equal(1, process.ExitCode);
        Assert.Contains("CAP_BPF", messages);
        Assert.DoesNotContain("   at ", messages);
    }

    /// <summary>A copy of the program where anyone may run it.</summary>
    private static string Readable()
    {
        string folder = Directory.CreateTempSubdirectory("ctrace-test").FullName;
        File.SetUnixFileMode(folder, (UnixFileMode)0b111_101_101);
        foreach (string file in Tracer.Executable.Contains("/dist/") ? [Tracer.Executable] : Directory.GetFiles(AppContext.BaseDirectory))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        return Path.Combine(folder, "ctrace");
    }

    private static string OpenMaps(int pid) => string.Concat(Directory.GetFiles($"/proc/{pid}/fdinfo").Select(f =>
    {
        string text = Processes.Read(f);
        return text.Contains("map_type") ? "killme " + text : "";
    }));

    private static bool Runs(string folder, string marker) => Processes.Read(folder + "/cmdline").Contains($"sleep\0{marker}");

    /// <summary>The kernel's name of a system call where strace has another.</summary>
    private static string Kernel(string name) => name switch { "fstat" => "newfstat", "stat" => "newstat", "lstat" => "newlstat", "uname" => "newuname", _ => name };
}
