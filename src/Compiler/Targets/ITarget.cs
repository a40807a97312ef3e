using Ctrace.Compiler.Symbols;

namespace Ctrace.Compiler.Targets;

/// <summary>
/// What the compiler must know of the machine a program is for. The running kernel is one
/// implementation; a saved description of another machine, or a test's fake, are others.
/// </summary>
public interface ITarget
{
    /// <summary>Registers and pointer size of the CPU.</summary>
    Architecture Architecture { get; }

    /// <summary>CPUs that may ever be there: per-CPU maps have one slot for each.</summary>
    int PossibleCpus { get; }

    /// <summary>CPUs that are running now (what <c>ncpus</c> gives).</summary>
    int OnlineCpus { get; }

    /// <summary>Whether the kernel has a feature. Probed on first use, never guessed from a version.</summary>
    bool Supports(KernelFeature feature);

    /// <summary>All tracepoints as (category, name), in alphabetical order.</summary>
    /// <exception cref="TargetException">The machine keeps the list from us (rights, no tracefs).</exception>
    IReadOnlyList<(string Category, string Name)> Tracepoints { get; }

    /// <summary>The names of the raw tracepoints, in alphabetical order.</summary>
    /// <exception cref="TargetException">The machine keeps the list from us.</exception>
    IReadOnlyList<string> RawTracepoints { get; }

    /// <summary>The module that has a raw tracepoint: <c>vmlinux</c> is the kernel itself.</summary>
    string RawTracepointModule(string name) => "vmlinux";

    /// <summary>Whether a raw tracepoint exists: quicker to ask than the list of all.</summary>
    bool HasRawTracepoint(string name) => RawTracepoints.Contains(name);

    /// <summary>A tracepoint's record layout and id, or null where there is no such tracepoint.</summary>
    /// <exception cref="TargetException">It exists, and can't be read.</exception>
    TracepointFormat? FindTracepoint(string category, string name);

    /// <summary>Arguments of a raw tracepoint from BTF, in order; null where BTF does not know it.</summary>
    IReadOnlyList<RawArgument>? FindRawTracepointArguments(string name);

    /// <summary>Byte offset of a kernel structure's member from BTF (dots reach into members), or null.</summary>
    int? FindMemberOffset(string structure, string member);

    /// <summary>
    /// Byte offset in <c>task_struct</c> of the thread's name, 16 bytes with zeros after the text, where programs may read it
    /// directly (bpf_get_current_task_btf, 5.11, and BTF); null where they can't.
    /// </summary>
    int? CommOffset { get; }

    /// <summary>
    /// A type by its C spelling: <c>struct task_struct</c>, <c>union u</c>, <c>enum e</c>, or a typedef's name; null where the
    /// machine's type information (BTF) does not know it.
    /// </summary>
    TraceType? FindType(string name) => null;

    /// <summary>A constant of an enumeration, or null.</summary>
    (EnumType Type, long Value)? FindEnumerator(string name) => null;

    /// <summary>The kernel functions that can be probed, in alphabetical order.</summary>
    /// <exception cref="TargetException">The machine keeps the list from us.</exception>
    IReadOnlyList<KernelFunction> KernelFunctions => [];

    /// <summary>Whether the kernel has a function that most likely can be probed: it may be quicker to find out than by the list of all.</summary>
    /// <exception cref="TargetException">The machine keeps the list from us.</exception>
    bool HasKernelFunction(string name) => KernelFunctions.Any(f => f.Name == name);

    /// <summary>A kernel function's arguments and result; null where the type information does not know it.</summary>
    FunctionPrototype? FindPrototype(string function, string? module) => null;

    /// <summary>The functions of the BPF programs that are loaded, in the order of the programs' ids.</summary>
    /// <exception cref="TargetException">The kernel does not tell us.</exception>
    IReadOnlyList<BpfFunction> BpfFunctions => [];

    /// <summary>Arguments and result of a BPF program's function; null where it has no type information, or is gone.</summary>
    FunctionPrototype? FindPrototype(BpfFunction function) => null;

    /// <summary>A program or library by its path, or as the loader would find it by name; null where there is none.</summary>
    /// <param name="name">A path, or a name such as <c>libc</c> or <c>bash</c>.</param>
    /// <param name="process">The process whose file system counts; 0 for our own.</param>
    IUserBinary? OpenBinary(string name, int process) => null;

