using System.Runtime.InteropServices;

namespace Ctrace.Runtime.Sys;

/// <summary>The C library's functions, by their own names. -1 means an error, which <see cref="Errno.Last"/> holds.</summary>
internal static unsafe partial class LibC
{
    private const string Library = "libc";

#pragma warning disable CS1591, IDE1006, SA1300 // The names are the C library's own.
    [LibraryImport(Library)]
    public static partial int close(int fd);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statfs(string path, byte* statistics);

    /// <summary>Whether a folder is in a file system for the objects of BPF.</summary>
    public static bool IsBpfFileSystem(string folder)
    {
        const long magic = 0xcafe4a11;
        // struct statfs begins with f_type, a long.
        byte* statistics = stackalloc byte[256];
        return statfs(folder, statistics) == 0 && *(long*)statistics == magic;
    }

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int open(string path, int flags, int mode);

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint read(int fd, void* buffer, nuint count);

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint write(int fd, void* buffer, nuint count);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int pipe2(int* fds, int flags);

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint syscall(nint number, nint a, nint b, nint c, nint d, nint e);

    [LibraryImport(Library)]
    public static partial int fcntl(int fd, int command, nint argument);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int ioctl(int fd, nuint request, nint argument);

    [LibraryImport(Library, SetLastError = true)]
    public static partial void* mmap(void* address, nuint length, int protection, int flags, int fd, nint offset);

    [LibraryImport(Library)]
    public static partial int munmap(void* address, nuint length);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int epoll_create1(int flags);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int epoll_ctl(int epoll, int operation, int fd, void* ev);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int epoll_wait(int epoll, void* events, int capacity, int milliseconds);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int timerfd_create(int clock, int flags);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int timerfd_settime(int fd, int flags, long* value, long* old);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int eventfd(uint value, int flags);

    [LibraryImport(Library)]
    public static partial int clock_gettime(int clock, long* time);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int mount(string source, string target, string type, nuint flags, void* data);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int setrlimit(int resource, ulong* limit);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int kill(int pid, int signal);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int waitpid(int pid, int* status, int options);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int fork();

    [LibraryImport(Library)]
    public static partial uint alarm(uint seconds);

    [LibraryImport(Library)]
    public static partial int prctl(int option, nint a, nint b, nint c, nint d);

    [LibraryImport(Library)]
    public static partial nint signal(int number, nint handler);

    [LibraryImport(Library)]
    public static partial int sigprocmask(int how, void* set, void* old);

    [LibraryImport(Library)]
    public static partial int execve(byte* path, byte** argv, byte** environment);

    [LibraryImport(Library)]
    public static partial void _exit(int code);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int access(string path, int mode);

    [LibraryImport(Library)]
    public static partial int sched_getaffinity(int pid, nuint size, void* mask);

    [LibraryImport(Library)]
    public static partial int sched_setaffinity(int pid, nuint size, void* mask);
#pragma warning restore CS1591, IDE1006, SA1300
}
