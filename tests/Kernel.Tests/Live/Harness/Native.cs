using System.Runtime.InteropServices;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>System calls with known arguments from a known thread. Nothing else happens in between.</summary>
internal static unsafe partial class Native
{
    public const int SigInt = 2, SigKill = 9, SigTerm = 15;

    private static readonly byte* Buffer = (byte*)NativeMemory.Alloc(16 << 20);

    /// <summary>Looks all functions up, so that later calls make just the one system call.</summary>
    static Native()
    {
        _ = ReadCall(-1, Buffer, 0);
        _ = ReadVectorCall(-1, null, 0);
        _ = WriteCall(-1, Buffer, 0);
        _ = LseekCall(-1, 0, 0);
        _ = Kill(Environment.ProcessId, 0);
        _ = CurrentThread();
        _ = UserCall();
        _ = ParentProcess();
    }

    /// <summary>
    /// readv(fd, size), which the runtime never calls by itself (it reads files at any time); a failure gives the negative errno.
    /// </summary>
    public static long ReadVector(int fd, long size)
    {
        var vector = (Address: (nint)Buffer, Length: (nint)size);
        nint result = ReadVectorCall(fd, &vector, 1);
        return result < 0 ? -Marshal.GetLastSystemError() : result;
    }

    /// <summary>read(fd, …, size), many times.</summary>
    public static void Read(int fd, long size, int times = 1)
    {
        for (int i = 0; i < times; i++)
            ReadCall(fd, Buffer, (nuint)size);
    }

    /// <summary>write(fd, …, size).</summary>
    public static long Write(int fd, long size) => WriteCall(fd, Buffer, (nuint)size);

    /// <summary>lseek(-1, offset, whence), which fails: a call with signed arguments of any size.</summary>
    public static void Lseek(long offset, int whence = 0) => LseekCall(-1, offset, whence);

    /// <summary>lseek(fd, offset, SEEK_SET), which returns the offset.</summary>
    public static void Seek(int fd, long offset) => LseekCall(fd, offset, 0);

    /// <summary>Opens for reading.</summary>
    public static int Open(string path) => OpenCall(path, 0, 0);

    public static void Close(int fd) => CloseCall(fd);

    /// <summary>openat(AT_FDCWD, path), whatever comes of it.</summary>
    public static void TryOpen(string path)
    {
        int fd = OpenCall(path, 0, 0);
        if (fd >= 0)
            CloseCall(fd);
    }

    /// <summary>Runs this thread on one CPU.</summary>
    public static void Pin(int cpu)
    {
        byte* mask = stackalloc byte[128];
        new Span<byte>(mask, 128).Clear();
        mask[cpu / 8] = (byte)(1 << (cpu % 8));
        Assert.Equal(0, SetAffinity(0, 128, mask));
    }

    /// <summary>Whether a BPF map of such a name exists. A program that is attached holds its maps, so none is left without them.</summary>
    public static bool HasBpfMap(string name)
    {
        const int nextMap = 12, openMap = 14, objectInfo = 15, nameOffset = 24, nameSize = 16;
        uint* attribute = stackalloc uint[32];
        byte* info = stackalloc byte[128];
        for (uint id = 0; ;)
        {
            new Span<uint>(attribute, 32).Clear();
            attribute[0] = id;
            if (Bpf(nextMap, attribute) < 0)
                return false;
            id = attribute[1];
            new Span<uint>(attribute, 32).Clear();
            attribute[0] = id;
            int fd = (int)Bpf(openMap, attribute);
            if (fd < 0)
                continue;
            new Span<byte>(info, 128).Clear();
            new Span<uint>(attribute, 32).Clear();
            (attribute[0], attribute[1], ((ulong*)attribute)[1]) = ((uint)fd, 128, (ulong)info);
            long result = Bpf(objectInfo, attribute);
            CloseCall(fd);
            if (result == 0 && System.Text.Encoding.UTF8.GetString(info + nameOffset, nameSize).Contains(name))
                return true;
        }
    }

    private static long Bpf(int command, uint* attribute) =>
        Syscall(RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 280 : 321, command, attribute, 128);

    [LibraryImport("libc", EntryPoint = "gettid")]
    public static partial int CurrentThread();

    /// <summary>chown(path, user, group); 0 where it was done.</summary>
    [LibraryImport("libc", EntryPoint = "chown", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ChangeOwner(string path, int user, int group);

    [LibraryImport("libc", EntryPoint = "getppid")]
    public static partial int ParentProcess();

    [LibraryImport("libc", EntryPoint = "getuid")]
    public static partial int UserCall();

    [LibraryImport("libc", EntryPoint = "kill")]
    public static partial int Kill(int process, int signal);

    [LibraryImport("libc", EntryPoint = "sched_getcpu")]
    public static partial int CurrentCpu();

    [LibraryImport("libc", EntryPoint = "read")]
    private static partial nint ReadCall(int fd, byte* buffer, nuint size);

    [LibraryImport("libc", EntryPoint = "readv", SetLastError = true)]
    private static partial nint ReadVectorCall(int fd, (nint Address, nint Length)* vectors, int count);

    [LibraryImport("libc", EntryPoint = "write")]
    private static partial nint WriteCall(int fd, byte* buffer, nuint size);

    [LibraryImport("libc", EntryPoint = "lseek")]
    private static partial long LseekCall(int fd, long offset, int whence);

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenCall(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int CloseCall(int fd);

    [LibraryImport("libc", EntryPoint = "sched_setaffinity")]
    private static partial int SetAffinity(int thread, nuint size, byte* mask);

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial long Syscall(long number, long a, uint* b, long c);
}
