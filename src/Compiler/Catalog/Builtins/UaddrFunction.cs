using Ctrace.Compiler.Binding;
using Ctrace.Compiler.Bytecode;
using Ctrace.Compiler.Lowering;
using Ctrace.Compiler.Symbols;

namespace Ctrace.Compiler.Catalog.Builtins;

/// <summary>
/// <c>uaddr("symbol")</c>. A binary that is loaded anywhere tells where it is by the place that the probe fired at: both move by the same
/// distance.
/// </summary>
internal sealed class UaddrFunction : FunctionDefinition
{
    public override string Name => "uaddr";
    public override string Signature => "uaddr(\"symbol\")";
    public override string Summary => "The address of a variable or function of the traced program, in uprobes only: *uaddr(\"counter\") is the variable's value.";
    public override string Example => "uprobe:/bin/bash:readline { printf(\"%s\\n\", str(*uaddr(\"ps1_prompt\"))); }";
    public override (int Least, int Most) Arity => (1, 1);

    internal override BoundExpression Bind(CallBinding call)
    {
        call.NoteProbe();
        if (call.Probe.Plan is not (UprobePlan or UprobeMultiPlan))
            return call.Problem(call.Syntax.Span, $"uaddr() is not available in {call.Probe.Name}", "only uprobe, uretprobe and usdt probes have a program to look in");
        if (call.Bind(0) is not BoundString text)
            return call.Problem(call.Syntax.Arguments[0].Span, "uaddr() takes a symbol's name in quotes", "uaddr(\"counter\")");
        string path = call.Probe.Plan is UprobePlan one ? one.Path : ((UprobeMultiPlan)call.Probe.Plan).Path, name = System.Text.Encoding.UTF8.GetString(text.Bytes.AsSpan());
        if (call.Target.OpenBinary(path, call.Target.ProcessId) is not { } binary || binary.FindSymbol(name) is not var (address, size))
            return call.Problem(text.Span, $"{path} has no symbol '{name}'", "nm lists a program's symbols; a stripped one has only those that others link to");
        var type = new PointerType(size switch { 1 => TraceType.UInt8, 2 => new IntegerType(2, false), 4 => TraceType.UInt32, 8 => TraceType.UInt64, _ => TraceType.Void }, AddressSpace.User);
        if (binary.IsFixed)
            return new BoundConstant(address, type, call.Syntax.Span);
        if (call.Probe is not { IsReturn: false, Plan: UprobePlan plan } || binary.FindAddress(plan.FileOffset) is not { } place)
            return call.Problem(call.Syntax.Span, $"where {path} is loaded is known only at a function's entry", "use a uprobe of a single function");
        return call.Done([], address - place, type);
    }

    internal override int Emit(ClauseEmitter e, BoundCall call)
    {
        int address = e.Ir.Load(e.Context, e.Target.Architecture.InstructionPointer, 8);
        e.Ir.AluConstant(Opcodes.Add, address, (long)call.Data!);
        return address;
    }
}
