using System.Text;
using Ctrace.Compiler.Binding;
using Ctrace.Compiler.Bytecode;
using Ctrace.Compiler.Lowering;
using Ctrace.Compiler.Symbols;

namespace Ctrace.Compiler.Catalog.Builtins;

/// <summary>More about who runs, where, and in which probe.</summary>
internal static class SystemBuiltins
{
    private const int CommSize = 16;

    /// <summary>The two lowest bits of the code segment are the privilege level, on x86-64.</summary>
    private const int UserPrivilege = 3;

    public static IReadOnlyList<BuiltinDefinition> All { get; } =
    [
        new()
        {
            Name = "pcomm",
            Summary = "The name of the parent process.",
            Example = "tracepoint:syscalls:sys_enter_execve { @[pcomm] = count(); }",
            Type = (_, target) => target.FindMemberOffset("task_struct", "real_parent") is null || target.FindMemberOffset("task_struct", "comm") is null
                ? null : new StringType(CommSize),
            Available = "on kernels with BTF (CONFIG_DEBUG_INFO_BTF)",
            EmitInto = EmitParentName,
        },
        BuiltinDefinition.Everywhere("cpid", "The command that is traced (-c); 0 without one.",
            "tracepoint:sched:sched_process_fork /pid == cpid/ { @ = count(); }", TraceType.UInt32, (e, _) => e.Ir.Constant(e.Program.Options.ChildProcessId)),
        BuiltinDefinition.Everywhere("numaid", "The NUMA node of the CPU the probe fired on.",
            "tracepoint:sched:sched_switch { @[numaid] = count(); }", TraceType.UInt32, (e, _) => e.Ir.Call(Helper.GetNumaNodeId)),
        BuiltinDefinition.Everywhere("cgroup", "The number of the running process's cgroup.",
            "tracepoint:syscalls:sys_enter_openat { @[cgroup] = count(); }", TraceType.UInt64, (e, _) => e.Ir.Call(Helper.GetCurrentCgroupId), stable: true),
        BuiltinDefinition.Everywhere("jiffies", "The kernel's count of timer ticks.",
            "begin { printf(\"%d\\n\", jiffies); exit(); }", TraceType.UInt64, (e, _) => e.Ir.Call(Helper.Jiffies64)),
        BuiltinDefinition.Everywhere("username", "The user's login name.",
            "tracepoint:syscalls:sys_enter_execve { @[username] = count(); }", new LookupType(LookupKind.User, 4), (e, _) => UserId(e)),
        new()
        {
            Name = "probetype",
            Summary = "The kind of the probe that fired.",
            Example = "tracepoint:syscalls:sys_enter_read { @[probetype] = count(); }",
            Type = (probe, _) => new StringType(TupleType.Align(ProbeType(probe).Length + 1, 8)),
            DependsOnProbe = true,
            EmitInto = (e, b, place) => e.Memory.Write(new BoundString([.. Encoding.ASCII.GetBytes(ProbeType(b.Probe))], b.Span), place, b.Type),
        },
        new()
        {
            Name = "usermode",
            Summary = "1 when the probe fired in a program, 0 when in the kernel.",
            Example = "profile:hz:99 { @[usermode] = count(); }",
            Type = (_, target) => target.Architecture.Registers.ContainsKey("cs") ? TraceType.UInt8 : null,
            Available = "on x86-64",
            DependsOnProbe = true,
            Emit = (e, builtin) => HasRegisters(builtin.Probe) || builtin.Probe.Kind.ProgramType == BpfProgramType.Kprobe ? EmitUserMode(e) : e.Ir.Constant(IsOurs(builtin.Probe) ? 1 : 0),
        },
    ];

    /// <summary>Whether the context begins with the registers.</summary>
    internal static bool HasRegisters(Probes.ResolvedProbe probe) => probe.Kind.ProgramType == BpfProgramType.PerfEvent && probe.Plan is ProfilePlan;

    /// <summary>Whether the event is one of ctrace itself, which is a program: all other tracing programs without registers run for the kernel's.</summary>
    private static bool IsOurs(Probes.ResolvedProbe probe) => probe.Plan is OncePlan or IntervalPlan or SignalPlan or TestPlan;

    private static string ProbeType(Probes.ResolvedProbe probe) => probe.Plan is OncePlan ? "special" : probe.Names.First().Split(':')[0];

    private static int UserId(ClauseEmitter e)
    {
        int id = e.Ir.Call(Helper.GetCurrentUidGid);
        e.Ir.Truncate32(id);
        return id;
    }

    private static int EmitUserMode(ClauseEmitter e)
    {
        int segment = e.Ir.Load(e.Context, e.Target.Architecture.Registers["cs"], 8), result = e.Ir.Constant(0), done = e.Ir.NewLabel();
        e.Ir.AluConstant(Opcodes.And, segment, UserPrivilege);
        e.Ir.JumpIfConstant(Opcodes.JumpNotEqual, segment, UserPrivilege, done);
        e.Ir.SetConstant(result, 1);
        e.Ir.Mark(done);
        return result;
    }

    /// <summary><c>current->real_parent->comm</c>, with zeros where it can't be read.</summary>
    private static void EmitParentName(ClauseEmitter e, BoundBuiltin builtin, Place place)
    {
        int task = e.Ir.Call(Helper.GetCurrentTask);
        int parent = e.ReadKernel(task, e.Target.FindMemberOffset("task_struct", "real_parent")!.Value, 8);
        e.Memory.Zero(place, CommSize);
        e.Ir.Call(Helper.ProbeReadKernelString, place, Argument.Constant(CommSize),
            Argument.Address(parent, e.Target.FindMemberOffset("task_struct", "comm")!.Value));
    }
}
