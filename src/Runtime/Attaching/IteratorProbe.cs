using System.Text;
using Ctrace.Compiler;
using Ctrace.Runtime.Kernel;
using Ctrace.Runtime.Loading;
using Ctrace.Runtime.Sys;

namespace Ctrace.Runtime.Attaching;

/// <summary>A program that the kernel runs for each of its objects of a kind while somebody reads (5.8).</summary>
internal sealed class IteratorProbe(Attachment attachment, LoadedProgram program) : AttachedProbe(attachment, program)
{
    private FileDescriptor? _link;

    /// <inheritdoc/>
    public override void Enable()
    {
        int link = Bpf.LinkIterator(Program.Fd);
        _link = link >= 0 ? new FileDescriptor(link) : throw Failure(-link);
        if (Pin is not { } file)
            return;
        int result = Bpf.PinObject(link, Encoding.UTF8.GetBytes(file + '\0'));
        if (result < 0)
            throw Explain(-result, file);
    }

    /// <summary>The file that it stays in; null where it runs at once.</summary>
    public string? Pin => ((IteratorPlan)Attachment.Plan).Pin;

    private SessionException Explain(int error, string file)
    {
        string folder = Path.GetDirectoryName(file) ?? "/";
        return error switch
        {
            Errno.EEXIST => new SessionException($"{file} is there already", $"remove it (rm {file}), or take another name"),
            Errno.ENOENT => new SessionException($"there is no folder {folder}", "make it first, in the BPF file system"),
            Errno.EPERM when Path.GetFileName(file).Contains('.') && LibC.IsBpfFileSystem(folder) => new SessionException($"the BPF file system has no names with a dot: {file}"),
            Errno.EPERM or Errno.EINVAL when !LibC.IsBpfFileSystem(folder) => new SessionException($"{folder} is not in a BPF file system", "mount -t bpf bpf /sys/fs/bpf"),
            _ => Rights.Failure(error, $"make {file}"),
        };
    }

    /// <summary>Goes over all objects, in this thread. The program writes nothing to read, so one read is all.</summary>
    public unsafe void Run()
    {
        if (_link is null || Pin is not null)
            return;
        int fd = Bpf.CreateIterator(_link.Number);
        if (fd < 0)
            throw Failure(-fd);
        using var closed = new FileDescriptor(fd);
        byte* nothing = stackalloc byte[64];
        while (true)
        {
            nint read = LibC.read(fd, nothing, 64);
            if (read == 0)
                return;
            int error = read < 0 ? Errno.Last : 0;
            if (error is not (0 or Errno.EINTR or Errno.EAGAIN))
                throw Rights.Failure(error, $"go over {Name}");
        }
    }

    /// <inheritdoc/>
    public override void Disable() => _link?.Dispose();

    /// <inheritdoc/>
    public override void Dispose() => _link?.Dispose();
}
