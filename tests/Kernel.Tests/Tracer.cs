using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text;

namespace Ctrace.Kernel.Tests;

/// <summary>What a run of ctrace gave.</summary>
internal sealed record TraceResult(int Code, string Output, string Messages)
{
    /// <summary>The maps' entries as printed: <c>@x[key]</c> to its value.</summary>
    public Dictionary<string, string> Maps => Output.Split('\n').Where(line => line.StartsWith('@') && line.Contains(": "))
        .GroupBy(line => line[..line.IndexOf(": ", StringComparison.Ordinal)])
        .ToDictionary(g => g.Key, g => g.Last()[(g.Key.Length + 2)..]);

    public long Number(string key) => Maps.TryGetValue(key, out string? text) ? long.Parse(text) : 0;
}

/// <summary>ctrace as a process of its own, as users run it: the native program where it is built.</summary>
internal sealed class Tracer : IDisposable
{
    /// <summary>Long enough for an emulated machine that shares its CPUs.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly StringBuilder _messages = new();
    private readonly TaskCompletionSource _attached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task<string> _output;

    public Tracer(params string[] args)
    {
        var start = new ProcessStartInfo(Executable, args) { RedirectStandardOutput = true, RedirectStandardError = true };
        Process = Process.Start(start)!;
        Process.ErrorDataReceived += (_, e) =>
        {
            lock (_messages)
                _messages.Append(e.Data).Append('\n');
            if (e.Data is null || e.Data.StartsWith("Attached", StringComparison.Ordinal))
                _attached.TrySetResult();
        };
        Process.BeginErrorReadLine();
        _output = Process.StandardOutput.ReadToEndAsync();
    }

    public static string Root { get; } = FindRoot();

    public static string Executable { get; } =
        File.Exists(Path.Combine(Root, "dist", "ctrace")) ? Path.Combine(Root, "dist", "ctrace") : Path.Combine(AppContext.BaseDirectory, "ctrace");

    public Process Process { get; }

    /// <summary>Traces while something happens, and ends it with Ctrl-C.</summary>
    public static TraceResult While(Action work, params string[] args)
    {
        using var tracer = new Tracer(args);
        tracer.WaitAttached();
        Native.Perform(work);
        tracer.Signal(Native.SigInt);
        return tracer.Finish();
    }

    /// <summary>Runs a program that ends by itself.</summary>
    public static TraceResult Run(params string[] args)
    {
        using var tracer = new Tracer(args);
        return tracer.Finish();
    }

    public void WaitAttached()
    {
        Assert.True(_attached.Task.Wait(Patience), "not attached in time");
        Assert.True(!Process.HasExited || Process.ExitCode == 0, $"it refused:\n{_messages}");
    }

    public void Signal(int signal) => Native.kill(Process.Id, signal);

    public TraceResult Finish()
    {
        Assert.True(Process.WaitForExit(Patience), "it does not end");
        Process.WaitForExit();
        lock (_messages)
            return new TraceResult(Process.ExitCode, _output.Result, _messages.ToString());
    }

    public void Dispose()
    {
        if (!Process.HasExited)
            Process.Kill();
        Process.Dispose();
    }

    /// <summary>Runs a shell command and gives its output; it must succeed.</summary>
    public static string Shell(string command)
    {
        using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", command]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{command}\n{errors.Result}");
        return output + errors.Result;
    }

    private static string FindRoot([CallerFilePath] string path = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "..", ".."));
}
