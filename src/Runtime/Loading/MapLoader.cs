using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Layouts;
using Ctrace.Runtime.Kernel;
using Ctrace.Runtime.Sys;

namespace Ctrace.Runtime.Loading;

/// <summary>Creates maps.</summary>
internal static class MapLoader
{
    /// <summary>Entries of a map that grows: each takes 16 bytes from the start.</summary>
    private const int MostGrowing = 1 << 20;

    /// <summary>F_DUPFD_CLOEXEC, from include/uapi/linux/fcntl.h.</summary>
    private const int DuplicateCloseOnExec = 1030;

    /// <summary>Creates one map.</summary>
    /// <exception cref="LoadException">It is too large.</exception>
    /// <exception cref="SessionException">It is not permitted.</exception>
    public static KernelMap Create(MapSpec spec)
    {
        int entries = spec.KeysPerCpu ? (int)Math.Min((long)spec.MaxEntries * Cpus.Possible, MostGrowing) : spec.MaxEntries;
        if (spec.Type == BpfMapType.PerfEventArray && entries == 0)
            entries = Cpus.Possible;

        string name = KernelName(spec.Name);
        uint flags = (spec.Grows ? Bpf.NoPreallocation : 0) | (spec.IsShared ? Bpf.Mappable : 0);
        int fd = Bpf.CreateMap((int)spec.Type, spec.KernelKeySize, spec.ValueSize, entries, name, flags);
        if (fd == -Errno.EPERM && MemoryLock.TryRaise())
            fd = Bpf.CreateMap((int)spec.Type, spec.KernelKeySize, spec.ValueSize, entries, name, flags);
        if (fd < 0)
            throw Failure(spec, -fd);
        var map = new KernelMap(spec, new FileDescriptor(fd));
        if (!spec.Initial.IsEmpty)
            Fill(map);
        return map;
    }

    /// <summary>Uses a map that another program uses too: it lives as long as one of the two descriptors.</summary>
    /// <exception cref="SessionException">It is laid out in another way, or no descriptor is left.</exception>
    public static KernelMap Adopt(MapSpec spec, KernelMap other)
    {
        if (spec.Type != other.Spec.Type || spec.KeysPerCpu != other.Spec.KeysPerCpu || spec.KeySize != other.Spec.KeySize || spec.ValueSize != other.Spec.ValueSize)
            throw new SessionException($"the map {spec.Name} is in use with another shape", "use another name");
        int fd = LibC.fcntl(other.Fd, DuplicateCloseOnExec, 0);
        return fd < 0 ? throw Failure(spec, Errno.EMFILE) : new KernelMap(spec, new FileDescriptor(fd));
    }

    /// <summary>Writes a table's content to its single entry.</summary>
    private static unsafe void Fill(KernelMap map)
    {
        int key = 0, result;
        fixed (byte* value = map.Spec.Initial.Span)
            result = Bpf.Update(map.Fd, &key, value);
        if (result >= 0)
            return;
        map.Dispose();
        throw Failure(map.Spec, -result);
    }

    /// <summary>What bpftool shows: at most 15 characters that the kernel allows.</summary>
    internal static string KernelName(string name)
    {
        var text = name.AsSpan().TrimStart('@');
        if (text.IsEmpty)
            return "anonymous";
        return string.Create(Math.Min(15, text.Length), text.ToString(), static (target, source) =>
        {
            for (int i = 0; i < target.Length; i++)
                target[i] = char.IsAsciiLetterOrDigit(source[i]) || source[i] == '_' ? source[i] : '_';
        });
    }

    private static Exception Failure(MapSpec spec, int error)
    {
        string subject = spec.Role switch
        {
            MapRole.User => $"the map {spec.Name}",
            MapRole.Events => "the event buffer",
            MapRole.Orders => "the order buffer",
            MapRole.Packets => "the packet buffer",
            _ => $"the internal map {spec.Name}",
        };
        if (error is Errno.EPERM or Errno.EACCES)
            return Rights.Failure(error, "create BPF maps");

        bool isBuffer = spec.Type is BpfMapType.RingBuffer or BpfMapType.PerfEventArray;
        string size = isBuffer
            ? $"{spec.MaxEntries} bytes"
            : $"{spec.MaxEntries} entries of {spec.KeySize} + {spec.ValueSize} bytes{(spec.IsPerCpu ? $" × {Cpus.Possible} CPUs" : "")}";
        string message = error switch
        {
            Errno.ENOMEM => $"there is not enough memory for {subject} ({size})",
            Errno.E2BIG => $"{subject} is larger than the kernel allows ({size})",
            Errno.EMFILE => $"no file descriptor is left for {subject}",
            _ => $"the kernel can't create {subject} ({size}): {Errno.Text(error)}",
        };
        string? hint = error switch
        {
            Errno.EMFILE => "raise the limit on open files: ulimit -n 65536",
            Errno.ENOMEM or Errno.E2BIG => isBuffer ? "ask for a smaller buffer" : "ask for fewer keys, or for a smaller key or value",
            _ => null,
        };
        return spec.Role == MapRole.User
            ? new LoadException(new Diagnostic("CT5001", Severity.Error, spec.Span, message, hint))
            : new SessionException(message, hint);
    }
}
