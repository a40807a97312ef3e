using System.Runtime.InteropServices;
using System.Text;
using Ctrace.Runtime.Sys;
using Microsoft.Win32.SafeHandles;

namespace Ctrace.Runtime;

/// <summary>Who a confined process is to be.</summary>
/// <param name="User">Its user id.</param>
/// <param name="Group">Its group id.</param>
/// <param name="Groups">Its other groups.</param>
public sealed record ProcessIdentity(uint User, uint Group, IReadOnlyList<uint> Groups);

/// <summary>
/// A process without any of our rights: another user, no capability in any set, no way to gain one (no_new_privs), and none of our
/// descriptors but a pipe in (3) and a pipe out (4).
/// </summary>
public sealed unsafe class ConfinedProcess : IDisposable
{
    private const int DuplicateFrom = 1030, FirstSpare = 20, Abort = 6, Kill = 9, NoHang = 1, CouldNotRun = 126;
    private const int DropBounding = 24, NoNewPrivileges = 38, Ambient = 47, ClearAmbient = 4, LastCapability = 63, SetMask = 2, BrokenPipe = 13;

    private readonly FileDescriptor _pidfd;
    private int? _status;

    private ConfinedProcess(int pid, Stream input, Stream output)
    {
        (Pid, Input, Output) = (pid, input, output);
        _pidfd = Processes.OpenPidfd(pid);
    }

    /// <summary>Its id.</summary>
    public int Pid { get; }

    /// <summary>What is written here it reads at descriptor 3.</summary>
    public Stream Input { get; }

    /// <summary>What it writes to descriptor 4.</summary>
    public Stream Output { get; }

    /// <summary>Starts one.</summary>
    /// <param name="path">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="environment">Its whole environment, as <c>NAME=value</c>.</param>
    /// <param name="identity">Who it is to be; null to stay who we are.</param>
    /// <exception cref="SessionException">It can't be started.</exception>
    public static ConfinedProcess Start(string path, IReadOnlyList<string> arguments, IReadOnlyList<string> environment, ProcessIdentity? identity)
    {
        int* toChild = stackalloc int[2];
        int* fromChild = stackalloc int[2];
        if (LibC.pipe2(toChild, OpenFlags.CloseOnExec) < 0 || LibC.pipe2(fromChild, OpenFlags.CloseOnExec) < 0)
            throw new SessionException($"can't make a pipe: {Errno.Text(Errno.Last)}");
        using var nothing = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.ReadWrite);
        // Numbers that the child's own descriptors do not overwrite.
        using var childIn = Spare(toChild[0]);
        using var childOut = Spare(fromChild[1]);
        using var childNull = new FileDescriptor(LibC.fcntl((int)nothing.DangerousGetHandle(), DuplicateFrom, FirstSpare));
        var plan = new Plan(path, [path, .. arguments], environment, identity, childIn.Number, childOut.Number, childNull.Number);
        plan.Rehearse();
        int pid = LibC.fork();
        if (pid == 0)
            plan.Become(rehearse: false);
        if (pid < 0)
            throw new SessionException($"can't start {path}: {Errno.Text(Errno.Last)}");
        var process = new ConfinedProcess(pid,
            new FileStream(new SafeFileHandle(toChild[1], true), FileAccess.Write, 0), new FileStream(new SafeFileHandle(fromChild[0], true), FileAccess.Read, 1 << 16));
        try
        {
            // When memory runs out, it goes first.
            File.WriteAllText($"/proc/{pid}/oom_score_adj", "1000");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Without that it is one process among others.
        }

