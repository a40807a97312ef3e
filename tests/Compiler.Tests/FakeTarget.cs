using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Targets;

namespace Ctrace.Compiler.Tests;

/// <summary>A machine that exists nowhere, and is the same everywhere.</summary>
internal sealed class FakeTarget : ITarget
{
    private readonly HashSet<KernelFeature> _missing;

    public FakeTarget(params KernelFeature[] missing) => _missing = [.. missing];

    private static readonly TracepointFormat[] Formats =
    [
        new("syscalls", "sys_enter_openat", 1,
        [
            Int("__syscall_nr", 8, 4, true), Int("dfd", 16, 8, false), Pointer("filename", 24), Int("flags", 32, 8, false), Int("mode", 40, 8, false),
        ]),
        new("syscalls", "sys_enter_read", 2, [Int("__syscall_nr", 8, 4, true), Int("fd", 16, 8, false), Pointer("buf", 24), Int("count", 32, 8, false)]),
        new("syscalls", "sys_exit_read", 3, [Int("__syscall_nr", 8, 4, true), Int("ret", 16, 8, true)]),
        new("raw_syscalls", "sys_enter", 4, [Int("id", 8, 8, true)]),
        new("raw_syscalls", "sys_exit", 5, [Int("id", 8, 8, true), Int("ret", 16, 8, true)]),
        new("sched", "sched_switch", 6,
        [
            Text("prev_comm", 8), Int("prev_pid", 24, 4, true), Int("prev_prio", 28, 4, true), Int("prev_state", 32, 8, true),
            Text("next_comm", 40), Int("next_pid", 56, 4, true), Int("next_prio", 60, 4, true),
        ]),
        new("sched", "sched_process_exec", 7,
        [
            new TracepointField("filename", "__data_loc char[]", 8, 4, false, TracepointFieldKind.DataLocation), Int("pid", 12, 4, true),
        ]),
        new("test", "numbers", 8, [.. Enumerable.Range(0, 8).Select(i => Int($"s{i}", 8 + i * 8, 8, true)), .. Enumerable.Range(0, 4).Select(i => Int($"u{i}", 72 + i * 8, 8, false))]),
        .. Enumerable.Range(0, 10).Select(i => new TracepointFormat("syscalls", $"sys_enter_call{i}", (ulong)(100 + i), [Int("__syscall_nr", 8, 4, true), Int("a", 16, 8, false)])),
    ];

    public Architecture Architecture => X64.Architecture;
    public int PossibleCpus => 2;
    public int OnlineCpus => 2;
    public bool Supports(KernelFeature feature) => !_missing.Contains(feature);

    public IReadOnlyList<(string Category, string Name)> Tracepoints { get; } =
        [.. Formats.Select(f => (f.Category, f.Name)).Order()];

    public IReadOnlyList<string> RawTracepoints { get; } = ["sched_switch", "sys_enter", "sys_exit"];

    public TracepointFormat? FindTracepoint(string category, string name) => Formats.FirstOrDefault(f => f.Category == category && f.Name == name);

    public IReadOnlyList<RawArgument>? FindRawTracepointArguments(string name) => name != "sched_switch" ? null :
    [
        new("preempt", "bool", 1, false, false), new("prev", "struct task_struct *", 8, false, true),
        new("next", "struct task_struct *", 8, false, true), new("prev_state", "unsigned int", 4, false, false),
    ];

    public int? FindMemberOffset(string structure, string member) => (structure, member) switch
    {
        ("task_struct", "real_parent") => 1000,
        ("task_struct", "tgid") => 900,
        ("task_struct", "comm") => 2000,
        _ => null,
    };

    public int? CommOffset => 2000;

    public bool HasTypes => true;

    public IReadOnlyList<KernelFunction> KernelFunctions { get; } = [new("vfs_open", null), new("vfs_read", null), new("vfs_write", null), new("ext4_read", "ext4"), .. Unusual.Keys.Select(n => new KernelFunction(n, null))];

    private static StructureType Pair(int size) => new("struct pair", size, 8) { Load = () => [new StructureMember("a", TraceType.Int64, 0), new StructureMember("b", new IntegerType(1, true), size - 1)] };

    /// <summary>Functions that are given and return more than numbers and pointers.</summary>
    private static readonly Dictionary<string, FunctionPrototype> Unusual = new()
    {
        ["given_pair"] = new(78, null,
        [
            new("fd", "int", 4, true, false) { Type = TraceType.Int32 }, new("pair", "struct pair", 16, false, false) { Type = Pair(16) },
            new("length", "int", 4, true, false) { Type = TraceType.Int32, Register = 3 },
        ], TraceType.Int64),
        ["given_small"] = new(79, null, [new("pair", "struct pair", 8, false, false) { Type = Pair(8) }], TraceType.Int64),
        ["given_many"] = new(80, null, [.. Enumerable.Range(0, 8).Select(i => new RawArgument($"a{i}", "long", 8, true, false) { Type = TraceType.Int64 })], TraceType.Int64),
        ["given_any"] = new(81, null, [new("a", "long", 8, true, false) { Type = TraceType.Int64 }], TraceType.Int64) { Obstacle = "it takes any number of arguments" },
        ["given_back"] = new(82, null, [], Pair(8)) { Obstacle = "it returns a structure" },
    };

