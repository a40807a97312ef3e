using Ctrace.Compiler.Binding;
using Ctrace.Compiler.Bytecode;
using Ctrace.Compiler.Lowering;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Targets;

namespace Ctrace.Compiler.Catalog.Builtins;

/// <summary><c>write_user(address, value, length)</c>: changes the running process's memory.</summary>
internal sealed class WriteUserFunction : FunctionDefinition
{
    private const int Largest = 4096;

    public override string Name => "write_user";
    public override string Signature => "write_user(address, value, length)";
    public override string Summary => "Writes a value's first bytes, or what a pointer leads to, to the running process's memory; whether it could. Needs --unsafe.";
    public override string Example => "tracepoint:syscalls:sys_enter_openat /comm == \"myapp\"/ { write_user(args.filename, \"/dev/null\", 10); }";
    public override (int Least, int Most) Arity => (3, 3);

    /// <inheritdoc/>
    internal override bool HasEffect => true;

    internal override BoundExpression Bind(CallBinding call)
    {
        if (!call.Options.Unsafe)
            return call.Unsafe();
        if (!call.Target.Supports(KernelFeature.WritingToProcesses))
            return call.Problem(call.Syntax.Span, "this kernel does not let programs write to a process's memory", "it may be locked down: see /sys/kernel/security/lockdown");
        var arguments = call.BindAll(0);
        if (arguments.Any(a => a.Type is ErrorType))
            return call.Failed;
        var (address, value) = (arguments[0], arguments[1]);
        if (address.Type is not (PointerType or IntegerType { Size: 8 }))
            return call.Problem(address.Span, $"write_user() writes to an address, not to {address.Type.WithArticle}", null);
        if (arguments[2] is not BoundConstant { Type: IntegerType, Value: >= 1 and <= Largest and var length })
            return call.Problem(arguments[2].Span, $"the length must be a constant, 1 to {Largest}", null);
        int room = value.Type is PointerType ? Largest : value.Type is BufferType buffer ? buffer.Length : value.Type.Size;
        return length <= room ? call.Done([address, value], (int)length, TraceType.Bool)
            : call.Problem(value.Span, $"{value.Type.WithArticle} has fewer bytes than {length}", null);
    }

    internal override int Emit(ClauseEmitter e, BoundCall call)
    {
        int length = (int)call.Data!;
        var value = call.Arguments[1];
        var source = e.Memory.AllocateScratch(Math.Max(length, 8)) with { IsOwned = false };
        if (value.Type is PointerType pointer)
            e.ReadMemory(source, e.Scalar(value), length, pointer.IsUser);
        else if (value.Type.IsScalar)
            e.Ir.Store(source.Base, source.Offset, e.Scalar(value), value.Type.Size);
        else
            source = e.Memory.Locate(value).At(value.Type is BufferType ? BufferType.LengthSize : 0);
        int error = e.Ir.Call(Helper.ProbeWriteUser, Argument.Of(e.Scalar(call.Arguments[0])), source, Argument.Constant(length));
        int result = e.Ir.Constant(0), done = e.Ir.NewLabel();
        e.Ir.JumpIfConstant(Opcodes.JumpNotEqual, error, 0, done);
        e.Ir.SetConstant(result, 1);
        e.Ir.Mark(done);
        return result;
    }
}