        return process;
    }

    /// <summary>How it ended, in words; null while it runs.</summary>
    public string? Ending()
    {
        int status;
        if (_status is null && LibC.waitpid(Pid, &status, NoHang) == Pid)
            _status = status;
        return _status switch
        {
            null => null,
            var s when (s & 0x7f) == Abort => "it was ended by signal 6, as after a stack overflow or when memory runs out",
            var s when (s & 0x7f) != 0 => $"it was ended by signal {s & 0x7f}",
            var s when (s >> 8 & 0xff) == CouldNotRun => "it can't be run: is the program there, and may the user read it?",
            var s => $"it ended with code {s >> 8 & 0xff}",
        };
    }

    /// <summary>Ends it at once.</summary>
    public void End() => LibC.kill(Pid, Kill);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Ending() is null)
        {
            End();
            int status;
            if (LibC.waitpid(Pid, &status, 0) == Pid)
                _status = status;
        }

        try
        {
            Input.Dispose();
        }
        catch (IOException)
        {
            // What was not sent nobody reads.
        }

        Output.Dispose();
        _pidfd.Dispose();
    }

    private static FileDescriptor Spare(int descriptor)
    {
        int spare = LibC.fcntl(descriptor, DuplicateFrom, FirstSpare);
        LibC.close(descriptor);
        return new FileDescriptor(spare);
    }

    /// <summary>
    /// What the child does between fork and exec. Only system calls, all of whose stubs were used before, and only memory that was
    /// allocated before: other threads' locks are held for ever in a copy of us.
    /// </summary>
    private sealed class Plan
    {
        private readonly byte* _path;
        private readonly byte** _argv, _environment;
        private readonly uint* _groups;
        private readonly nint _groupCount;
        private readonly ProcessIdentity? _identity;
        private readonly nint _user, _group;
        private readonly int _in, _out, _null;
        private readonly ulong* _noSignals;
        private readonly int* _capabilityHeader, _capabilities;
        private readonly ulong* _noCore;
        private readonly (nint SetGroups, nint SetUser, nint SetGroup, nint SetCapabilities, nint Duplicate, nint SetSession) _calls;

        public Plan(string path, string[] argv, IReadOnlyList<string> environment, ProcessIdentity? identity, int childIn, int childOut, int childNull)
        {
            (_in, _out, _null, _identity) = (childIn, childOut, childNull, identity);
            (_user, _group) = ((nint)(identity?.User ?? 0), (nint)(identity?.Group ?? 0));
            _path = Text(path);
            _argv = Texts(argv);
            _environment = Texts(environment);
            _groupCount = identity?.Groups.Count ?? 0;
            _groups = (uint*)NativeMemory.AllocZeroed((nuint)_groupCount + 1, sizeof(uint));
            for (int i = 0; i < _groupCount; i++)
                _groups[i] = identity!.Groups[i];
            _noSignals = (ulong*)NativeMemory.AllocZeroed(16, sizeof(ulong));
            _noCore = (ulong*)NativeMemory.AllocZeroed(2, sizeof(ulong));
            _capabilityHeader = (int*)NativeMemory.AllocZeroed(2, sizeof(int));
            _capabilityHeader[0] = 0x20080522; // _LINUX_CAPABILITY_VERSION_3
            _capabilities = (int*)NativeMemory.AllocZeroed(6, sizeof(int));
            // From include/uapi/asm-generic/unistd.h and arch/x86/entry/syscalls/syscall_64.tbl.
            _calls = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? (159, 147, 149, 91, 24, 157) : (116, 117, 119, 126, 292, 112);
        }

        /// <summary>
        /// Calls each function once, harmlessly, and the child's own code too: what is compiled when it is first called must not be so
        /// in the copy, which shares the memory for compiled code with us.
        /// </summary>
        public void Rehearse()
        {
            Become(rehearse: true);
            LibC.prctl(-1, 0, 0, 0, 0);
            LibC.syscall(-1, 0, 0, 0, 0, 0);
            LibC.sigprocmask(SetMask, null, null);
            LibC.signal(-1, 0);
            LibC.setrlimit(-1, _noCore);
            LibC.execve(null, null, null);
        }

        public void Become(bool rehearse)
        {
            const int coreSize = 4, closeRange = 436, outRange = 5;
            if (rehearse)
                return;
            LibC.signal(BrokenPipe, 0);
            LibC.sigprocmask(SetMask, _noSignals, null);
            LibC.setrlimit(coreSize, _noCore);
            // Ctrl-C is the tracer's: what runs when it ends is still to run. And there is no terminal to type into.
            LibC.syscall(_calls.SetSession, 0, 0, 0, 0, 0);
            bool done = true;
            for (int i = 0; i < 3; i++)
                done &= LibC.syscall(_calls.Duplicate, _null, i, 0, 0, 0) >= 0;
            done &= LibC.syscall(_calls.Duplicate, _in, 3, 0, 0, 0) >= 0;
            done &= LibC.syscall(_calls.Duplicate, _out, 4, 0, 0, 0) >= 0;
            done &= LibC.syscall(closeRange, outRange, int.MaxValue, 0, 0, 0) >= 0;
            LibC.prctl(Ambient, ClearAmbient, 0, 0, 0);
            // Who may not drop them has none that could come back: no_new_privs sees to that.
            for (int i = 0; i <= LastCapability; i++)
                LibC.prctl(DropBounding, i, 0, 0, 0);
            if (_identity is not null)
            {
                done &= LibC.syscall(_calls.SetGroups, _groupCount, (nint)_groups, 0, 0, 0) >= 0;
                done &= LibC.syscall(_calls.SetGroup, _group, _group, _group, 0, 0) >= 0;
                done &= LibC.syscall(_calls.SetUser, _user, _user, _user, 0, 0) >= 0;
            }

            done &= LibC.syscall(_calls.SetCapabilities, (nint)_capabilityHeader, (nint)_capabilities, 0, 0, 0) >= 0;
            done &= LibC.prctl(NoNewPrivileges, 1, 0, 0, 0) == 0;
            // With a right left over, nothing is run.
            if (done)
                LibC.execve(_path, _argv, _environment);
            LibC._exit(CouldNotRun);
        }

        private static byte* Text(string text) => (byte*)Marshal.StringToCoTaskMemUTF8(text);

        private static byte** Texts(IReadOnlyList<string> texts)
        {
            var result = (byte**)NativeMemory.AllocZeroed((nuint)texts.Count + 1, (nuint)sizeof(byte*));
            for (int i = 0; i < texts.Count; i++)
                result[i] = Text(texts[i]);
            return result;
        }
    }
}
