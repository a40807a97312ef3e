using System.Globalization;
using System.Runtime.InteropServices;
using Ctrace.Runtime.Sys;

namespace Ctrace.Runtime;

/// <summary>
/// What our own executable does in a process that is to become a traced command: wait for the word, then turn into it.
/// All that costs system calls comes before the wait, so that the trace shows as little as possible of us.
/// </summary>
public static unsafe class ChildLauncher
{
    /// <summary>The hidden first argument. Behind it come the pipe's descriptor, the command's path, and its argv.</summary>
    public const string Option = "--exec-child";

    private const int SetParentDeathSignal = 1, Terminate = 15, LastSignal = 64, SetMask = 2, SetFlags = 2, CloseOnExec = 1, CouldNotRun = 126;

    /// <summary>Waits, and becomes the command.</summary>
    /// <param name="args">The arguments of Main, <see cref="Option"/> included.</param>
    /// <returns>An exit code, if it could not.</returns>
    public static int Run(string[] args)
    {
        if (args.Length < 4 || !int.TryParse(args[1], CultureInfo.InvariantCulture, out int gate))
            return CouldNotRun;
        LibC.prctl(SetParentDeathSignal, Terminate, 0, 0, 0);
        var arguments = args.AsSpan(3);
        byte* path = (byte*)Marshal.StringToCoTaskMemUTF8(args[2]);
        byte** argv = (byte**)NativeMemory.AllocZeroed((nuint)arguments.Length + 1, (nuint)sizeof(byte*));
        for (int i = 0; i < arguments.Length; i++)
            argv[i] = (byte*)Marshal.StringToCoTaskMemUTF8(arguments[i]);

        LibC.fcntl(gate, SetFlags, CloseOnExec);
        ResetSignals();
        byte go;
        nint count;
        do
            count = LibC.read(gate, &go, 1);
        while (count < 0 && Errno.Last == Errno.EINTR);
        if (count != 1)
            return CouldNotRun; // The tracer is gone.
        LibC.execv(path, argv);
        Console.Error.WriteLine($"ctrace: can't run {args[2]}: {Errno.Text(Errno.Last)}");
        return CouldNotRun;
    }

    /// <summary>The command starts with the defaults: .NET ignores some signals, and what is ignored is inherited.</summary>
    private static void ResetSignals()
    {
        // Only ignored signals outlive execve; handled ones become defaults by themselves.
        const int BrokenPipe = 13;
        LibC.signal(BrokenPipe, 0);
        ulong* none = stackalloc ulong[16];
        new Span<ulong>(none, 16).Clear();
        LibC.sigprocmask(SetMask, none, null);
    }
}