    /// <summary>The process that is traced (<c>-p</c>, <c>-c</c>), whose files count where a probe names one; 0 for none.</summary>
    int ProcessId => 0;

    /// <summary>The programs and libraries that a pattern means, each once: of those that a process has mapped, else of files.</summary>
    /// <param name="pattern">With wildcards, for a path or a file's name; an empty one is for all of the process's.</param>
    /// <param name="process">The process; 0 for none: then a pattern without a slash is for what any process has mapped.</param>
    IEnumerable<IUserBinary> FindBinaries(string pattern, int process) => [];

    /// <summary>Whether a command is about to be started (<c>-c</c>), whose program can't be looked at yet.</summary>
    bool StartsCommand => false;

    /// <summary>The processes of .NET programs that run, by their numbers and names, that a number, a name or a pattern means.</summary>
    IReadOnlyList<(int Id, string Name)> FindDotnetProcesses(string pattern) => [];

    /// <summary>Whether there is type information at all.</summary>
    bool HasTypes => false;

    /// <summary>The address of a kernel symbol, or null where it has no such symbol.</summary>
    /// <exception cref="TargetException">The kernel hides its addresses.</exception>
    ulong? FindKernelSymbol(string name) => null;

    /// <summary>The kernel symbol that an address belongs to, and how many bytes it is from its start; null where that is not known.</summary>
    (string Name, ulong Distance)? FindKernelSymbolAt(ulong address) => null;

    /// <summary>The number of the cgroup at a path, or null where there is none.</summary>
    ulong? FindCgroup(string path) => null;

    /// <summary>The number that is shown by a name, or null: what <c>username == "root"</c> compares with.</summary>
    long? FindNumber(Symbols.LookupKind kind, string name) => null;

    /// <summary>Nanoseconds that the international atomic time (CLOCK_TAI) is ahead of the time since boot.</summary>
    long TaiOffset => 0;

    /// <summary>Nanoseconds that the wall clock (CLOCK_REALTIME) is ahead of the time since boot.</summary>
    long WallOffset => 0;

    /// <summary>The file (device and inode) that stands for our process id namespace; null where that is the initial one.</summary>
    (ulong Device, ulong Inode)? PidNamespace => null;

    /// <summary>System call numbers by name (<c>read</c> → 0), or null where the table is not known.</summary>
    int? FindSyscallNumber(string name);
}

/// <summary>The machine refused something the compiler asked for; the message is for the user.</summary>
public sealed class TargetException(string message, string? hint = null) : Exception(message)
{
    /// <summary>What to do about it.</summary>
    public string? Hint { get; } = hint;
}

/// <summary>A kernel capability that decides how, or whether, something is compiled.</summary>
public enum KernelFeature
{
    /// <summary>BPF_MAP_TYPE_RINGBUF (5.8).</summary>
    RingBuffer,

    /// <summary>BPF_ATOMIC with fetch, exchange and compare-exchange (5.12).</summary>
    FetchAtomics,

    /// <summary>BPF_MAP_LOOKUP_BATCH and friends on hash maps (5.6).</summary>
    BatchOperations,

    /// <summary>A bpf_link on a perf event (5.15), and with it bpf_get_attach_cookie.</summary>
    PerfLink,

    /// <summary>bpf_task_pt_regs: the registers with which a thread entered the kernel (5.15).</summary>
    TaskRegisters,

    /// <summary>Hash maps that allocate an entry when it is added, safely in any program (6.1).</summary>
    GrowingMaps,

    /// <summary>Kprobes by perf_event_open alone (4.17, and a kernel built for it).</summary>
    KprobeEvents,

    /// <summary>One link on many kernel functions (5.18, and a kernel built with fprobe).</summary>
    KprobeMulti,

    /// <summary>One link on many places of a binary (6.6).</summary>
    UprobeMulti,

    /// <summary>One program at the entry and the return of kernel functions, by one link (6.10, and a kernel built with fprobe).</summary>
    KprobeSession,

    /// <summary>One program at the entry and the return of functions of a binary, by one link (6.13).</summary>
    UprobeSession,

    /// <summary>Hash maps with keys of more than 512 bytes (5.18).</summary>
    LargeKeys,

    /// <summary>bpf_map_lookup_percpu_elem: programs read what other CPUs have in a per-CPU map (5.19).</summary>
    PerCpuLookup,

    /// <summary>bpf_for_each_map_elem: programs go over a map's entries (5.13).</summary>
    MapIteration,

