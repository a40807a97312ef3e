using Ctrace.Compiler.Bytecode;
using Ctrace.Compiler.Layouts;
using Ctrace.Compiler.Targets;
using Ctrace.Runtime.Sys;

namespace Ctrace.Runtime.Kernel;

/// <summary>Asks the kernel for its features by trying them. Only a clear answer is remembered.</summary>
/// <param name="findFunction">A kernel function's number in the type information, or 0.</param>
/// <param name="target">What else is known of the kernel.</param>
internal sealed class FeatureProbes(Func<string, int> findFunction, ITarget target)
{
    private readonly Dictionary<KernelFeature, bool> _known = [];

    /// <summary>Whether a feature is there; without the rights to find out, whether it most likely is.</summary>
    public bool Supports(KernelFeature feature)
    {
        if (_known.TryGetValue(feature, out bool supported))
            return supported;
        int result = Try(feature);
        // Before 5.11 maps count as locked memory, of which a process may have little.
        if (result == -Errno.EPERM && MemoryLock.TryRaise())
            result = Try(feature);
        // What the kernel forbids it would forbid the program too, which then gives the message that explains it.
        if (result is -Errno.EPERM or -Errno.EACCES or -Errno.ENOMEM or -Errno.EMFILE)
            return true;
        return _known[feature] = result >= 0;
    }

    private int Try(KernelFeature feature) => feature switch
    {
        KernelFeature.RingBuffer => TryRingBuffer(),
        KernelFeature.FetchAtomics => TryFetchAtomics(),
        KernelFeature.BatchOperations => TryBatch(),
        KernelFeature.PerfLink => TryPerfLink(),
        KernelFeature.GrowingMaps => TryUserRingBuffer(),
        KernelFeature.KprobeEvents => Attaching.ProbeUnits.Kprobe is null ? -Errno.ENOENT : 0,
        KernelFeature.KprobeMulti => TryKprobeMulti(),
        KernelFeature.UprobeMulti => TryUprobeMulti(Bpf.AttachUprobeMulti),
        KernelFeature.KprobeSession => TryKprobeSession(),
        KernelFeature.UprobeSession => TryUprobeMulti(Bpf.AttachUprobeSession),
        KernelFeature.MapIteration => TryMapIteration(),
        KernelFeature.MayGoto => TryMayGoto(),
        KernelFeature.PerCpuLookup => TryPerCpuLookup(),
        KernelFeature.TaskRegisters => TryCall(Compiler.BpfProgramType.RawTracepoint, 175),
        KernelFeature.AtomicTime => TryCall(Compiler.BpfProgramType.RawTracepoint, 208),
        KernelFeature.WritingToProcesses => TryCall(Compiler.BpfProgramType.RawTracepoint, 36),
        KernelFeature.Overrides => TryCall(Compiler.BpfProgramType.Kprobe, 58),
        KernelFeature.CallbackLoop => TryCall(Compiler.BpfProgramType.RawTracepoint, 181),
        KernelFeature.NumberPointers => TryNumberPointers(),
        KernelFeature.FunctionTracing => TryFunctionTracing(),
        KernelFeature.StructureArguments => TryTrampoline("from_kuid", 0),
        KernelFeature.StackArguments => TryTrampoline("do_mmap", target.Architecture.FunctionArguments.Count),
        KernelFeature.LargeKeys => Close(Bpf.CreateMap((int)BpfMapType.Hash, 1024, 8, 1, "probe")),
        _ => throw new ArgumentOutOfRangeException(nameof(feature)),
    };

    /// <summary>Whether a program can be attached to a raw tracepoint: it is, for a moment. False without the rights.</summary>
    public static bool HasRawTracepoint(string name)
    {
        ReadOnlySpan<ulong> code = [0xb7, 0x95];
        int program = Bpf.LoadProgram((int)Compiler.BpfProgramType.RawTracepoint, "probe", code, []);
        if (program < 0)
            return false;
        using var closed = new FileDescriptor(program);
        return Close(Bpf.OpenRawTracepoint(System.Text.Encoding.UTF8.GetBytes(name + '\0'), program)) >= 0;
    }

    private static int TryRingBuffer()
    {
        int result = Bpf.CreateMap((int)BpfMapType.RingBuffer, 0, 0, Environment.SystemPageSize, "probe");
        return Close(result);
    }

    private static int TryFetchAtomics()
    {
        const ulong FramePointer = 10;
        ReadOnlySpan<ulong> code =
        [
            0xb7, // r0 = 0
            0x7b | (FramePointer << 8) | (0xfff8UL << 16), // *(u64 *)(r10 - 8) = r0
            0xdb | (FramePointer << 8) | (0xfff8UL << 16) | ((ulong)(Opcodes.AtomicAdd | Opcodes.AtomicFetch) << 32),
            0x95, // exit
        ];
        return Close(Bpf.LoadProgram((int)Compiler.BpfProgramType.RawTracepoint, "probe", code, []));
    }

