namespace Ctrace.Compiler.Diagnostics;

/// <summary>Which header defines constants that programs often name, by how their names begin: for hints.</summary>
internal static class Headers
{
    private static readonly (string Header, string[] Prefixes)[] Known =
    [
        ("sys/socket.h", ["AF_", "PF_", "SOCK_", "SOL_", "SO_", "MSG_", "SHUT_"]),
        ("fcntl.h", ["O_", "F_", "AT_"]),
        ("linux/stat.h", ["S_I", "STATX_"]),
        ("signal.h", ["SIG", "SA_"]),
        ("linux/sched.h", ["CLONE_", "SCHED_"]),
        ("sys/mman.h", ["PROT_", "MAP_", "MADV_"]),
        ("linux/in.h", ["IPPROTO_", "INADDR_", "IP_"]),
        ("linux/if_ether.h", ["ETH_"]),
        ("linux/tcp.h", ["TCP_"]),
        ("linux/futex.h", ["FUTEX_"]),
        ("linux/ptrace.h", ["PTRACE_"]),
        ("linux/time.h", ["CLOCK_"]),
        ("linux/wait.h", ["WNOHANG", "WUNTRACED", "WEXITED"]),
        ("linux/capability.h", ["CAP_"]),
        ("linux/poll.h", ["POLL"]),
        ("linux/eventpoll.h", ["EPOLL"]),
        ("linux/netlink.h", ["NETLINK_", "NLM_"]),
        ("linux/resource.h", ["RLIMIT_"]),
        ("linux/mount.h", ["MS_"]),
        ("linux/fs.h", ["RENAME_", "SEEK_"]),
        ("linux/limits.h", ["PATH_MAX", "NAME_MAX"]),
        ("limits.h", ["INT_M", "UINT_M", "LONG_M", "ULONG_M", "SHRT_M", "CHAR_M"]),
        ("asm/unistd.h", ["__NR_"]),
    ];

    /// <summary>Error numbers have no common beginning but the E: these are those of errno-base.h and what sockets give.</summary>
    private static readonly string[] Errors =
    [
        "EPERM", "ENOENT", "ESRCH", "EINTR", "EIO", "ENXIO", "E2BIG", "ENOEXEC", "EBADF", "ECHILD", "EAGAIN", "EWOULDBLOCK", "ENOMEM", "EACCES", "EFAULT", "EBUSY", "EEXIST",
        "EXDEV", "ENODEV", "ENOTDIR", "EISDIR", "EINVAL", "ENFILE", "EMFILE", "ENOTTY", "ETXTBSY", "EFBIG", "ENOSPC", "ESPIPE", "EROFS", "EMLINK", "EPIPE", "EDOM", "ERANGE",
        "EDEADLK", "ENAMETOOLONG", "ENOSYS", "ENOTEMPTY", "ELOOP", "ENODATA", "ETIME", "EPROTO", "EOVERFLOW", "EADDRINUSE", "EADDRNOTAVAIL", "ENETUNREACH", "ECONNABORTED",
        "ECONNRESET", "ENOBUFS", "EISCONN", "ENOTCONN", "ETIMEDOUT", "ECONNREFUSED", "EHOSTUNREACH", "EALREADY", "EINPROGRESS", "ECANCELED", "EOPNOTSUPP", "EAFNOSUPPORT",
    ];

    /// <summary>The header that most likely defines a constant, or null.</summary>
    public static string? For(string name) => Errors.Contains(name) ? "errno.h"
        : name.Any(char.IsAsciiLetterLower) ? null
        : Known.Where(k => k.Prefixes.Any(p => name.StartsWith(p, StringComparison.Ordinal) && (name.Length > p.Length || !p.EndsWith('_')))).Select(k => k.Header).FirstOrDefault();
}
