using System.Diagnostics;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>A temporary folder with commands under names that no other process has, so that <c>comm</c> tells them apart.</summary>
internal sealed class Shell : IDisposable
{
    private static int _counter;

    private readonly string _folder = Directory.CreateTempSubdirectory("ctrace-test").FullName;

    public string Folder => _folder;

    /// <summary>Lets other users in.</summary>
    public void Open() => File.SetUnixFileMode(_folder, (UnixFileMode)Convert.ToInt32("755", 8));

    /// <summary>A name for a process: at most 15 characters, as the kernel keeps them.</summary>
    public static string NewName() => $"ct{Environment.ProcessId % 100000}_{Interlocked.Increment(ref _counter)}";

    /// <summary>Another name for a command; gives the path.</summary>
    public string Rename(string command, string name)
    {
        string path = Path.Combine(_folder, name);
        File.CreateSymbolicLink(path, Machine.Which(command) ?? throw new InvalidOperationException($"no {command}"));
        return path;
    }

    /// <summary>A shell script; gives the path.</summary>
    public string Script(string text, string? name = null)
    {
        string path = Path.Combine(_folder, name ?? NewName());
        File.WriteAllText(path, "#!/bin/sh\n" + text + "\n");
        File.SetUnixFileMode(path, (UnixFileMode)Convert.ToInt32("755", 8));
        return path;
    }

    /// <summary>Starts a command whose output is thrown away.</summary>
    public static Process Start(string path, params string[] args)
    {
        var process = Process.Start(new ProcessStartInfo(path, args) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    /// <summary>Runs a command to its end.</summary>
    public static int Run(string path, params string[] args)
    {
        using var process = Start(path, args);
        process.WaitForExit();
        return process.ExitCode;
    }

    public void Dispose() => Directory.Delete(_folder, true);
}
