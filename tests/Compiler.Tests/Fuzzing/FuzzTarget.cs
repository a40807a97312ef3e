using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Targets;

namespace Ctrace.Compiler.Tests.Fuzzing;

/// <summary>The fake machine with the tracepoints that the seeds name, and with types of every shape.</summary>
internal sealed class FuzzTarget : ITarget
{
    private readonly FakeTarget _fake = new();
    private readonly StructureType _shapes;

    public FuzzTarget()
    {
        _shapes = new StructureType("struct shapes", 96, 8)
        {
            Load = () =>
            [
                new StructureMember("a", TraceType.Int32, 0), StructureMember.At("b", TraceType.UInt32, 32, 3), StructureMember.At("c", TraceType.UInt32, 35, 29),
                new StructureMember("name", new ArrayType(new IntegerType(1, true), 16), 8), new StructureMember("words", new ArrayType(new IntegerType(2, false), 4), 24),
                new StructureMember("self", new PointerType(_shapes!, AddressSpace.Kernel), 32), new StructureMember("f", new BoolType(), 40),
                new StructureMember("e", Colour, 44), new StructureMember("open", new ArrayType(TraceType.Int32, 0), 48),
                new StructureMember("many", new ArrayType(new PointerType(TraceType.Void, AddressSpace.User), 2), 48), new StructureMember("", new StructureType("union <anonymous>", 8, 8) { Load = () => [new StructureMember("u", TraceType.Int64, 0), new StructureMember("v", TraceType.UInt8, 0)] }, 64),
            ],
        };
        Tracepoints = [.. _fake.Tracepoints.Concat(More.Select(m => (m.Category, m.Name))).Order()];
    }

    private static EnumType Colour { get; } = new("enum colour", 4, false) { Values = [("RED", 0), ("GREEN", 1)] };

    private static readonly TracepointFormat[] More =
    [
        .. from name in (string[])["execve", "write", "kill", "unlinkat", "open", "pwrite64", "futex", "clock_nanosleep", "newfstatat"]
           from enter in (bool[])[true, false]
           select new TracepointFormat("syscalls", (enter ? "sys_enter_" : "sys_exit_") + name, 50,
           [
               Int("__syscall_nr", 8, 4), Int(enter ? "fd" : "ret", 16, 8), .. enter ? [Int("count", 24, 8), Pointer("filename", 32), Pointer("buf", 40), Int("pid", 48, 8), Int("sig", 56, 8)] : Array.Empty<TracepointField>(),
           ]),
        new("syscalls", "sys_exit_openat", 51, [Int("__syscall_nr", 8, 4), Int("ret", 16, 8)]),
        new("block", "block_rq_issue", 60, [Int("dev", 8, 4), Int("sector", 16, 8), Int("bytes", 24, 4), new TracepointField("rwbs", "char[8]", 28, 8, false, TracepointFieldKind.CharArray), new TracepointField("list", "u32[4]", 36, 16, false, TracepointFieldKind.Array, 4), new TracepointField("where", "__rel_loc char[]", 52, 4, false, TracepointFieldKind.RelativeLocation)]),
        new("sched", "sched_wakeup", 61, [new TracepointField("comm", "char[16]", 8, 16, false, TracepointFieldKind.CharArray), Int("pid", 24, 4), Int("prio", 28, 4), Int("target_cpu", 32, 4)]),
        new("sched", "sched_process_fork", 62, [new TracepointField("parent_comm", "__data_loc char[]", 8, 4, false, TracepointFieldKind.DataLocation), Int("parent_pid", 12, 4), Int("child_pid", 16, 4)]),
        new("signal", "signal_generate", 63, [Int("sig", 8, 4), Int("errno", 12, 4), Int("code", 16, 4), new TracepointField("comm", "char[16]", 20, 16, false, TracepointFieldKind.CharArray), Int("pid", 36, 4)]),
    ];

    public Architecture Architecture => _fake.Architecture;
    public int PossibleCpus => 2;
    public int OnlineCpus => 2;
    public bool Supports(KernelFeature feature) => true;
    public IReadOnlyList<(string Category, string Name)> Tracepoints { get; }
    public IReadOnlyList<string> RawTracepoints => _fake.RawTracepoints;
    public TracepointFormat? FindTracepoint(string category, string name) => _fake.FindTracepoint(category, name) ?? More.FirstOrDefault(m => m.Category == category && m.Name == name);
    public IReadOnlyList<RawArgument>? FindRawTracepointArguments(string name) => name != "sched_switch" ? null :
    [
        new("preempt", "bool", 1, false, false) { Type = TraceType.Bool }, new("prev", "struct task_struct *", 8, false, true) { Type = new PointerType(FindType("struct task_struct")!, AddressSpace.Kernel) },
        new("next", "struct shapes *", 8, false, true) { Type = new PointerType(_shapes, AddressSpace.Kernel) }, new("prev_state", "unsigned int", 4, false, false),
    ];

    public int? FindMemberOffset(string structure, string member) => _fake.FindMemberOffset(structure, member);
    public int? CommOffset => _fake.CommOffset;
    public TraceType? FindType(string name) => name switch { "struct shapes" => _shapes, "enum colour" => Colour, "pid_t" => TraceType.Int32, _ => _fake.FindType(name) };
    public (EnumType Type, long Value)? FindEnumerator(string name) => name == "GREEN" ? (Colour, 1) : null;
    public IReadOnlyList<KernelFunction> KernelFunctions => _fake.KernelFunctions;
    public FunctionPrototype? FindPrototype(string function, string? module) => _fake.FindPrototype(function, module);
    public IUserBinary? OpenBinary(string name, int process) => _fake.OpenBinary(name, process);
    public bool HasTypes => true;
    public ulong? FindKernelSymbol(string name) => _fake.FindKernelSymbol(name);

    public (string Name, ulong Distance)? FindKernelSymbolAt(ulong address) => _fake.FindKernelSymbolAt(address);
    public ulong? FindCgroup(string path) => _fake.FindCgroup(path);
    public long? FindNumber(LookupKind kind, string name) => _fake.FindNumber(kind, name);
    public long TaiOffset => _fake.TaiOffset;
    public int? FindSyscallNumber(string name) => Math.Abs(name.Length * 7 + name[0]) % 400;

    private static TracepointField Int(string name, int offset, int size) => new(name, "int", offset, size, size == 4, TracepointFieldKind.Integer);

    private static TracepointField Pointer(string name, int offset) => new(name, "const char *", offset, 8, false, TracepointFieldKind.Pointer);
}
