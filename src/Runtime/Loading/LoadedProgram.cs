using System.Buffers.Binary;
using Ctrace.Compiler;
using Ctrace.Runtime.Sys;

namespace Ctrace.Runtime.Loading;

/// <summary>A program in the kernel.</summary>
/// <param name="Program">What it was made from.</param>
/// <param name="Descriptor">Its descriptor.</param>
internal sealed record LoadedProgram(BpfProgram Program, FileDescriptor Descriptor) : IDisposable
{
    /// <summary>struct bpf_prog_info up to verified_insns; older kernels fill less and leave zeros.</summary>
    private const int InfoSize = 224;

    private int? _id;

    /// <summary>For system calls.</summary>
    public int Fd => Descriptor.Number;

    /// <summary>The kernel's number for it.</summary>
    public int Id => _id ??= ReadId();

    /// <summary>What the kernel counted so far.</summary>
    public ProgramStatistics Statistics()
    {
        Span<byte> info = stackalloc byte[InfoSize];
        info.Clear();
        Bpf.ProgramInfo(Fd, info);
        return new ProgramStatistics(
            Program.Name,
            BinaryPrimitives.ReadUInt64LittleEndian(info[200..]),
            BinaryPrimitives.ReadUInt64LittleEndian(info[192..]),
            BinaryPrimitives.ReadUInt64LittleEndian(info[208..]),
            BinaryPrimitives.ReadInt32LittleEndian(info[20..]) / 8,
            BinaryPrimitives.ReadInt32LittleEndian(info[16..]),
            BinaryPrimitives.ReadInt32LittleEndian(info[216..]));
    }

    private int ReadId()
    {
        Span<byte> info = stackalloc byte[8];
        info.Clear();
        Bpf.ProgramInfo(Fd, info);
        return BinaryPrimitives.ReadInt32LittleEndian(info[4..]);
    }

    /// <inheritdoc/>
    public void Dispose() => Descriptor.Dispose();
}
