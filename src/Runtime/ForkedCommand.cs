using System.Runtime.InteropServices;
using System.Text;
using Ctrace.Runtime.Sys;

namespace Ctrace.Runtime;

/// <summary>
/// The copy of our process that waits for the word and then becomes a command. After a fork only the calling thread is there,
/// and the .NET runtime must not be asked for anything: so all memory and all addresses are made before, and the child only
/// calls C functions, by plain calls that the garbage collector does not hear of.
/// </summary>
internal sealed unsafe class ForkedCommand
{
    private const int SetParentDeathSignal = 1, Terminate = 15, BrokenPipe = 13, SetMask = 2, CouldNotRun = 126, StandardError = 2;

    private readonly delegate* unmanaged[SuppressGCTransition]<int> _fork = (delegate* unmanaged[SuppressGCTransition]<int>)Address("fork");
    private readonly delegate* unmanaged[SuppressGCTransition]<int, nint, int> _prctl = (delegate* unmanaged[SuppressGCTransition]<int, nint, int>)Address("prctl");
    private readonly delegate* unmanaged[SuppressGCTransition]<int, nint, nint> _signal = (delegate* unmanaged[SuppressGCTransition]<int, nint, nint>)Address("signal");
    private readonly delegate* unmanaged[SuppressGCTransition]<int, void*, void*, int> _sigprocmask = (delegate* unmanaged[SuppressGCTransition]<int, void*, void*, int>)Address("sigprocmask");
    private readonly delegate* unmanaged[SuppressGCTransition]<int, int> _close = (delegate* unmanaged[SuppressGCTransition]<int, int>)Address("close");
    private readonly delegate* unmanaged[SuppressGCTransition]<int, void*, nuint, nint> _read = (delegate* unmanaged[SuppressGCTransition]<int, void*, nuint, nint>)Address("read");
    private readonly delegate* unmanaged[SuppressGCTransition]<int, void*, nuint, nint> _write = (delegate* unmanaged[SuppressGCTransition]<int, void*, nuint, nint>)Address("write");
    private readonly delegate* unmanaged[SuppressGCTransition]<byte*, byte**, byte**, int> _execve = (delegate* unmanaged[SuppressGCTransition]<byte*, byte**, byte**, int>)Address("execve");
    private readonly delegate* unmanaged[SuppressGCTransition]<int, void> _exit = (delegate* unmanaged[SuppressGCTransition]<int, void>)Address("_exit");

    private readonly int _gate, _otherEnd;
    private readonly byte* _path, _failure;
    private readonly byte** _argv, _environment;
    private readonly ulong* _noSignals;
    private readonly nuint _failureLength;

    /// <param name="path">The command's absolute path.</param>
    /// <param name="argv">Its argv, the name it was called by included.</param>
    /// <param name="gate">The pipe's end to wait at.</param>
    /// <param name="otherEnd">The pipe's other end, which the child must not hold open.</param>
    public ForkedCommand(string path, IReadOnlyList<string> argv, int gate, int otherEnd)
    {
        (_gate, _otherEnd) = (gate, otherEnd);
        _path = Text(path);
        _argv = (byte**)NativeMemory.AllocZeroed((nuint)argv.Count + 1, (nuint)sizeof(byte*));
        for (int i = 0; i < argv.Count; i++)
            _argv[i] = Text(argv[i]);
        _environment = *(byte***)Address("environ");
        _noSignals = (ulong*)NativeMemory.AllocZeroed(16, sizeof(ulong));
        string failure = $"ctrace: can't run {path}\n";
        _failure = Text(failure);
        _failureLength = (nuint)Encoding.UTF8.GetByteCount(failure);
    }

    /// <summary>Forks. Gives the child's process id, or a negative errno. The memory stays: the child has a copy of its own.</summary>
    public int Start()
    {
        int pid = _fork();
        if (pid == 0)
            Become();
        return pid > 0 ? pid : -Marshal.GetLastSystemError();
    }

    private void Become()
    {
        _prctl(SetParentDeathSignal, Terminate);
        _signal(BrokenPipe, 0);
        _sigprocmask(SetMask, _noSignals, null);
        _close(_otherEnd);
        byte go;
        if (_read(_gate, &go, 1) == 1)
        {
            _execve(_path, _argv, _environment);
            _write(StandardError, _failure, _failureLength);
        }

        // The tracer is gone, or the command can't be run.
        _exit(CouldNotRun);
    }

    private static byte* Text(string text) => (byte*)Marshal.StringToCoTaskMemUTF8(text);

    private static nint Address(string name) => NativeLibrary.GetExport(NativeLibrary.GetMainProgramHandle(), name);
}
