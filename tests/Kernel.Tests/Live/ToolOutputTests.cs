using System.Diagnostics;
using System.Text.RegularExpressions;
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
    private const string WriteFile = "f=$(mktemp -p /var/tmp); dd if=/dev/zero of=$f bs=64k count=20 conv=fsync; rm $f";

    /// <param name="Tool">The script.</param>
    /// <param name="Workload">What a shell does meanwhile.</param>
    /// <param name="Keep">Lines that are compared.</param>
    /// <param name="Blur">What in them is not.</param>
    /// <param name="Command">A command that the workload needs.</param>
    /// <param name="Once">Whether lines that are alike then count as one.</param>
    private sealed record Case(string Tool, string Workload, string Keep, string Blur, string? Command = null, bool Once = false);

    private const string Clock = @"\d\d:\d\d:\d\d(\.\d+)?", Numbers = @"\d+ *", Histogram = @"^\[.*", NoHistogram = "^[^[]";

    private static readonly Case[] Cases =
    [
        new("bashreadline.bt", "printf 'echo ctrace-readline\\nexit\\n' | script -qec 'bash -i' /dev/null", "ctrace-readline|PID", Clock, "script"),
        new("biolatency.bt", WriteFile, NoHistogram, Numbers),
        new("biosnoop.bt", WriteFile, " dd |PID", Numbers),
        new("biostacks.bt", WriteFile, "^Tracing", Numbers),
        new("bitesize.bt", WriteFile, @"^@.*\[dd\]|^Tracing", Numbers),
        new("cpuwalk.bt", "sleep 1", NoHistogram, Numbers),
        new("execsnoop.bt", "/bin/echo ctrace-exec 'a b'; sh -c 'exec /bin/ls ctrace-exec'; /nosuch/ctrace-exec x; true", "ctrace-exec|PID", Clock),
        new("gethostlatency.bt", "getent ahosts localhost; getent hosts localhost", "getent|PID", Numbers, "getent"),
        new("killsnoop.bt", "sleep 30 & kill -0 $!; kill -TERM $!; kill -USR1 999999999; true", "SIGTERM|999999999|PID", Clock),
        new("loads.bt", "sleep 2.5", "Reading", Clock),
        new("naptime.bt", "sleep 0.111; sleep 0.222", "0.111|0.222|PPID", Clock),
        new("opensnoop.bt", "cat /etc/hostname /nosuch/ctrace-open; head -c 1 /etc/passwd; true", "^PID|ctrace-open| cat .*/etc/hostname| head .*/etc/passwd", "(?!)"),
        new("pidpersec.bt", "sleep 2.5", "Tracing|PIDs", @"\d+|(?<=sec: ).*", Once: true),
        new("runqlat.bt", "true", NoHistogram, Numbers),
        new("runqlen.bt", "sleep 1", NoHistogram, Numbers),
        new("setuids.bt", "setpriv --reuid=12345 --clear-groups true; true", "12345|PID", Clock, "setpriv"),
        new("ssllatency.bt", "openssl version", NoHistogram, Numbers, "openssl"),
        new("sslsnoop.bt", "openssl version", "FUNC|openssl", Numbers, "openssl"),
        new("statsnoop.bt", "stat -f /etc/hostname; stat /etc/hostname /nosuch/ctrace-stat; true", " stat |PID", "(?!)"),
        new("syncsnoop.bt", "sync /etc/hostname; sync -d /etc/hostname", " sync |PID", Clock),
        new("syscount.bt", "dd if=/dev/zero of=/dev/null bs=1 count=30000", @"^Count|^Tracing|^Top|@process\[dd\]", "(?!)"),
        new("tcpdrop.bt", "true", "TIME|Tracing", Clock),
        new("threadsnoop.bt", "python3 -c 'import threading; t = threading.Thread(target=print); t.start(); t.join()'", "python3|PID", Clock, "python3"),
        new("writeback.bt", WriteFile + "; sync", "Tracing|TIME", Numbers),
    ];

    public static TheoryData<string> Tools => ToolTests.Tools;

    [KernelTheory]
    [MemberData(nameof(Tools))]
    public void A_tool_prints_what_it_prints_with_bpftrace(string tool)
    {
        if (OuterNative.Which("bpftrace") is not { } bpftrace || tool == "none")
        {
            output.WriteLine($"{tool}: not compared, there is no {(tool == "none" ? "tool" : "bpftrace")} here");
            return;
        }

        if (Array.Find(Cases, c => c.Tool == tool) is not { } test)
        {
            output.WriteLine($"{tool}: not compared, nothing makes its kprobes fire alike twice");
            return;
        }

        if (test.Command is { } needed && OuterNative.Which(needed) is null)
        {
            output.WriteLine($"{tool}: not compared, the workload needs {needed}");
            return;
        }

        string script = Path.Combine(ToolTests.Folder, tool);
        using Side theirs = new(bpftrace, "-B", "line", "-"), ours = new(Outer.Executable, "-");
        theirs.Start(script);
        ours.Start(script);
        foreach (var (side, name) in new[] { (theirs, "bpftrace"), (ours, "ctrace") })
        {
            if (side.WaitAttached() is not { } problem)
                continue;
            // What this kernel lacks, it lacks for both.
            output.WriteLine($"{tool}: not compared, {name} refuses it here: {problem}");
            var other = side == theirs ? ours : theirs;
            Assert.True(side == theirs || other.WaitAttached() is not null, problem);
            return;
        }

        Thread.Sleep(300);
        // The shell reads its work, so that each command has the shell as its parent: a thread of ours is one parent to bpftrace and another to us.
        using var shell = Process.Start(new ProcessStartInfo("/bin/bash") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        shell.StandardInput.Write(test.Workload + "\n");
        shell.StandardInput.Close();
        shell.WaitForExit();
        Thread.Sleep(500);
        string[] expected = Kept(theirs.Stop(), test), actual = Kept(ours.Stop(), test);
        output.WriteLine($"{tool}: {expected.Length} lines alike\n{string.Join('\n', actual)}");
        Assert.Equal(expected, actual);
        Assert.NotEmpty(actual);
    }

    /// <summary>What of an output is compared. Events of different CPUs have no order.</summary>
    private static string[] Kept(IEnumerable<string> lines, Case test) =>
        [.. Merged(lines.Where(l => Regex.IsMatch(l, test.Keep) && !l.StartsWith("Attach", StringComparison.Ordinal)).Select(l => Regex.Replace(l, test.Blur, "#").TrimEnd()), test.Once).Order(StringComparer.Ordinal)];

    private static IEnumerable<string> Merged(IEnumerable<string> lines, bool once) => once ? lines.Distinct() : lines;

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
            for (int i = 0; i < 600 && !_process!.HasExited; i++)
                if (_attached.Wait(100))
                    return null;
            _process!.WaitForExit(1000);
            lock (_errors)
                return _attached.IsSet ? null : _errors.Find(l => l.Contains("rror")) ?? string.Join(" ", _errors);
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
