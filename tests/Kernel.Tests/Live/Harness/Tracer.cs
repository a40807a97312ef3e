using System.Diagnostics;
using System.Text;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>The executable itself as a process: the native program where this is a Release build.</summary>
internal sealed class Tracer : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly string Executable = Find();

    private readonly Process _process;
    private readonly StringBuilder _errors = new();
    private readonly ManualResetEventSlim _attached = new();
    private readonly Task _errorReader;
    private readonly Task<string> _output;

    private Tracer(ProcessStartInfo start)
    {
        start.RedirectStandardOutput = start.RedirectStandardError = start.RedirectStandardInput = true;
        _process = Process.Start(start)!;
        _process.StandardInput.Close();
        _output = _process.StandardOutput.ReadToEndAsync();
        _errorReader = Task.Run(() =>
        {
            while (_process.StandardError.ReadLine() is { } line)
            {
                lock (_errors)
                    _errors.Append(line).Append('\n');
                if (line.StartsWith("Attached ", StringComparison.Ordinal))
                    _attached.Set();
            }

            _attached.Set();
        });
    }

    public int Pid => _process.Id;

    public bool HasEnded => _process.HasExited;

    /// <summary>Starts ctrace and waits until it has attached all, or has ended.</summary>
    public static Tracer Start(params string[] args) => Start(new ProcessStartInfo(Executable, args));

    /// <summary>Starts ctrace with an environment.</summary>
    public static Tracer Start((string Name, string Value)[] environment, params string[] args)
    {
        var start = new ProcessStartInfo(Executable, args);
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return Start(start);
    }

    /// <summary>Runs ctrace to its end.</summary>
    public static Result Run(params string[] args)
    {
        using var tracer = Start(args);
        return tracer.Finish();
    }

    /// <summary>Runs the prompt without a terminal: each line as if it were typed.</summary>
    public static Result RunLines(string folder, params string[] lines)
    {
        string script = Path.Combine(folder, "lines");
        File.WriteAllLines(script, lines);
        using var tracer = Start(new ProcessStartInfo("/bin/sh", ["-c", "exec \"$0\" < \"$1\"", Executable, script]));
        return tracer.Finish();
    }

    /// <summary>Runs ctrace through another command, to its end.</summary>
    public static Result RunUnder(string[] command, string folder, params string[] args)
    {
        // The native program is one file: where others may read it, they may run it.
        string copy = Path.Combine(folder, "ctrace");
        foreach (string file in Directory.GetFiles(Path.GetDirectoryName(Executable)!))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)), true);
        using var tracer = Start(new ProcessStartInfo(command[0], [.. command[1..], copy, .. args]));
        return tracer.Finish();
    }

    public void Signal(int signal) => Assert.Equal(0, Native.Kill(Pid, signal));

    /// <summary>Sends a signal and waits for the end.</summary>
    public Result Stop(int signal)
    {
        Signal(signal);
        return Finish();
    }

    /// <summary>Waits for the end.</summary>
    public Result Finish()
    {
        Assert.True(_process.WaitForExit(Patience), "ctrace does not end; it said:\n" + Errors);
        Assert.True(_output.Wait(Patience) && _errorReader.Wait(Patience), "someone holds ctrace's output open");
        return new Result(_process.ExitCode, _output.Result, Errors);
    }

    private string Errors
    {
        get
        {
            lock (_errors)
                return _errors.ToString();
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private static Tracer Start(ProcessStartInfo start)
    {
        var tracer = new Tracer(start);
        Assert.True(tracer._attached.Wait(Patience), "ctrace does not attach");
        return tracer;
    }

    private static string Find()
    {
        string here = AppContext.BaseDirectory;
        for (var folder = new DirectoryInfo(here); folder is not null; folder = folder.Parent)
        {
            string native = Path.Combine(folder.FullName, "dist", "ctrace");
            if (here.Contains("/Release/") && File.Exists(Path.Combine(folder.FullName, "Tracer.sln")) && File.Exists(native))
                return native;
        }

        return Path.Combine(here, "ctrace");
    }
}

/// <summary>How a process ended and what it said.</summary>
internal sealed record Result(int Code, string Output, string Errors)
{
    /// <summary>The lines of output that are not empty.</summary>
    public string[] Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The number a map line shows: <c>@x[key]: 5</c>; 0 where there is no such line.</summary>
    public long Number(string map)
    {
        string? line = Lines.SingleOrDefault(l => l.StartsWith(map + ": ", StringComparison.Ordinal));
        return line is null ? 0 : long.Parse(line[(map.Length + 2)..]);
    }
}
