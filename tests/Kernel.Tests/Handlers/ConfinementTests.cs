using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Ctrace.Kernel.Tests.Handlers;

using Native = Ctrace.Kernel.Tests.Live.Native;

/// <summary>C# has none of the tracer's rights, and whatever it does, tracing goes on.</summary>
public class ConfinementTests
{
    /// <summary>A handler that does something bad once, and another clause that shows that tracing goes on after it.</summary>
    /// <summary>Runs C# that comes to a bad end, and the trace for so long.</summary>
    private static TraceResult Survive(string code, int milliseconds = 1500) =>
        Sudo.Run("-e", $"begin => {{ {code} }} interval:ms:{milliseconds} {{ printf(\"alive\\n\"); exit(7); }}");

    [CSharpFact]
    public void A_handler_holds_no_right()
    {
        var result = Sudo.Run("-e", """begin => { Print(File.ReadAllText("/proc/self/status")); Exit(); }""");
        Dictionary<string, string> status = result.Lines().Select(l => l.Split(':', 2)).Where(p => p.Length == 2).ToDictionary(p => p[0], p => p[1].Trim());
        foreach (string set in new[] { "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb" })
            Assert.Equal("0000000000000000", status[set]);
        Assert.Equal("1", status["NoNewPrivs"]);
        Assert.Equal(string.Join('\t', Enumerable.Repeat(Sudo.User, 4)), status["Uid"]);
        Assert.Equal(string.Join('\t', Enumerable.Repeat(Sudo.Group, 4)), status["Gid"]);
        Assert.DoesNotContain("0", status["Groups"].Split(' '));
    }

    [CSharpFact]
    public void A_handler_cant_read_what_is_roots()
    {
        string secret = Path.GetTempFileName();
        try
        {
            File.WriteAllText(secret, "secret");
            File.SetUnixFileMode(secret, UnixFileMode.UserRead);
            var result = Sudo.Run("-e", $$"""begin => { Print(File.ReadAllText("{{secret}}")); } end => { Print("end"); } interval:ms:300 { exit(); }""");
            Assert.DoesNotContain("secret\n", result.Output);
            Assert.Contains("UnauthorizedAccessException", result.Messages);
            Assert.Contains("end\n", result.Output);
        }
        finally
        {
            File.Delete(secret);
        }
    }

    [CSharpFact]
    public void A_handler_has_none_of_the_tracers_descriptors()
    {
        var result = Sudo.Run("-e", """
            begin => { foreach (var f in Directory.GetFiles("/proc/self/fd")) { try { Print(new FileInfo(f).LinkTarget ?? ""); } catch (IOException) { } } Exit(); }
            tracepoint:syscalls:sys_enter_getppid { @ = count(); }
            """);
        Assert.DoesNotContain(result.Lines(), l => l.Contains("bpf") || l.Contains("perf_event"));
        Assert.Equal(2, result.Lines().Count(l => l.StartsWith("pipe:", StringComparison.Ordinal) && result.Lines().Count(o => o == l) == 1));
    }

    [CSharpFact]
    public void Root_without_a_user_must_allow_it()
    {
        var refused = Sudo.RunAsRoot("-e", "begin => { Print(1); Exit(); }");
        Assert.Equal(1, refused.Code);
        Assert.Contains("--unsafe", refused.Messages);
        Assert.Equal(2, refused.Messages.Trim().Split('\n').Length);
        var allowed = Sudo.RunAsRoot("--unsafe", "-e", """
            begin => { foreach (var l in File.ReadLines("/proc/self/status").Where(l => l.StartsWith("Cap") || l.StartsWith("NoNew"))) Print(l); Exit(); }
            """);
        Assert.Equal(0, allowed.Code);
        Assert.Equal(5, allowed.Lines().Count(l => l.EndsWith("\t0000000000000000", StringComparison.Ordinal)));
        Assert.Contains("NoNewPrivs:\t1", allowed.Output);
    }

