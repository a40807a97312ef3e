using Ctrace.Compiler.Bytecode;
using Ctrace.Compiler.Lowering;
using Ctrace.Compiler.Symbols;

namespace Ctrace.Compiler.Catalog.Builtins;

/// <summary>Who was running when the probe fired.</summary>
internal static class ProcessBuiltins
{
    /// <summary>TASK_COMM_LEN, from include/linux/sched.h.</summary>
    private const int CommSize = 16;

    public static IReadOnlyList<BuiltinDefinition> All { get; } =
    [
        new()
        {
            Name = "comm",
            Summary = "The name of the running thread, at most 15 characters.",
            Example = "tracepoint:syscalls:sys_enter_openat { @[comm] = count(); }",
            Type = (_, _) => new StringType(CommSize),
            IsStable = true,
            EmitInto = EmitComm,
        },
        BuiltinDefinition.Everywhere("pid", "The process (the kernel calls it thread group).",
            "tracepoint:syscalls:sys_enter_openat { @[pid] = count(); }", TraceType.UInt32, (e, _) => High(e, Helper.GetCurrentPidTgid), stable: true),
        BuiltinDefinition.Everywhere("tid", "The thread.",
            "tracepoint:syscalls:sys_enter_openat { @[tid] = count(); }", TraceType.UInt32, (e, _) => Low(e, Helper.GetCurrentPidTgid), stable: true),
        new()
        {
            Name = "curtask",
            Summary = "The running thread's task_struct.",
            Example = "tracepoint:sched:sched_switch { @[curtask->comm] = max(curtask->prio); }",
            Type = (_, target) => target.FindType("struct task_struct") is { } task ? new PointerType(task, AddressSpace.Kernel) : TraceType.UInt64,
            Emit = (e, _) => e.Ir.Call(Helper.GetCurrentTask),
            IsStable = true,
        },
        BuiltinDefinition.Everywhere("uid", "The user.",
            "tracepoint:syscalls:sys_enter_openat { @[uid] = count(); }", TraceType.UInt32, (e, _) => Low(e, Helper.GetCurrentUidGid), stable: true),
        BuiltinDefinition.Everywhere("gid", "The group.",
            "tracepoint:syscalls:sys_enter_openat { @[gid] = count(); }", TraceType.UInt32, (e, _) => High(e, Helper.GetCurrentUidGid), stable: true),
        new()
        {
            Name = "ppid",
            Summary = "The parent process.",
            Example = "tracepoint:syscalls:sys_enter_execve { @[ppid] = count(); }",
            Type = (_, target) => target.FindMemberOffset("task_struct", "real_parent") is null ? null : TraceType.UInt32,
            Available = "on kernels with BTF (CONFIG_DEBUG_INFO_BTF)",
            Emit = (e, _) => EmitParent(e),
        },
    ];

    /// <summary>Two loads from the task where they are allowed: the helper copies byte by byte.</summary>
    private static void EmitComm(ClauseEmitter e, Binding.BoundBuiltin builtin, Place place)
    {
        if (e.Target.CommOffset is { } offset)
            e.Memory.Copy(place, new Place(e.Ir.Call(Helper.GetCurrentTaskBtf), offset), CommSize);
        else
            e.Ir.Call(Helper.GetCurrentComm, place, Argument.Constant(CommSize));
    }

    private static int Low(ClauseEmitter e, Helper helper)
    {
        int value = e.Ir.Call(helper);
        e.Ir.Truncate32(value);
        return value;
    }

    private static int High(ClauseEmitter e, Helper helper)
    {
        int value = e.Ir.Call(helper);
        e.Ir.AluConstant(Opcodes.ShiftRight, value, 32);
        return value;
    }

    /// <summary><c>current->real_parent->tgid</c>.</summary>
    private static int EmitParent(ClauseEmitter e)
    {
        int task = e.Ir.Call(Helper.GetCurrentTask);
        int parent = e.ReadKernel(task, e.Target.FindMemberOffset("task_struct", "real_parent")!.Value, 8);
        return e.ReadKernel(parent, e.Target.FindMemberOffset("task_struct", "tgid")!.Value, 4);
    }
}
