using Ctrace.Compiler.Binding;
using Ctrace.Compiler.Bytecode;
using Ctrace.Compiler.Lowering;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Targets;

namespace Ctrace.Compiler.Catalog.Builtins;

/// <summary>
/// Pointers that the verifier knows the type of: those that a probe is given, and what is reached from them. Helpers that take a kernel
/// structure take only such.
/// </summary>
internal static class TrustedPointer
{
    /// <summary>Whether an expression is the probe's own argument or context, or is reached from one by steps that the verifier can follow.</summary>
    public static bool IsKnown(BoundExpression expression) => expression switch
    {
        BoundRawArgument { InRegister: false, Type: PointerType } => true,
        BoundBuiltin { Definition.Name: "ctx", Type: PointerType } => true,
        BoundDereference { Type: PointerType } step => IsKnown(step.Address),
        BoundBinary { Operator.Text: "+", Right: BoundConstant } moved => IsKnown(moved.Left),
        _ => false,
    };

    /// <summary>A register with the pointer; goes elsewhere where it is null, or is no pointer at all.</summary>
    public static int Emit(ClauseEmitter e, BoundExpression expression, int missing)
    {
        switch (expression)
        {
            case BoundDereference step:
                int loaded = e.Ir.Load(Emit(e, step.Address, missing), step.Offset, 8);
                e.Ir.JumpIfConstant(Opcodes.JumpEqual, loaded, 0, missing);
                return loaded;
            case BoundBinary { Right: BoundConstant { Value: var distance } } moved:
                int place = e.Ir.Copy(Emit(e, moved.Left, missing));
                e.Ir.AluConstant(Opcodes.Add, place, distance);
                return place;
            case BoundRawArgument argument:
                int register = e.RawArgument(argument.Index);
                e.Ir.JumpIfConstant(Opcodes.JumpEqual, register, 0, missing);
                return register;
            default:
                return e.Ir.Copy(e.Context);
        }
    }
}

/// <summary><c>path(struct path)</c>.</summary>
internal sealed class PathFunction : FunctionDefinition
{
    /// <summary>btf_allowlist_d_path in kernel/trace/bpf_trace.c: functions that are not called while the path is being made.</summary>
    private static readonly string[] Allowed =
        ["dentry_open", "filp_close", "security_file_open", "security_file_permission", "security_inode_getattr", "vfs_fallocate", "vfs_getattr", "vfs_truncate"];

    private const int NameTooLong = 36;

    public override string Name => "path";
    public override string Signature => "path(struct path[, size])";
    public override string Summary => "The path of an open file, or its end where the size, NUL included, is smaller: in iter probes, and in fentry and fexit probes of the few functions that the kernel allows it in.";
    public override string Example => "iter:task_file { printf(\"%s\\n\", path(ctx.file->f_path)); }";
    public override (int Least, int Most) Arity => (1, 2);

    internal override BoundExpression Bind(CallBinding call)
    {
        call.NoteProbe();
        bool isIterator = call.Probe.Kind.Names.Contains("iter");
        if (!isIterator && !(call.Probe.Function is not null && Allowed.Contains(call.Probe.Name.Split(':')[^1])))
            return call.Problem(call.Syntax.Span, $"path() is not available in {call.Probe.Name}", $"the kernel allows it in iter probes, and in fentry and fexit of {string.Join(", ", Allowed)}");
        // That came with 5.13, as going over maps did.
        if (isIterator && !call.Target.Supports(KernelFeature.MapIteration))
            return call.Problem(call.Syntax.Span, "this kernel has no path() in iter probes (Linux 5.13 has it)", null);
        var value = call.Bind(0);
        if (value.Type is ErrorType)
            return value;
        // What is meant is where the structure is.
        var pointer = value is BoundDereference { Type: StructureType { CName: "struct path" } } place ? place.Address : value;
        int offset = value is BoundDereference { Type: StructureType } structure ? structure.Offset : 0;
        bool isPath = value.Type is StructureType { CName: "struct path" } || value.Type is PointerType { Target: StructureType { CName: "struct path" } };
        if (!isPath)
            return call.Problem(value.Span, $"path() takes a struct path, not {value.Type.WithArticle}", "path(args.file->f_path)");
        if (!TrustedPointer.IsKnown(pointer))
            return call.Problem(value.Span, "path() takes only what is reached from the probe's own arguments", "path(args.file->f_path), not a variable or a map's value");
        int most = call.Options.MaxStringLength;
        if (call.Syntax.Arguments.Length > 1)
        {
            if (call.Constant(1, 1, most, "the size of a path") is not { } size)
                return call.Failed;
            most = (int)size;
        }

        return call.Done([pointer], (offset, most), new StringType(TupleType.Align(most, 8)));
    }

    internal override void EmitInto(ClauseEmitter e, BoundCall call, Place place, bool padded)
    {
        var (offset, size) = ((int, int))call.Data!;
        int capacity = ((StringType)call.Type).Capacity, missing = e.Ir.NewLabel(), made = e.Ir.NewLabel();
        e.Memory.Zero(place, capacity);
        // The kernel makes the path from its end, and leaves parts of it behind the text: what is kept has zeros there.
        var work = e.Memory.AllocateScratch(capacity);
        e.Memory.Zero(work, capacity);
        int path = e.Ir.Copy(TrustedPointer.Emit(e, call.Arguments[0], missing));
        if (offset != 0)
            e.Ir.AluConstant(Opcodes.Add, path, offset);
        int length = e.NoteFailure(e.Ir.Call(Helper.DPath, Argument.Of(path), work, Argument.Constant(size)), "d_path");
        // Of a path that is too long, the end is there (from Linux 5.14 on).
        e.Ir.JumpIfConstant(Opcodes.JumpSignedGreaterOrEqual, length, 0, made);
        e.Ir.JumpIfConstant(Opcodes.JumpNotEqual, length, -NameTooLong, missing);
        e.Ir.Mark(made);
        e.Ir.Call(Helper.ProbeReadKernelString, place, Argument.Constant(capacity), work);
        e.Ir.Mark(missing);
    }
}