    [CSharpTheory]
    [InlineData("Environment.Exit(5);", "ended with code 5")]
    [InlineData("Process.GetCurrentProcess().Kill();", "signal 9")]
    [InlineData("int F(int i) { Span<long> s = stackalloc long[100]; s[0] = i; return F(i + 1) + (int)s[0]; } Print(F(0));", "stack overflow")]
    [InlineData("new Thread(() => throw new Exception(\"elsewhere\")).Start(); Thread.Sleep(1000);", "signal 6")]
    public void What_ends_the_process_is_named(string code, string how)
    {
        var result = Survive(code.Replace("Process.", "System.Diagnostics.Process."));
        Assert.Equal(7, result.Code);
        Assert.Contains("alive\n", result.Output);
        Assert.Contains("line 1", result.Messages);
        Assert.Contains(how, result.Messages);
        Assert.Contains("Tracing goes on", result.Messages);
    }

    [CSharpFact]
    public void An_exception_is_one_line_and_comes_from_its_own_line()
    {
        var result = Survive("\n  var x = 1;\n  throw new InvalidOperationException(\"boom\\nboom\");\n");
        Assert.Equal(7, result.Code);
        Assert.Contains("line 3: InvalidOperationException: boom boom", result.Messages);
        Assert.Equal(2, result.Messages.Trim().Split('\n').Length);
    }

    [CSharpFact]
    public void Memory_is_limited()
    {
        // A machine may take seconds to find so much memory.
        var result = Survive("var all = new List<byte[]>(); while (true) { var b = new byte[1 << 20]; Array.Fill(b, (byte)1); all.Add(b); }", 10_000);
        Assert.Equal(7, result.Code);
        Assert.Contains("alive\n", result.Output);
        Assert.Contains("line 1", result.Messages);
        Assert.Contains("OutOfMemory", result.Messages.Replace("memory runs out", "OutOfMemory"));
    }

    [CSharpFact]
    public void An_endless_loop_is_named_and_ctrl_c_still_ends_it()
    {
        var clock = new Stopwatch();
        var result = Sudo.Run(process =>
        {
            Thread.Sleep(4500);
            clock.Start();
            Native.Kill(process.Id, Sudo.Interrupt);
        }, "-e", "begin\n=> { while (true); } interval:s:1 { printf(\"alive\\n\"); }");
        clock.Stop();
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(3), $"Ctrl-C took {clock.Elapsed.TotalSeconds} s");
        Assert.Contains("alive\n", result.Output);
        Assert.Contains("the handler at line 2, column 5 has been running for 3 seconds", result.Messages);
        Assert.Single(Regex.Matches(result.Messages, "did not end and was stopped"));
    }

    [CSharpTheory]
    [InlineData("5,0,0,0,69,9,9,9,9")] // done, though nothing was sent
    [InlineData("9,0,0,0,68,99,0,0,0,1,0,0,0")] // a failure of handler 99
    [InlineData("255,255,255,255,1")] // a length below zero
    [InlineData("5,0,0,0,65,255,255,255,127")] // two thousand million errors
    [InlineData("2,0,0,0,67,1")] // a text that is not there
    public void Nonsense_on_the_pipe_does_no_harm(string bytes)
    {
        var result = Survive($"using var pipe = new FileStream(new Microsoft.Win32.SafeHandles.SafeFileHandle((IntPtr)4, false), FileAccess.Write); pipe.Write(new byte[] {{ {bytes} }}); pipe.Flush(); Thread.Sleep(500);");
        Assert.Equal(7, result.Code);
        Assert.Contains("alive\n", result.Output);
        Assert.True(result.Messages.Trim().Split('\n').Length <= 3, result.Messages);
    }

    [CSharpFact]
    public void A_process_that_stands_still_does_not_keep_the_tracer()
    {
        var clock = Stopwatch.StartNew();
        var result = Sudo.Run(process =>
        {
            for (int i = 0; i < 100_000; i++)
                Native.Lseek(1, i);
            Thread.Sleep(500);
            clock.Restart();
            Native.Kill(process.Id, Sudo.Interrupt);
        }, "-e", "tracepoint:syscalls:sys_enter_lseek /pid == " + Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "/ < args.offset, args.whence > => { System.Diagnostics.Process.Start(\"kill\", \"-STOP \" + Environment.ProcessId).WaitForExit(); }");
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(4), $"Ctrl-C took {clock.Elapsed.TotalSeconds} s");
        Assert.Contains("100000 rows were dropped", result.Messages);
    }
}
