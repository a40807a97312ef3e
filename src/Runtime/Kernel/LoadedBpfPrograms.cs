using System.Runtime.InteropServices;
using System.Text;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Targets;
using Ctrace.Runtime.Sys;

namespace Ctrace.Runtime.Kernel;

/// <summary>The BPF programs that are loaded, with the functions that their own type information tells of.</summary>
/// <param name="findKernelType">A type of the kernel's by its C spelling, or null.</param>
internal sealed unsafe class LoadedBpfPrograms(Func<string, TraceType?> findKernelType)
{
    /// <summary>BPF_TRACE_FEXIT.</summary>
    private const int Exit = 25;

    /// <summary>As many arguments a function has for the kernel that has its doubts about what it was told (MAX_BPF_FUNC_REG_ARGS).</summary>
    private const int MostArguments = 5;

    private readonly Dictionary<uint, (Btf Btf, BtfTypes Types)?> _types = [];
    private readonly Dictionary<int, uint> _typesOf = [];
    private IReadOnlyList<BpfFunction>? _functions;

    /// <summary>What a program's context is in the kernel, where programs know it as something else (include/linux/bpf_types.h).</summary>
    private static readonly Dictionary<string, string> Contexts = new()
    {
        ["struct xdp_md"] = "struct xdp_buff",
        ["struct __sk_buff"] = "struct sk_buff",
        ["struct sk_msg_md"] = "struct sk_msg",
        ["struct bpf_sock_addr"] = "struct bpf_sock_addr_kern",
        ["struct bpf_sock_ops"] = "struct bpf_sock_ops_kern",
        ["struct bpf_sockopt"] = "struct bpf_sockopt_kern",
        ["struct bpf_sysctl"] = "struct bpf_sysctl_kern",
        ["struct bpf_sk_lookup"] = "struct bpf_sk_lookup_kern",
        ["struct sk_reuseport_md"] = "struct sk_reuseport_kern",
        ["struct bpf_perf_event_data"] = "struct bpf_perf_event_data_kern",
    };

    /// <summary>All their functions.</summary>
    /// <exception cref="TargetException">The kernel does not tell us.</exception>
    public IReadOnlyList<BpfFunction> Functions => _functions ??= Read();

    /// <summary>Opens one.</summary>
    /// <exception cref="SessionException">It is gone.</exception>
    public static FileDescriptor Open(int program) => Bpf.OpenProgram((uint)program) is >= 0 and var fd ? new FileDescriptor(fd)
        : throw new SessionException($"the BPF program {program} is not loaded any more", "ctrace -l 'fentry:bpf:*' lists those that are");

    /// <summary>A function's arguments and result, and whether anything can be attached to it; null where its program has no type information, or is gone.</summary>
    public FunctionPrototype? FindPrototype(BpfFunction function)
    {
        if (function.TypeId == 0 || TypesOf(function.Program) is not var (btf, types))
            return null;
        var prototype = BtfFunctions.Get(btf, types, function.TypeId) with { Program = function.Program };
        int fd = Bpf.OpenProgram((uint)function.Program);
        if (fd < 0)
            return null;
        using var target = new FileDescriptor(fd);
        // One word further than the result that it is said to have: there is one only where the kernel goes by its own count.
        if (prototype.Arguments.Count < MostArguments && Load(target, function, prototype.Arguments.Count + 1, out _))
            return prototype with { ResultWord = MostArguments };
        return Load(target, function, null, out string? reason) ? prototype : prototype with { Obstacle = reason };
    }

    /// <summary>Loads a program for the return of a function, which reads a word of its context; it is never attached.</summary>
    private static bool Load(FileDescriptor target, BpfFunction function, int? word, out string? reason)
    {
        // r0 = *(u64 *)(r1 + 8 * word); r0 = 0; exit
        ReadOnlySpan<ulong> code = word is { } index ? [0x79 | (1UL << 12) | ((ulong)index * 8 << 16), 0xb7, 0x95] : [0xb7, 0x95];
        byte[] log = new byte[4096];
        int fd = Bpf.LoadProgram((int)Compiler.BpfProgramType.Tracing, "probe", code, log, Exit, function.TypeId, target.Number);
        if (fd >= 0)
            new FileDescriptor(fd).Dispose();
        reason = fd >= 0 ? null : Explain(log, -fd);
        return fd >= 0;
    }

