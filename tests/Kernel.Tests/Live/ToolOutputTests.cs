using System.Diagnostics;
using System.Text.RegularExpressions;
using Xunit.Abstractions;
using Outer = Ctrace.Kernel.Tests.Tracer;
using OuterNative = Ctrace.Kernel.Tests.Native;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>
/// The tools of Debian's bpftrace package print what they print when bpftrace runs them: both tracers are attached to one workload at once. bpftrace is
/// found by PATH, and the tools as by <see cref="ToolTests"/>; what comes out is noted in <see cref="ToolTable"/>. Lines of other processes of the machine are left out, and so are numbers that differ by themselves.
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
            throw NotCompared(tool, $"the workload needs {needed}");
        if (test.Program is not null && !Fixture.AreBuilt && OuterNative.Which("gcc") is null)
            throw NotCompared(tool, "there is no compiler for the program that is traced");

        string script = Path.Combine(ToolTests.Folder, tool);
        using Side theirs = new(bpftrace, "-B", "line", "-"), ours = new(Outer.Executable, "-");
        theirs.Start(script);
        ours.Start(script);
        string? refusal = theirs.WaitAttached(), problem = ours.WaitAttached();
        // What this kernel lacks, it lacks for both.
        if (refusal is not null)
            throw NotCompared(tool, problem is null ? $"bpftrace refuses it: {refusal}" : $"both refuse it: {problem}");
        if (problem is not null)
            ToolTable.Note(tool, ToolTable.Prints, $"ctrace refuses it: {problem}");
        Assert.Null(problem);

        Thread.Sleep(300);
        using var worker = new Worker(test);
        // bpftrace writes some lines a second late, and drops what it has not written when it ends.
        Thread.Sleep(2000);
        string[] expected = test.Compared(theirs.Stop()), actual = test.Compared(ours.Stop());
        output.WriteLine($"{tool}: {expected.Length} lines alike\n{string.Join('\n', actual)}");
        string difference = actual.Length == 0 ? "it prints nothing" : string.Join(" ", [.. Lines("only bpftrace", expected, actual), .. Lines("only ctrace", actual, expected)]);
        ToolTable.Note(tool, ToolTable.Prints, difference.Length == 0 ? "the same" : difference);
        ToolTable.Note(tool, ToolTable.Except, test.Except ?? "");
        Assert.Equal("", difference);
    }

    /// <summary>What one of them has printed and the other has not, or not as often.</summary>
    private static IEnumerable<string> Lines(string who, string[] mine, string[] others) =>
        mine.GroupBy(l => l).Where(same => same.Count() > others.Count(l => l == same.Key)).Select(same => $"{who}: '{same.Key}'.");

    private static Skip NotCompared(string tool, string why)
    {
        ToolTable.Note(tool, ToolTable.Prints, why);
        return Skip.Because(why);
    }

    /// <summary>
    /// The shell reads its work, so that each command has the shell as its parent: a thread of ours is one parent to bpftrace and another to us. It is there
    /// until it is disposed, and so is what it has started and not waited for.
    /// </summary>
    private sealed class Worker : IDisposable
    {
        private const string Done = "the work is done";

        private readonly string _folder = Directory.CreateTempSubdirectory("ctrace-tool-").FullName;
        private readonly ManualResetEventSlim _done = new();
        private readonly Process _shell;

        public Worker(ToolCase test)
        {
            _shell = Process.Start(new ProcessStartInfo("/bin/bash")
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                Environment = { ["program"] = test.Program is null ? "" : Fixture.Build(test.Program, _folder) },
            })!;
            _shell.OutputDataReceived += (_, e) =>
            {
                // The shell itself may be what is killed.
                if (e.Data is null or Done)
                    _done.Set();
            };
            _shell.ErrorDataReceived += (_, _) => { };
            _shell.BeginOutputReadLine();
            _shell.BeginErrorReadLine();
            _shell.StandardInput.Write($"{test.Workload}\necho; echo {Done}\n");
            _shell.StandardInput.Flush();
            _done.Wait();
        }

        public void Dispose()
        {
            try
            {
                _shell.StandardInput.Write("for job in $(jobs -p); do kill -- -$job; done\n");
                _shell.StandardInput.Close();
            }
            catch (IOException)
            {
                // It is not there any more.
            }

            _shell.WaitForExit();
            _shell.Dispose();
            _done.Dispose();
            Directory.Delete(_folder, true);
        }
    }

    /// <summary>One of the two tracers.</summary>
    private sealed class Side(string program, params string[] arguments) : IDisposable
    {
        /// <summary>What is before an error's message.</summary>
        private static readonly Regex Message = new(@"^(.*?\b(ERROR|error)|ctrace): ");

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
            // What it has said by then is read by now.
            if (ended)
                _process.WaitForExit();
            lock (_errors)
                return _attached.IsSet ? null : !ended ? "it is not ready after three minutes" : Message.Replace(_errors.Find(Message.IsMatch) ?? $"it ends with {_process.ExitCode}: {string.Join(" ", _errors)}", "");
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
