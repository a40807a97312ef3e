using System.Text;
using Ctrace.Compiler;
using Ctrace.Compiler.Bytecode;
using Ctrace.Compiler.Layouts;
using Ctrace.Runtime.Sys;

namespace Ctrace.Runtime.Kernel;

/// <summary>
/// Finds where <c>struct task_struct</c> keeps a thread's name, so that a program can read it with two loads instead of a helper
/// call, which on CPUs with Safe RET costs as much as the rest of a small program. BTF knows the place too, but reading BTF takes
/// 8 ms and 5 MB; here our own thread gets a name like no other, and a program looks for it in our own task. It takes half a
/// millisecond. The verifier checks the place against BTF when the program is loaded.
/// </summary>
internal static unsafe class CommLocator
{
    /// <summary>TASK_COMM_LEN.</summary>
    private const int CommSize = 16;

    /// <summary>How much of the task is looked at, in bytes: the name is in the first third of it.</summary>
    private const int Searched = 8192;

    private const int SetName = 15, GetName = 16;

    private const ulong GetCurrentTask = 35, ProbeReadKernel = 113, GetCurrentTaskBtf = 158;

    /// <summary>The offset in bytes; null where it can't be used, or where the kernel leaves an older name behind a shorter one.</summary>
    public static int? Find()
    {
        int map = Bpf.CreateMap((int)BpfMapType.Array, 4, Searched, 1, "probe");
        if (map < 0)
            return null;
        using var closedMap = new FileDescriptor(map);
        int program = Load(
        [
            Call(GetCurrentTask),
            0xbf | 3 << 8, // r3 = r0
            0x18 | 1 << 8 | Opcodes.PseudoMapValue << 12 | (ulong)map << 32, 0, // r1 = &map value
            0xb7 | 2 << 8 | (ulong)Searched << 32, // r2 = size
            Call(ProbeReadKernel),
            0xb7, 0x95, // r0 = 0; exit
        ]);
        if (program < 0)
            return null;
        using var closedProgram = new FileDescriptor(program);
        byte* original = stackalloc byte[CommSize];
        if (LibC.prctl(GetName, (nint)original, 0, 0, 0) != 0)
            return null;
        try
        {
            return Find(map, program);
        }
        finally
        {
            LibC.prctl(SetName, (nint)original, 0, 0, 0);
        }
    }

    private static int? Find(int map, int program)
    {
        Span<byte> name = stackalloc byte[CommSize], shorter = stackalloc byte[CommSize];
        name.Clear();
        Encoding.ASCII.GetBytes(Guid.NewGuid().ToString("N").AsSpan(0, CommSize - 1), name);
        shorter.Clear();
        name[..2].CopyTo(shorter);
        byte[] task = new byte[Searched];
        if (!Read(map, program, name, task) || task.AsSpan().IndexOf(name) is not (>= 0 and var offset) || offset % 8 != 0)
            return null;
        if (!Read(map, program, shorter, task) || !task.AsSpan(offset, CommSize).SequenceEqual(shorter))
            return null;
        int reader = Load(
        [
            Call(GetCurrentTaskBtf),
            0x79 | 1 << 8 | (ulong)(ushort)offset << 16, // r1 = *(u64 *)(r0 + offset)
            0x79 | 1 << 8 | (ulong)(ushort)(offset + 8) << 16,
            0xb7, 0x95,
        ]);
        if (reader < 0)
            return null;
        LibC.close(reader);
        return offset;
    }

    /// <summary>Gives our thread a name, and copies our task.</summary>
    private static bool Read(int map, int program, ReadOnlySpan<byte> name, byte[] task)
    {
        int key = 0;
        fixed (byte* text = name, bytes = task)
            return LibC.prctl(SetName, (nint)text, 0, 0, 0) == 0 && Bpf.RunProgram(program) >= 0 && Bpf.Lookup(map, &key, bytes) >= 0;
    }

    private static int Load(ReadOnlySpan<ulong> code) => Bpf.LoadProgram((int)BpfProgramType.RawTracepoint, "probe", code, []);

    private static ulong Call(ulong helper) => Opcodes.ClassJump | Opcodes.Call | helper << 32;
}