    private static int TryPerCpuLookup()
    {
        int map = Bpf.CreateMap((int)BpfMapType.PerCpuArray, 4, 8, 1, "probe");
        if (map < 0)
            return map;
        using var closed = new FileDescriptor(map);
        const ulong helper = 195;
        ReadOnlySpan<ulong> code =
        [
            0x62 | (10UL << 8) | (0xfffcUL << 16), // *(u32 *)(r10 - 4) = 0
            0x18 | (1UL << 8) | (1UL << 12) | ((ulong)(uint)map << 32), 0, // r1 = map
            0xbf | (2UL << 8) | (10UL << 12), // r2 = r10
            0x07 | (2UL << 8) | (0xfffffffcUL << 32), // r2 += -4
            0xb7 | (3UL << 8), // r3 = 0
            0x85 | (helper << 32),
            0xb7,
            0x95,
        ];
        return Close(Bpf.LoadProgram((int)Compiler.BpfProgramType.RawTracepoint, "probe", code, []));
    }

    private static int TryMapIteration()
    {
        const ulong helper = 164;
        int map = Bpf.CreateMap((int)BpfMapType.Array, 4, 8, 1, "probe");
        if (map < 0)
            return map;
        using var closed = new FileDescriptor(map);
        ReadOnlySpan<ulong> code =
        [
            0x18 | (1UL << 8) | (1UL << 12) | ((ulong)(uint)map << 32), 0, // r1 = map
            0x18 | (2UL << 8) | ((ulong)Opcodes.PseudoFunction << 12) | (6UL << 32), 0, // r2 = function, 6 slots behind the second half
            0xb7 | (3UL << 8), // r3 = 0
            0xb7 | (4UL << 8), // r4 = 0
            0x85 | (helper << 32),
            0xb7,
            0x95,
            0xb7,
            0x95,
        ];
        var program = new Compiler.BpfProgram("probe", Compiler.BpfProgramType.RawTracepoint, [], default) { Callbacks = [9] };
        using var types = Loading.FunctionTypes.Of(program);
        return Close(Bpf.LoadProgram((int)program.Type, program.Name, code, [], 0, 0, 0, types?.Fd ?? 0, types?.Records));
    }

    /// <summary>A call without arguments: refused for these where the helper is there, and otherwise for itself.</summary>
    private static int TryCall(Compiler.BpfProgramType type, ulong helper)
    {
        ReadOnlySpan<ulong> code = [0x85 | (helper << 32), 0xb7, 0x95];
        return Close(Bpf.LoadProgram((int)type, "probe", code, []));
    }

    /// <summary>
    /// A kernel that was built without ftrace's direct calls (CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS) loads such programs, and refuses to
    /// attach them. Trying that costs a wait for all CPUs when it is taken off again: the function that does it is looked for first, which
    /// only older kernels' type information leaves out.
    /// </summary>
    private int TryFunctionTracing()
    {
        if (findFunction("vfs_read") is not (not 0 and var function))
            return -Errno.EINVAL;
        ReadOnlySpan<ulong> code = [0xb7, 0x95];
        int program = LoadTracing(code, function);
        // Some kernels forbid just this kind of program, to everybody.
        if (program is -Errno.EPERM or -Errno.EACCES && Close(Bpf.LoadProgram((int)Compiler.BpfProgramType.RawTracepoint, "probe", code, [])) >= 0)
            return -Errno.EINVAL;
        if (program < 0)
            return program;
        using var closed = new FileDescriptor(program);
        return findFunction("register_ftrace_direct") != 0 ? 0 : Close(Bpf.LinkTracing(program));
    }

    /// <summary>
    /// Whether a program can be attached to a function: it is, for a moment. Some of what trampolines can't do is only found out then
    /// (arch_prepare_bpf_trampoline).
    /// </summary>
    /// <param name="name">The function.</param>
    /// <param name="mostWords">It must have arguments of more words than that.</param>
    private int TryTrampoline(string name, int mostWords)
    {
        if (!Supports(KernelFeature.FunctionTracing) || findFunction(name) is not (not 0 and var function) || !(target.FindPrototype(name, null)?.Words > mostWords))
            return -Errno.EINVAL;
        int program = LoadTracing([0xb7, 0x95], function);
        if (program < 0)
            return program;
        using var closed = new FileDescriptor(program);
        return Close(Bpf.LinkTracing(program));
    }

    /// <summary>Loads a program for the entry of a function (BPF_TRACE_FENTRY).</summary>
    private static int LoadTracing(ReadOnlySpan<ulong> code, int function) => Bpf.LoadProgram((int)Compiler.BpfProgramType.Tracing, "probe", code, [], 24, function);

