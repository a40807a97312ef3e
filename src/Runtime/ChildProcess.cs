using System.Diagnostics;
using System.Runtime.CompilerServices;
using Ctrace.Runtime.Sys;

namespace Ctrace.Runtime;

/// <summary>
/// A command to run and trace (<c>-c</c>). Its process exists from <see cref="Start"/> on, so that a program can be compiled
/// for its id; the command itself begins with <see cref="Release"/>. In between a copy of us waits in it: a copy by fork, which
/// has one thread and makes two system calls after the release, so that the trace shows as little as possible of us.
/// </summary>
public sealed unsafe class ChildProcess : IDisposable
{
    private const int Executable = 1, Terminate = 15, NoHang = 1;

    private FileDescriptor? _gate;
    private bool _ended;

    /// <summary>Where .NET started it, .NET waits for it too.</summary>
    private Process? _shell;

    private ChildProcess(int pid, FileDescriptor gate)
    {
        Pid = pid;
        _gate = gate;
        Pidfd = Processes.OpenPidfd(pid);
    }

    /// <summary>The process id, which the command keeps.</summary>
    public int Pid { get; }

    /// <summary>Readable when it has ended.</summary>
    internal FileDescriptor Pidfd { get; }

    /// <summary>Starts the process. To be called from the main thread: the child is told to end when that thread does.</summary>
    /// <param name="argv">The command and its arguments.</param>
    /// <exception cref="SessionException">There is no such command.</exception>
    public static ChildProcess Start(IReadOnlyList<string> argv)
    {
        if (argv.Count == 0)
            throw new SessionException("no command is given to run");
        string path = Resolve(argv[0]);
        int* pipe = stackalloc int[2];
        if (LibC.pipe2(pipe, OpenFlags.CloseOnExec) < 0)
            throw new SessionException($"can't make a pipe: {Errno.Text(Errno.Last)}");
        using var inherited = new FileDescriptor(pipe[0]);
        var gate = new FileDescriptor(pipe[1]);
        if (RuntimeFeature.IsDynamicCodeCompiled)
        {
            var shell = StartByShell(path, argv, inherited.Number);
            return new ChildProcess(shell.Id, gate) { _shell = shell };
        }

        int pid = new ForkedCommand(path, argv, inherited.Number, gate.Number).Start();
        if (pid > 0)
            return new ChildProcess(pid, gate);
        gate.Dispose();
        throw new SessionException($"can't start {argv[0]}: {Errno.Text(-pid)}");
    }

    private const string SetPriv = "/usr/bin/setpriv";

    /// <summary>
    /// A copy of a process whose code is compiled while it runs does not live long: its code's memory is shared with us. Where we are not
    /// native, a shell waits in the copy's place.
    /// </summary>
    private static Process StartByShell(string path, IReadOnlyList<string> argv, int gate)
    {
        // The command is to end when we do, whatever ends us.
        string[] untilWeEnd = File.Exists(SetPriv) ? [SetPriv, "--pdeathsig", "TERM"] : [];
        var start = new ProcessStartInfo("/bin/sh", ["-c", $"read go < /proc/{Environment.ProcessId}/fd/{gate} && exec \"$@\"", "sh", .. untilWeEnd, path, .. argv.Skip(1)]);
        var process = Process.Start(start)!;
        // It must have the pipe open before we close our end.
        for (int i = 0; i < 500 && !HasOpened(process.Id, gate); i++)
            Thread.Sleep(1);
        return process;
    }

    private static bool HasOpened(int pid, int gate)
    {
        try
        {
            string? pipe = new FileInfo($"/proc/{Environment.ProcessId}/fd/{gate}").LinkTarget;
            return new DirectoryInfo($"/proc/{pid}/fd").EnumerateFiles().Count(f => f.LinkTarget == pipe) > 0;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Lets the command begin.</summary>
    public void Release()
    {
        byte go = (byte)'\n';
        if (_gate is not null)
            _ = LibC.write(_gate.Number, &go, 1);
        _gate?.Dispose();
        _gate = null;
    }

    /// <summary>Whether it has ended.</summary>
    public bool HasEnded()
    {
        if (_shell is not null)
            return _shell.HasExited;
        int status;
        return _ended = _ended || LibC.waitpid(Pid, &status, NoHang) != 0;
    }

    /// <summary>Ends it, if it has not ended.</summary>
    public void Dispose()
    {
        if (!HasEnded())
            LibC.kill(Pid, Terminate);
        _gate?.Dispose();
        Pidfd.Dispose();
    }

    /// <summary>The absolute path of a command, found as the shell does.</summary>
    private static string Resolve(string command)
    {
        if (command.Contains('/'))
        {
            string path = Path.GetFullPath(command);
            return IsExecutable(path) ? path : throw new SessionException(
                $"can't run {command}: {(File.Exists(path) ? "it is not executable" : "there is no such file")}");
        }

        foreach (string folder in (Environment.GetEnvironmentVariable("PATH") ?? "/usr/bin:/bin").Split(':'))
        {
            string path = Path.GetFullPath(Path.Combine(folder, command));
            if (command != "" && IsExecutable(path))
                return path;
        }

        throw new SessionException($"can't run {command}: there is no such command", "give its path, or set PATH");
    }

    private static bool IsExecutable(string path) => File.Exists(path) && LibC.access(path, Executable) == 0;
}