/// <summary><c>socket_cookie(sock)</c>.</summary>
internal sealed class SocketCookieFunction : FunctionDefinition
{
    public override string Name => "socket_cookie";
    public override string Signature => "socket_cookie(struct sock *)";
    public override string Summary => "A number that stays a socket's own, in fentry and fexit probes only.";
    public override string Example => "fentry:tcp_rcv_established { @[socket_cookie(args.sk)] = count(); }";
    public override (int Least, int Most) Arity => (1, 1);

    internal override BoundExpression Bind(CallBinding call)
    {
        call.NoteProbe();
        if (call.Probe.Function is null)
            return call.Problem(call.Syntax.Span, $"socket_cookie() is not available in {call.Probe.Name}", "only fentry and fexit probes with a struct sock can have it");
        // The helper came to such programs with 5.12, as the atomics did.
        if (!call.Target.Supports(KernelFeature.FetchAtomics))
            return call.Problem(call.Syntax.Span, "this kernel has no socket_cookie() for such probes (Linux 5.12 has it)", null);
        var value = call.Bind(0);
        if (value.Type is ErrorType)
            return value;
        if (value.Type is not PointerType { Target: StructureType { CName: "struct sock" or "struct sock_common" or "struct tcp_sock" or "struct udp_sock" } })
            return call.Problem(value.Span, $"socket_cookie() takes a struct sock *, not {value.Type.WithArticle}", null);
        return TrustedPointer.IsKnown(value) ? call.Done([value], null, TraceType.UInt64)
            : call.Problem(value.Span, "socket_cookie() takes only what is reached from the probe's own arguments", "socket_cookie(args.sk), not a variable or a map's value");
    }

    internal override int Emit(ClauseEmitter e, BoundCall call)
    {
        int result = e.Ir.Constant(0), missing = e.Ir.NewLabel();
        e.Ir.Move(result, e.Ir.Call(Helper.GetSocketCookie, Argument.Of(TrustedPointer.Emit(e, call.Arguments[0], missing))));
        e.Ir.Mark(missing);
        return result;
    }
}

/// <summary><c>kptr(address)</c> and <c>uptr(address)</c>: whose memory an address is in.</summary>
internal sealed class SpaceFunction(bool isUser) : FunctionDefinition
{
    public override string Name => isUser ? "uptr" : "kptr";
    public override string Signature => $"{Name}(address)";
    public override string Summary => $"An address as one of the {(isUser ? "traced process's" : "kernel's")} memory.";
    public override string Example => isUser ? "rawtracepoint:sys_enter { @[str(uptr(arg1), 8)] = count(); }" : "begin { print(kptr(curtask) == curtask); exit(); }";
    public override (int Least, int Most) Arity => (1, 1);

    internal override BoundExpression Bind(CallBinding call)
    {
        var value = call.Bind(0);
        var space = isUser ? AddressSpace.User : AddressSpace.Kernel;
        return value.Type switch
        {
            ErrorType => value,
            PointerType pointer => new BoundConversion(value, new PointerType(pointer.Target, space), call.Syntax.Span),
            IntegerType { Size: 8 } => new BoundConversion(value, new PointerType(TraceType.Void, space), call.Syntax.Span),
            _ => call.Problem(value.Span, $"{Name}() takes an address, not {value.Type.WithArticle}", null),
        };
    }
}

/// <summary><c>comptime(value)</c>: what must be known while compiling.</summary>
internal sealed class ComptimeFunction : FunctionDefinition
{
    public override string Name => "comptime";
    public override string Signature => "comptime(value)";
    public override string Summary => "A value that is known while the program is compiled; anything else is refused.";
    public override string Example => "begin { print(comptime(sizeof(uint64) * 8)); exit(); }";
    public override (int Least, int Most) Arity => (1, 1);

    internal override BoundExpression Bind(CallBinding call)
    {
        var value = call.Bind(0);
        return value is BoundConstant or BoundString or BoundError ? value : call.Problem(value.Span, "this is only known while tracing", null);
    }
}

/// <summary><c>kfunc_exist("name")</c> and <c>kfunc_allowed("name")</c>: known while compiling.</summary>
internal sealed class KfuncFunction(bool mayCall) : FunctionDefinition
{
    public override string Name => mayCall ? "kfunc_allowed" : "kfunc_exist";
    public override string Signature => $"{Name}(\"function\")";
    public override string Summary => mayCall ? "Whether programs of this probe may call a function of the kernel." : "Whether the kernel has a function, by its type information.";
    public override string Example => $"begin {{ print({Name}(\"bpf_task_from_pid\")); exit(); }}";
    public override (int Least, int Most) Arity => (1, 1);

    internal override BoundExpression Bind(CallBinding call)
    {
        call.NoteProbe();
        if (call.Bind(0) is not BoundString name)
            return call.Problem(call.Syntax.Arguments[0].Span, $"{Name}() takes a name in quotes", null);
        bool exists = call.Target.FindPrototype(System.Text.Encoding.UTF8.GetString(name.Bytes.AsSpan()), null) is not null;
        // The kernel lists them for programs on trampolines.
        return new BoundConstant(exists && (!mayCall || call.Probe.Function is not null) ? 1 : 0, TraceType.Bool, call.Syntax.Span);
    }
}