    /// <summary>The may_goto instruction: loops whose end the verifier need not see (6.9).</summary>
    MayGoto,

    /// <summary>bpf_ktime_get_tai_ns: the international atomic time in programs (6.1).</summary>
    AtomicTime,

    /// <summary>bpf_loop: programs have a function called again and again (5.17).</summary>
    CallbackLoop,

    /// <summary>Programs on trampolines may look at arguments that point to plain numbers (5.17).</summary>
    NumberPointers,

    /// <summary>Programs on the trampolines of kernel functions: fentry and fexit (5.5, and a kernel built for it).</summary>
    FunctionTracing,

    /// <summary>Trampolines of functions that are given structures by value (6.1, on arm64 6.5).</summary>
    StructureArguments,

    /// <summary>Trampolines of functions whose arguments take more than the registers for them (6.6, on arm64 later).</summary>
    StackArguments,

    /// <summary>bpf_probe_write_user: not on kernels that are locked down.</summary>
    WritingToProcesses,

    /// <summary>bpf_override_return: on kernels that were built with CONFIG_BPF_KPROBE_OVERRIDE.</summary>
    Overrides,
}

/// <summary>One argument of a raw tracepoint.</summary>
/// <param name="Name">Its name in the kernel's source.</param>
/// <param name="TypeName">Its C type, for listings.</param>
/// <param name="Size">Size in bytes of the value.</param>
/// <param name="Signed">Whether it is a signed integer.</param>
/// <param name="IsPointer">Whether it is a pointer.</param>
public sealed record RawArgument(string Name, string TypeName, int Size, bool Signed, bool IsPointer)
{
    /// <summary><see cref="Register"/> of what is in no register for integers, or only in part.</summary>
    public const int NoRegister = -1;

    /// <summary>Its type; null where only its size is known.</summary>
    public TraceType? Type { get; init; }

    /// <summary>
    /// Which of the registers for arguments it is in, or with which 64-bit word of the context it begins; null for the one of its place among
    /// them.
    /// </summary>
    public int? Register { get; init; }

    /// <summary>How many 64-bit words it takes.</summary>
    public int Words => Math.Max(1, (Size + 7) / 8);
}

/// <summary>A tracepoint's record as its tracefs <c>format</c> file describes it.</summary>
/// <param name="Category">The folder in tracefs: <c>sched</c>.</param>
/// <param name="Name">The event: <c>sched_switch</c>.</param>
/// <param name="Id">What perf_event_open takes as config.</param>
/// <param name="Fields">The fields in file order, without the <c>common_</c> ones.</param>
public sealed record TracepointFormat(string Category, string Name, ulong Id, IReadOnlyList<TracepointField> Fields);

/// <summary>One field of a tracepoint's record.</summary>
/// <param name="Name">Its name.</param>
/// <param name="TypeName">Its C type as the kernel spells it: <c>const char *</c>.</param>
/// <param name="Offset">Bytes from the start of the record.</param>
/// <param name="Size">Size in bytes.</param>
/// <param name="Signed">Whether it is a signed integer.</param>
/// <param name="Kind">How its bytes are to be read.</param>
/// <param name="ElementCount">Number of elements of an array, otherwise 0.</param>
public sealed record TracepointField(
    string Name, string TypeName, int Offset, int Size, bool Signed, TracepointFieldKind Kind, int ElementCount = 0)
{
    /// <summary>Whether the field is only a word that tells where in the record its bytes are.</summary>
    public bool IsElsewhere => Kind is TracepointFieldKind.DataLocation or TracepointFieldKind.RelativeLocation;

    /// <summary>The C type of one element where the field is an array of any length: <c>u64</c> of <c>u64[]</c>.</summary>
    public string ElementTypeName => TypeName.Replace("[]", "").Trim();
}

/// <summary>How the bytes of a tracepoint's field are to be read.</summary>
public enum TracepointFieldKind
{
    /// <summary>An integer in the record.</summary>
    Integer,

    /// <summary>A pointer to user or kernel memory.</summary>
    Pointer,

    /// <summary>A <c>char[N]</c> in the record.</summary>
    CharArray,

    /// <summary><c>__data_loc</c>: a 32-bit word, offset from the record's start below, length above.</summary>
    DataLocation,

    /// <summary><c>__rel_loc</c>: the same, with the offset counted from the end of the word.</summary>
    RelativeLocation,

    /// <summary>An array of something else than characters.</summary>
    Array,
}