    private static string Explain(byte[] log, int error)
    {
        string first = Encoding.UTF8.GetString(log, 0, Math.Max(0, Array.IndexOf(log, (byte)0))).Split('\n')[0].Trim();
        // Before 6.8 not at all, and since then no more than one level.
        if (first.StartsWith("Cannot recursively attach", StringComparison.Ordinal) || first.StartsWith("Cannot nest", StringComparison.Ordinal))
            return "it is itself a program on a trampoline (fentry, fexit)";
        return first.Length == 0 || first.StartsWith("processed ", StringComparison.Ordinal) ? Errno.Text(error) : first;
    }

    private List<BpfFunction> Read()
    {
        var functions = new List<BpfFunction>();
        int result;
        for (uint id = 0; (result = Bpf.NextProgram(id, out uint next)) == 0; id = next)
        {
            int fd = Bpf.OpenProgram(next);
            if (fd < 0)
                continue;
            using var program = new FileDescriptor(fd);
            Read(program, (int)next, functions);
        }

        return result == -Errno.EPERM ? throw new TargetException("the kernel does not tell which BPF programs are loaded", "run it as root: sudo ctrace …") : functions;
    }

    private void Read(FileDescriptor program, int id, List<BpfFunction> functions)
    {
        var info = new ProgramInformation();
        if (Bpf.Information(program.Number, &info, sizeof(ProgramInformation)) < 0)
            return;
        if (info.Types == 0 || info.FunctionCount == 0 || info.FunctionRecordSize < sizeof(FunctionRecord))
        {
            functions.Add(new BpfFunction(id, Marshal.PtrToStringUTF8((nint)info.Name) ?? "", 0));
            return;
        }

        uint count = info.FunctionCount, size = info.FunctionRecordSize;
        byte[] records = new byte[count * size];
        fixed (byte* place = records)
        {
            info = new ProgramInformation { FunctionCount = count, FunctionRecordSize = size, Functions = (ulong)place };
            if (Bpf.Information(program.Number, &info, sizeof(ProgramInformation)) < 0)
                return;
        }

        _typesOf[id] = info.Types;
        if (TypesOf(id) is not var (btf, _))
            return;
        for (int i = 0; i < Math.Min(count, info.FunctionCount); i++)
        {
            int type = (int)MemoryMarshal.Read<FunctionRecord>(records.AsSpan((int)(i * size))).Type;
            functions.Add(new BpfFunction(id, btf.Name(type), type));
        }
    }

    private (Btf Btf, BtfTypes Types)? TypesOf(int program)
    {
        if (!_typesOf.TryGetValue(program, out uint id))
            return null;
        if (_types.TryGetValue(id, out var known))
            return known;
        if (ReadTypes(id) is not { } btf)
            return _types[id] = null;
        return _types[id] = (btf, new BtfTypes(() => btf, FindKernels));
    }

    /// <summary>
    /// What a program calls by a name of the kernel's is mostly the kernel's, of which it may know some members only, in places that were
    /// corrected when it was loaded. Its own structure of that name would have members that the kernel's has not got.
    /// </summary>
    private TraceType? FindKernels(string name, IEnumerable<string> members) =>
        findKernelType(Contexts.GetValueOrDefault(name, name)) is StructureType type
        && (Contexts.ContainsKey(name) || members.All(m => type.Members.Any(o => o.Name == m))) ? type : null;

    private static Btf? ReadTypes(uint id)
    {
        int fd = Bpf.OpenTypes(id);
        if (fd < 0)
            return null;
        using var types = new FileDescriptor(fd);
        var info = new TypeInformation();
        if (Bpf.Information(types.Number, &info, sizeof(TypeInformation)) < 0)
            return null;
        byte[] content = new byte[info.Size];
        fixed (byte* place = content)
        {
            info = new TypeInformation { Types = (ulong)place, Size = (uint)content.Length };
            return Bpf.Information(types.Number, &info, sizeof(TypeInformation)) < 0 ? null : Btf.Of(content);
        }
    }

    /// <summary>struct bpf_func_info, from include/uapi/linux/bpf.h.</summary>
    private struct FunctionRecord
    {
#pragma warning disable CS0649 // The kernel fills them in.
        public uint Slot, Type;
#pragma warning restore CS0649
    }

    /// <summary>struct bpf_prog_info, as far as it is looked at.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 232)]
    private struct ProgramInformation
    {
        [FieldOffset(64)]
        public fixed byte Name[16];

        [FieldOffset(128)]
        public uint Types;

        [FieldOffset(132)]
        public uint FunctionRecordSize;

        [FieldOffset(136)]
        public ulong Functions;

        [FieldOffset(144)]
        public uint FunctionCount;
    }

    /// <summary>struct bpf_btf_info.</summary>
    private struct TypeInformation
    {
        public ulong Types;
        public uint Size, Id;
        public ulong Name;
        public uint NameLength, IsKernels;
    }
}
