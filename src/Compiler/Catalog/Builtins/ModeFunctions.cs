using Ctrace.Compiler.Binding;
using Ctrace.Compiler.Bytecode;
using Ctrace.Compiler.Lowering;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Syntax;
using Ctrace.Compiler.Targets;

namespace Ctrace.Compiler.Catalog.Builtins;

/// <summary><c>nsecs(mode)</c>: the builtin with a choice of clock.</summary>
internal sealed class NsecsFunction : FunctionDefinition
{
    private static readonly string[] Modes = ["monotonic", "boot", "tai", "sw_tai"];

    public override string Name => "nsecs";
    public override string Signature => "nsecs(mode)";
    public override string Summary => "Nanoseconds by another clock: monotonic, boot, tai, sw_tai.";
    public override string Example => "begin { printf(\"%d\\n\", nsecs(monotonic)); exit(); }";
    public override (int Least, int Most) Arity => (0, 1);

    /// <inheritdoc/>
    internal override bool IsOfThread => true;

    internal override BoundExpression Bind(CallBinding call)
    {
        if (call.Syntax.Arguments.IsEmpty)
            return call.Done([], "boot", TraceType.UInt64);
        if (call.Syntax.Arguments[0] is NameSyntax { Name: "tai" } && !call.Target.Supports(KernelFeature.AtomicTime))
            return call.Problem(call.Syntax.Arguments[0].Span, "this kernel has no atomic time for programs (Linux 6.1 has it)", "nsecs(sw_tai) computes it");
        return call.Syntax.Arguments[0] is NameSyntax { Name: var mode } && Modes.Contains(mode)
            ? call.Done([], mode, TraceType.UInt64)
            : call.Problem(call.Syntax.Arguments[0].Span, "there is no such clock", $"clocks are {string.Join(", ", Modes)}");
    }

    internal override int Emit(ClauseEmitter e, BoundCall call)
    {
        switch ((string)call.Data!)
        {
            case "monotonic":
                return e.Ir.Call(Helper.KtimeGetNs);
            case "tai":
                return e.Ir.Call(Helper.KtimeGetTaiNs);
            case "sw_tai":
                int now = e.Ir.Call(Helper.KtimeGetBootNs);
                e.Ir.AluConstant(Opcodes.Add, now, e.Target.TaiOffset);
                return now;
            default:
                return e.Ir.Call(Helper.KtimeGetBootNs);
        }
    }
}

/// <summary><c>pid(namespace)</c> and <c>tid(namespace)</c>.</summary>
internal sealed class NamespaceFunction(string name, bool thread) : FunctionDefinition
{
    public override string Name => name;
    public override string Signature => $"{name}(namespace)";
    public override string Summary => $"The {(thread ? "thread" : "process")} as our own namespace (curr_ns) or the first one (init) numbers it.";
    public override string Example => $"tracepoint:syscalls:sys_enter_openat {{ @[{name}(curr_ns)] = count(); }}";
    public override (int Least, int Most) Arity => (0, 1);

    internal override BoundExpression Bind(CallBinding call) => call.Syntax.Arguments switch
    {
        [] or [NameSyntax { Name: "curr_ns" }] => call.Done([], true, TraceType.UInt32),
        [NameSyntax { Name: "init" }] => call.Done([], false, TraceType.UInt32),
        var other => call.Problem(other[0].Span, "there is no such namespace", "namespaces are curr_ns, init"),
    };

    internal override int Emit(ClauseEmitter e, BoundCall call)
    {
        if (!(bool)call.Data! || e.Target.PidNamespace is not var (device, inode))
        {
            int id = e.Ir.Call(Helper.GetCurrentPidTgid);
            if (thread)
                e.Ir.Truncate32(id);
            else
                e.Ir.AluConstant(Opcodes.ShiftRight, id, 32);
            return id;
        }

        // struct bpf_pidns_info: the thread, then the process; zeros for who is not in our namespace.
        var info = e.Memory.Allocate(8);
        e.Memory.Zero(info, 8);
        e.Ir.Call(Helper.GetNsCurrentPidTgid, Argument.Constant((long)device), Argument.Constant((long)inode), info, Argument.Constant(8));
        return e.Ir.Load(info.Base, info.Offset + (thread ? 0 : 4), 4);
    }
}

/// <summary><c>reg("name")</c>.</summary>
internal sealed class RegFunction : FunctionDefinition
{
    public override string Name => "reg";
    public override string Signature => "reg(\"name\")";
    public override string Summary => "A CPU register of what the probe interrupted.";
    public override string Example => "profile:hz:99 { @[reg(\"ip\")] = count(); }";
    public override (int Least, int Most) Arity => (1, 1);

    /// <inheritdoc/>
    internal override bool IsOfThread => true;

    internal override BoundExpression Bind(CallBinding call)
    {
        call.NoteProbe();
        if (call.Syntax.Arguments[0] is not StringSyntax register)
            return call.Problem(call.Syntax.Arguments[0].Span, "the register must be a string literal", "reg(\"ip\")");
        var registers = call.Target.Architecture.Registers;
        if (!registers.TryGetValue(register.Value, out int offset))
            return call.Problem(register.Span, $"this CPU has no register '{register.Value}'", $"registers are {string.Join(", ", registers.Keys)}");
        return call.Probe.HasRegisters || SystemBuiltins.HasRegisters(call.Probe)
            ? call.Done([], offset, TraceType.UInt64)
            : call.Problem(call.Syntax.Span, $"{call.Probe.Name} does not see the registers", "profile, kprobe and uprobe do");
    }

    internal override int Emit(ClauseEmitter e, BoundCall call) => e.Ir.Load(e.Context, (int)call.Data!, 8);
}
