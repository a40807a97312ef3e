using Ctrace.Compiler.Bytecode;
using Ctrace.Compiler.Lowering;
using Ctrace.Compiler.Symbols;

namespace Ctrace.Compiler.Catalog.Builtins;

/// <summary>Time, CPUs and chance.</summary>
internal static class MachineBuiltins
{
    public static IReadOnlyList<BuiltinDefinition> All { get; } =
    [
        BuiltinDefinition.Everywhere("cpu", "The CPU the probe fired on.",
            "tracepoint:sched:sched_switch { @[cpu] = count(); }", TraceType.UInt32, (e, _) => e.Ir.Call(Helper.GetSmpProcessorId)),
        BuiltinDefinition.OfProgram("ncpus", "How many CPUs are running.",
            "begin { printf(\"%d CPUs\\n\", ncpus); exit(); }", TraceType.UInt64, (e, _) => e.Ir.Constant(e.Target.OnlineCpus)),
        BuiltinDefinition.Everywhere("nsecs", "Nanoseconds since boot, time asleep included.",
            "tracepoint:syscalls:sys_enter_read { @start[tid] = nsecs; }", TraceType.UInt64, (e, _) => e.Ir.Call(Helper.KtimeGetBootNs)),
        BuiltinDefinition.Everywhere("time", "The local time, to the microsecond; it is formatted when it is shown.",
            "tracepoint:sched:sched_process_exec < time, pid, comm, args.filename >", new TimestampType("%H:%M:%S.%f"), (e, _) => e.Ir.Call(Helper.KtimeGetBootNs)),
        BuiltinDefinition.Everywhere("elapsed", "Nanoseconds since tracing started.",
            "interval:s:1 { printf(\"%d\\n\", elapsed); }", TraceType.UInt64, (e, _) => EmitElapsed(e)),
        BuiltinDefinition.OfProgram("rand", "A random 32-bit number.",
            "tracepoint:syscalls:sys_enter_read /rand % 100 == 0/ { @[comm] = count(); }", TraceType.UInt32,
            (e, _) => e.Ir.Call(Helper.GetPrandomU32)),
    ];

    private static int EmitElapsed(ClauseEmitter e)
    {
        int now = e.Ir.Call(Helper.KtimeGetBootNs);
        e.Ir.Alu(Opcodes.Subtract, now, e.Ir.Load(e.Ir.MapValue(e.Program.StartTimeMap), 0, 8));
        return now;
    }
}
