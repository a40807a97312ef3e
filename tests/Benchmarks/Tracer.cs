using System.Diagnostics;
using System.Globalization;
using System.Text;
using Ctrace.Runtime.Sys;

namespace Ctrace.Benchmarks;

/// <summary>A tool that runs a program. Its output is kept, each line with the moment it arrived.</summary>
internal sealed class Tracer : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private readonly Process _process;
    private readonly List<(long Time, string Text)> _lines = [];
    private readonly ManualResetEventSlim _attached = new();
    private readonly Thread[] _readers;
    private long _attachedAt;
    private int _open = 2;

    /// <summary>Starts a tool.</summary>
    /// <param name="tool">Which.</param>
    /// <param name="program">What it is to run.</param>
    /// <param name="outputFile">Where its standard output goes, or null to keep it.</param>
    /// <param name="cpu">The CPU it is bound to, or -1.</param>
    public Tracer(Tool tool, string program, string? outputFile = null, int cpu = -1)
    {
        string[] command = [.. tool.Command, "-e", program];
        if (outputFile is not null)
            command = ["sh", "-c", "exec \"$@\" >\"$0\"", outputFile, .. command];
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (cpu >= 0)
            Native.Pin(cpu);
        StartedAt = Stopwatch.GetTimestamp();
        _process = Process.Start(start)!;
        if (cpu >= 0)
            Native.Pin(-1);
        Running = this;
        _readers = [Read(_process.StandardOutput.BaseStream), Read(_process.StandardError.BaseStream)];
    }

    /// <summary>The one that runs now.</summary>
    public static Tracer? Running { get; private set; }

    /// <summary>When it was started, in ticks of <see cref="Stopwatch"/>, as all times here.</summary>
    public long StartedAt { get; }

    public int Pid => _process.Id;

    /// <summary>All lines that have arrived.</summary>
    public (long Time, string Text)[] Lines
    {
        get
        {
            lock (_lines)
                return [.. _lines];
        }
    }

    /// <summary>Waits until it says that all probes are attached.</summary>
    /// <returns>When it said so.</returns>
    public long AwaitAttached()
    {
        if (!_attached.Wait(s_patience) || _attachedAt == 0)
            throw new InvalidOperationException($"{_process.StartInfo.FileName} did not attach:\n" +
                string.Join('\n', Lines.Select(l => l.Text)));
        return _attachedAt;
    }

    /// <summary>CPU time used so far.</summary>
    public long CpuNanoseconds() => Native.CpuNanoseconds(Pid);

    /// <summary>The most memory that was resident so far, in KiB; 0 when the process has gone.</summary>
    public int PeakMemory() => ReadNumber($"/proc/{Pid}/status", "VmHWM:").FirstOrDefault();

    /// <summary>The memory that is resident now, in KiB; 0 when the process has gone.</summary>
    public int Memory() => ReadNumber($"/proc/{Pid}/status", "VmRSS:").FirstOrDefault();

    /// <summary>The numbers of the programs it holds in the kernel.</summary>
    public int[] Programs()
    {
        var numbers = new SortedSet<int>();
        foreach (string file in Directory.EnumerateFiles($"/proc/{Pid}/fdinfo"))
            numbers.UnionWith(ReadNumber(file, "prog_id:"));
        return [.. numbers];
    }

    /// <summary>Does what Ctrl-C does.</summary>
    /// <returns>When.</returns>
    public long Interrupt()
    {
        long now = Stopwatch.GetTimestamp();
        if (LibC.kill(Pid, Native.SigInt) != 0)
            throw new InvalidOperationException("the tool ended before it was told to");
        return now;
    }

    /// <summary>Stops it where it is.</summary>
    public void Pause() => LibC.kill(Pid, Native.SigStop);

    /// <summary>Lets it go on.</summary>
    public void Resume() => LibC.kill(Pid, Native.SigContinue);

    /// <summary>Waits until the process has gone and all of its output is here.</summary>
    /// <returns>When it had gone.</returns>
    public long AwaitEnd(int seconds = 60)
    {
        bool ended = Native.AwaitEnd(Pid, seconds * 1000);
        long now = Stopwatch.GetTimestamp();
        if (!ended)
            throw new InvalidOperationException($"{_process.StartInfo.FileName} did not end within {seconds} s");
        foreach (var reader in _readers)
            reader.Join(s_patience);
        return now;
    }

    /// <summary>Interrupts it and waits.</summary>
    public void Stop()
    {
        Interrupt();
        AwaitEnd();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_process.HasExited)
            LibC.kill(Pid, Native.SigKill);
        _process.WaitForExit();
        _process.Dispose();
        Running = null;
    }

    private static IEnumerable<int> ReadNumber(string file, string label)
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(file);
        }
        catch (IOException)
        {
            return [];
        }

        return lines.Where(l => l.StartsWith(label, StringComparison.Ordinal))
            .Select(l => int.Parse(l[label.Length..].Replace("kB", ""), NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture));
    }

    private Thread Read(Stream stream)
    {
        var thread = new Thread(() =>
        {
            byte[] buffer = new byte[65536];
            var line = new StringBuilder();
            int length;
            while ((length = stream.Read(buffer)) > 0)
            {
                long now = Stopwatch.GetTimestamp();
                foreach (char c in Encoding.UTF8.GetString(buffer, 0, length))
                {
                    if (c != '\n')
                    {
                        line.Append(c);
                        continue;
                    }

                    Add(now, line.ToString());
                    line.Clear();
                }
            }

            if (line.Length > 0)
                Add(Stopwatch.GetTimestamp(), line.ToString());
            if (Interlocked.Decrement(ref _open) == 0)
                _attached.Set();
        }) { IsBackground = true };
        thread.Start();
        return thread;
    }

    private void Add(long time, string text)
    {
        lock (_lines)
            _lines.Add((time, text));
        if (_attachedAt != 0 || !text.StartsWith("Attached ", StringComparison.Ordinal))
            return;
        _attachedAt = time;
        _attached.Set();
    }
}