    public FunctionPrototype? FindPrototype(string function, string? module) => Unusual.TryGetValue(function, out var unusual) ? unusual : function != "vfs_read" && !function.StartsWith("typed_", StringComparison.Ordinal) ? null : new FunctionPrototype(77, null,
    [
        new RawArgument("file", "struct file *", 8, false, true) { Type = new PointerType(File, AddressSpace.Kernel) }, new RawArgument("buf", "char *", 8, false, true),
        new RawArgument("count", "size_t", 8, false, false) { Type = TraceType.UInt64 },
    ], TraceType.Int64);

    public IReadOnlyList<BpfFunction> BpfFunctions { get; } = [new(5, "handle", 3), new(5, "helper", 4), new(7, "old", 0), new(8, "tracer", 3), new(9, "handle", 3)];

    public FunctionPrototype? FindPrototype(BpfFunction function) => function.TypeId == 0 ? null : new FunctionPrototype(function.TypeId, null,
        [new RawArgument("ctx", "struct pt_regs *", 8, false, true) { Type = new PointerType(TraceType.Void, AddressSpace.Kernel) }], TraceType.Int32)
    {
        Program = function.Program,
        ResultWord = function.Name == "helper" ? 5 : 0,
        Obstacle = function.Name == "tracer" ? "it is itself a program on a trampoline (fentry, fexit)" : null,
    };

    private static readonly (int Id, string Name)[] DotnetProcesses = [(4242, "shop"), (4243, "shop"), (77, "api")];

    public IReadOnlyList<(int Id, string Name)> FindDotnetProcesses(string pattern) =>
        [.. DotnetProcesses.Where(p => $"{p.Id}" == pattern || Ctrace.Compiler.Catalog.Probes.Glob.Matches(pattern, p.Name))];

    public IUserBinary? OpenBinary(string name, int process) => name.Contains("nosuch") ? null : new Binary("/lib/" + name);

    private static StructureType File { get; } = Nested("struct file", "f_path", Nested("struct path", "dentry", new PointerType(Nested("struct dentry", "d_name",
        Nested("struct qstr", "name", new PointerType(TraceType.UInt8, AddressSpace.Kernel))), AddressSpace.Kernel)));

    private static StructureType Nested(string name, string member, TraceType type) => new(name, 64, 8) { Load = () => [new StructureMember(member, type, 8)] };

    private sealed record Binary(string Path) : IUserBinary
    {
        public IReadOnlyList<(string Name, long FileOffset, long Size)> Functions => [("malloc", 0x1000, 64), ("free", 0x2000, 64), ("readline", 0x3000, 64)];

        public IReadOnlyList<UsdtProbe> StaticProbes => [new UsdtProbe("libstdcxx", "throw", 0x4000, 0, "8@%rdi -4@-16(%rbp,%rcx,8) 8@$7")];

        public long? FindOffset(long address) => address < 0x10000 ? address : null;
    }

    public TraceType? FindType(string name) => name != "struct task_struct" ? null : new StructureType(name, 3000, 8)
    {
        Load = () =>
        [
            new StructureMember("pid", TraceType.Int32, 896), new StructureMember("tgid", TraceType.Int32, 900), new StructureMember("prio", TraceType.Int32, 904),
            new StructureMember("real_parent", new PointerType(FindType(name)!, AddressSpace.Kernel), 1000),
            new StructureMember("comm", new ArrayType(new IntegerType(1, true), 16), 2000),
        ],
    };

    public ulong? FindKernelSymbol(string name) => name switch
    {
        "do_nanosleep" => 0xffffffff81000000,
        "vfs_read" => 0xffffffff81000100,
        "__per_cpu_offset" => 0xffffffff82000000,
        "softnet_data" => 0x30000,
        _ => null,
    };

    public (string Name, ulong Distance)? FindKernelSymbolAt(ulong address) => address switch
    {
        >= 0xffffffff81000000 and < 0xffffffff81000100 => ("do_nanosleep", address - 0xffffffff81000000),
        >= 0xffffffff81000100 and < 0xffffffff81000200 => ("vfs_read", address - 0xffffffff81000100),
        >= 0xffffffff81000200 => ("vfs_write", address - 0xffffffff81000200),
        _ => null,
    };

    public ulong? FindCgroup(string path) => path == "/sys/fs/cgroup" ? 1 : null;

    public long? FindNumber(LookupKind kind, string name) => (kind, name) switch
    {
        (LookupKind.User, "root") => 0,
        (LookupKind.Syscall, "read") => 0,
        _ => null,
    };

    public long TaiOffset => 1_700_000_000_000_000_000;

    public int? FindSyscallNumber(string name) => name switch
    {
        "read" => 0,
        "openat" => 257,
        _ when name.StartsWith("call", StringComparison.Ordinal) => 300 + (name[4] - '0'),
        _ => null,
    };

    private static TracepointField Int(string name, int offset, int size, bool signed) => new(name, "int", offset, size, signed, TracepointFieldKind.Integer);

    private static TracepointField Pointer(string name, int offset) => new(name, "const char *", offset, 8, false, TracepointFieldKind.Pointer);

    private static TracepointField Text(string name, int offset) => new(name, "char[16]", offset, 16, false, TracepointFieldKind.CharArray);
}