    /// <summary>The last argument of vfs_read(file, buffer, count, position) points to a number.</summary>
    private int TryNumberPointers()
    {
        ReadOnlySpan<ulong> code = [0x79 | (1UL << 12) | (24UL << 16), 0xb7, 0x95]; // r0 = *(u64 *)(r1 + 24); r0 = 0; exit
        int result = findFunction("vfs_read") is not 0 and var function ? Close(LoadTracing(code, function)) : -Errno.EINVAL;
        // So the verifier says no; for want of rights it would be EPERM.
        return result == -Errno.EACCES ? -Errno.EINVAL : result;
    }

    private static int TryMayGoto()
    {
        // r0 = 0; may_goto +1; r0 = 0; exit
        ReadOnlySpan<ulong> code = [0xb7, Opcodes.ClassJump | Opcodes.MayGoto | (1UL << 16), 0xb7, 0x95];
        return Close(Bpf.LoadProgram((int)Compiler.BpfProgramType.RawTracepoint, "probe", code, []));
    }

    private static unsafe int TryBatch()
    {
        int map = Bpf.CreateMap((int)BpfMapType.Hash, 4, 4, 1, "probe");
        if (map < 0)
            return map;
        using var closed = new FileDescriptor(map);
        int key = 0, value = 0, position = 0;
        uint count = 1;
        int result = Bpf.ReadBatch(map, false, null, &position, &key, &value, ref count);
        return result == -Errno.ENOENT ? 0 : result;
    }

    /// <summary>A kernel with perf links looks at the perf event first, and finds that -1 is none.</summary>
    private static int TryPerfLink()
    {
        ReadOnlySpan<ulong> code = [0xb7, 0x95];
        int program = Bpf.LoadProgram((int)Compiler.BpfProgramType.Tracepoint, "probe", code, []);
        if (program < 0)
            return program;
        using var closed = new FileDescriptor(program);
        int result = Bpf.LinkPerfEvent(program, -1);
        return result == -Errno.EBADF ? 0 : result;
    }

    /// <summary>
    /// Maps may allocate in any program since the allocator of 6.1 (kernel/bpf/memalloc.c), which can't be asked for. The user ring
    /// buffer came with the same version.
    /// </summary>
    private static int TryUserRingBuffer()
    {
        const int UserRingBuffer = 31;
        return Close(Bpf.CreateMap(UserRingBuffer, 0, 0, Environment.SystemPageSize, "probe"));
    }

    /// <summary>A kernel function that every kernel has.</summary>
    private static unsafe int TryKprobeMulti()
    {
        ReadOnlySpan<ulong> code = [0xb7, 0x95];
        int program = Bpf.LoadProgram((int)Compiler.BpfProgramType.Kprobe, "probe", code, [], Bpf.AttachKprobeMulti);
        if (program < 0)
            return program;
        using var closed = new FileDescriptor(program);
        fixed (byte* name = "vfs_read\0"u8)
        {
            // Refused for want of ftrace, not of rights: those would have stopped the program.
            int result = Bpf.LinkKernelFunctions(program, [(nint)name], [0], Bpf.AttachKprobeMulti, false);
            return result == -Errno.EPERM ? -Errno.EINVAL : Close(result);
        }
    }

    /// <summary>A kernel with such links looks for the file, and finds that there is none.</summary>
    private int TryUprobeMulti(int attachType)
    {
        int program = attachType == Bpf.AttachUprobeSession ? LoadSession(attachType)
            : Bpf.LoadProgram((int)Compiler.BpfProgramType.Kprobe, "probe", [0xb7, 0x95], [], attachType);
        if (program < 0)
            return program;
        using var closed = new FileDescriptor(program);
        int result = Bpf.LinkUserFunctions(program, "/\0"u8, [1], [], [0], attachType, false);
        return result == -Errno.EBADF ? 0 : result;
    }

    /// <summary>It hangs on the same thing as a link on many functions does.</summary>
    private int TryKprobeSession() => Supports(KernelFeature.KprobeMulti) ? Close(LoadSession(Bpf.AttachKprobeSession)) : -Errno.EINVAL;

    /// <summary>A program that asks which end it is at, as those do that are at both.</summary>
    private int LoadSession(int attachType)
    {
        if (findFunction(KernelFeatures.SessionFunction) is not (not 0 and var function))
            return -Errno.EINVAL;
        ReadOnlySpan<ulong> code = [0x85 | ((ulong)Opcodes.PseudoKernelFunction << 12) | ((ulong)(uint)function << 32), 0xb7, 0x95];
        int program = Bpf.LoadProgram((int)Compiler.BpfProgramType.Kprobe, "probe", code, [], attachType);
        // The verifier says so of functions that such a program may not call.
        return program == -Errno.EACCES ? -Errno.EINVAL : program;
    }

    private static int Close(int result)
    {
        if (result < 0)
            return result;
        LibC.close(result);
        return 0;
    }
}
