using System.Runtime.InteropServices;
using System.Text;
using Ctrace.Runtime.Sys;

namespace Ctrace.Runtime;

/// <summary>
/// The copy of our process that waits for the word and then becomes a command. After a fork only the calling thread is there,
/// and the .NET runtime must not be asked for anything new: so all memory is allocated before, and each C function that the
/// child will call was called once, harmlessly, so that nothing has to be looked up or compiled.
/// </summary>
internal sealed unsafe class ForkedCommand
{
    private const int SetParentDeathSignal = 1, Terminate = 15, BrokenPipe = 13, SetMask = 2, CouldNotRun = 126, StandardError = 2;

    private readonly int _gate, _otherEnd;
    private readonly byte* _path, _failure;
    private readonly byte** _argv, _environment;
    private readonly ulong* _noSignals;
    private readonly nuint _failureLength;

    /// <summary>Prepares all that the child needs.</summary>
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
        _environment = *(byte***)NativeLibrary.GetExport(NativeLibrary.GetMainProgramHandle(), "environ");
        _noSignals = (ulong*)NativeMemory.AllocZeroed(16, sizeof(ulong));
        string failure = $"ctrace: can't run {path}\n";
        _failure = Text(failure);
        _failureLength = (nuint)Encoding.UTF8.GetByteCount(failure);
    }

    /// <summary>Forks. Gives the child's process id, or a negative errno. The memory stays: the child has a copy of its own.</summary>
    public int Start()
    {
        Rehearse();
        int pid = LibC.fork();
        if (pid == 0)
            Become(rehearse: false);
        return pid > 0 ? pid : -Errno.Last;
    }

    private void Rehearse()
    {
        Become(rehearse: true);
        LibC.prctl(-1, 0, 0, 0, 0);
        LibC.signal(-1, 0);
        LibC.sigprocmask(SetMask, null, null);
        LibC.close(-1);
        LibC.read(-1, null, 0);
        LibC.write(-1, null, 0);
        LibC.execve(null, null, null);
    }

    private void Become(bool rehearse)
    {
        if (rehearse)
            return;
        LibC.prctl(SetParentDeathSignal, Terminate, 0, 0, 0);
        LibC.signal(BrokenPipe, 0);
        LibC.sigprocmask(SetMask, _noSignals, null);
        LibC.close(_otherEnd);
        byte go;
        if (LibC.read(_gate, &go, 1) == 1)
        {
            LibC.execve(_path, _argv, _environment);
            LibC.write(StandardError, _failure, _failureLength);
        }

        // The tracer is gone, or the command can't be run.
        LibC._exit(CouldNotRun);
    }

    private static byte* Text(string text) => (byte*)Marshal.StringToCoTaskMemUTF8(text);
}
