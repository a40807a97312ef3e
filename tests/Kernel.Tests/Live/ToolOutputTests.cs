using System.Diagnostics;
using Xunit.Abstractions;
using Outer = Ctrace.Kernel.Tests.Tracer;
using OuterNative = Ctrace.Kernel.Tests.Native;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>
/// The tools of Debian's bpftrace package print what they print when bpftrace runs them: both tracers are attached to one workload at once. bpftrace is
/// found by PATH, and the tools as by <see cref="ToolTests"/>. Lines of other processes of the machine are left out, and so are numbers that differ by themselves.
/// </summary>
public class ToolOutputTests(ITestOutputHelper output)
{
    public static TheoryData<string> Tools => ToolTests.Tools;

    [SkippableTheory]
    [MemberData(nameof(Tools))]
    public void A_tool_prints_what_it_prints_with_bpftrace(string tool)
    {
        if (tool == "none" || OuterNative.Which("bpftrace") is not { } bpftrace)
            throw Skip.Because($"needs {(tool == "none" ? "bpftrace's tools" : "the command bpftrace")}, to compare with");
        var test = ToolCase.All.Single(c => c.Tool == tool);
        if (test.Command is { } needed && OuterNative.Which(needed) is null)
            throw Skip.Because($"the workload needs {needed}");

        string script = Path.Combine(ToolTests.Folder, tool);
        using Side theirs = new(bpftrace, "-B", "line", "-"), ours = new(Outer.Executable, "-");
        theirs.Start(script);
        ours.Start(script);
        foreach (var (side, name) in new[] { (theirs, "bpftrace"), (ours, "ctrace") })
        {
            if (side.WaitAttached() is not { } problem)
                continue;
            // What this kernel lacks, it lacks for both.
            Assert.True(side == theirs || theirs.WaitAttached() is not null, problem);
            throw Skip.Because($"{name} refuses it here: {problem}");
        }

        Thread.Sleep(300);
        // The shell reads its work, so that each command has the shell as its parent: a thread of ours is one parent to bpftrace and another to us.
        using var shell = Process.Start(new ProcessStartInfo("/bin/bash") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        shell.StandardInput.Write(test.Workload + "\n");
        shell.StandardInput.Close();
        shell.WaitForExit();
        Thread.Sleep(500);
        string[] expected = test.Compared(theirs.Stop()), actual = test.Compared(ours.Stop());
        output.WriteLine($"{tool}: {expected.Length} lines alike\n{string.Join('\n', actual)}");
        Assert.Equal(expected, actual);
        Assert.NotEmpty(actual);
    }

    /// <summary>One of the two tracers.</summary>
    private sealed class Side(string program, params string[] arguments) : IDisposable
    {
        private readonly List<string> _lines = [], _errors = [];
        private readonly ManualResetEventSlim _attached = new();
        private Process? _process;

        public void Start(string script)
        {
            _process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
            _process.OutputDataReceived += (_, e) => Take(_lines, e.Data);
            _process.ErrorDataReceived += (_, e) => Take(_errors, e.Data);
            _process.BeginOutputReadLine();
            _process.BeginErrorReadLine();
            _process.StandardInput.Write(File.ReadAllText(script));
            _process.StandardInput.Close();
        }

        private void Take(List<string> lines, string? line)
        {
            if (line is null)
                return;
            lock (lines)
                lines.Add(line);
            if (line.StartsWith("Attached", StringComparison.Ordinal) || line.StartsWith("Attaching", StringComparison.Ordinal))
                _attached.Set();
        }

        /// <summary>Null when it is attached, otherwise why it is not.</summary>
        public string? WaitAttached()
        {
            for (int i = 0; i < 1800 && !_process!.HasExited; i++)
                if (_attached.Wait(100))
                    return null;
            bool ended = _process!.WaitForExit(1000);
            lock (_errors)
                return _attached.IsSet ? null : !ended ? "it is not ready after three minutes" : _errors.Find(l => l.Contains("rror")) ?? string.Join(" ", _errors);
        }

        public string[] Stop()
        {
            OuterNative.kill(_process!.Id, OuterNative.SigInt);
            Assert.True(_process.WaitForExit(30_000), $"{program} does not end");
            _process.WaitForExit();
            lock (_lines)
                return [.. _lines];
        }

        public void Dispose()
        {
            if (_process is { HasExited: false })
                _process.Kill();
            _process?.Dispose();
            _attached.Dispose();
        }
    }
}
