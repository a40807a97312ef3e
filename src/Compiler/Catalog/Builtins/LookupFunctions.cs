using Ctrace.Compiler.Binding;
using Ctrace.Compiler.Lowering;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Syntax;

namespace Ctrace.Compiler.Catalog.Builtins;

/// <summary>A function of a number that user space shows by a name: the program only hands the number on.</summary>
internal sealed class LookupFunction(string name, string parameter, string summary, string example, LookupType type) : FunctionDefinition
{
    public override string Name => name;
    public override string Signature => $"{name}({parameter})";
    public override string Summary => summary;
    public override string Example => example;
    public override (int Least, int Most) Arity => (1, 1);

    /// <summary>All of them.</summary>
    public static IEnumerable<FunctionDefinition> All { get; } =
    [
        new LookupFunction("strerror", "error", "An error number's description.",
            "tracepoint:syscalls:sys_exit_openat /retval < 0/ { @[strerror(-retval)] = count(); }", new(LookupKind.Error, 4)),
        new LookupFunction("signal_name", "signal", "A signal's description.",
            "tracepoint:signal:signal_generate { @[signal_name(args.sig)] = count(); }", new(LookupKind.Signal, 4)),
        new LookupFunction("syscall_name", "number", "A system call's name.",
            "tracepoint:raw_syscalls:sys_enter { @[syscall_name(args.id)] = count(); }", new(LookupKind.Syscall, 4)),
        new LookupFunction("ksym", "address", "The kernel's function at an address.",
            "tracepoint:timer:timer_start { @[ksym(args.function)] = count(); }", new(LookupKind.KernelSymbol, 8)),
    ];

    /// <summary>The builtin value with a process.</summary>
    public static FunctionDefinition Comm { get; } = new LookupFunction("comm", "pid", "A process's name, as it is when it is shown; N/A for one that has ended.",
        "tracepoint:signal:signal_generate { printf(\"to %s\\n\", comm(args.pid)); }", new(LookupKind.Process, 4));

    internal override BoundExpression Bind(CallBinding call)
    {
        var value = call.Bind(0);
        return value.Type switch
        {
            ErrorType => value,
            IntegerType or PointerType => call.Done([value], null, type),
            _ => call.Problem(value.Span, $"{name}() takes {(type.Size == 8 ? "an address" : "a number")}, not {value.Type.WithArticle}", null),
        };
    }

    internal override int Emit(ClauseEmitter e, BoundCall call) => e.Scalar(call.Arguments[0]);
}

/// <summary><c>cgroup_path(id[, filter])</c>.</summary>
internal sealed class CgroupPathFunction : FunctionDefinition
{
    public override string Name => "cgroup_path";
    public override string Signature => "cgroup_path(id[, hierarchies])";
    public override string Summary => "A cgroup's path, in the hierarchies where it is found.";
    public override string Example => "tracepoint:syscalls:sys_enter_openat { @[cgroup_path(cgroup)] = count(); }";
    public override (int Least, int Most) Arity => (1, 2);

    internal override BoundExpression Bind(CallBinding call)
    {
        if (call.Syntax.Arguments is [_, not StringSyntax])
            return call.Problem(call.Syntax.Arguments[1].Span, "which hierarchies to look at is written out", "cgroup_path(cgroup, \"unified\")");
        var value = call.Bind(0);
        return value.Type switch
        {
            ErrorType => value,
            // The unified one is all there is here.
            IntegerType when call.Syntax.Arguments is [_, StringSyntax { Value.Length: > 0 } filter] && !Probes.Glob.Matches(filter.Value, "unified") => new BoundString([], call.Syntax.Span),
            IntegerType => call.Done([value], null, new LookupType(LookupKind.CgroupPath, 8)),
            _ => call.Problem(value.Span, $"cgroup_path() takes a cgroup's number, not {value.Type.WithArticle}", "cgroup_path(cgroup)"),
        };
    }

    internal override int Emit(ClauseEmitter e, BoundCall call) => e.Scalar(call.Arguments[0]);
}

/// <summary><c>usym(address)</c>: keeps the process with the address.</summary>
internal sealed class UsymFunction : FunctionDefinition
{
    public override string Name => "usym";
    public override string Signature => "usym(address)";
    public override string Summary => "The function at an address of the running process.";
    public override string Example => "tracepoint:syscalls:sys_enter_rt_sigaction { @[usym(args.act)] = count(); }";
    public override (int Least, int Most) Arity => (1, 1);

    /// <inheritdoc/>
    internal override bool IsOfThread => true;

    internal override BoundExpression Bind(CallBinding call)
    {
        var value = call.Bind(0);
        return value.Type switch
        {
            ErrorType => value,
            IntegerType or PointerType => call.Done([value], null, new UserSymbolType()),
            _ => call.Problem(value.Span, $"usym() takes an address, not {value.Type.WithArticle}", null),
        };
    }

    internal override void EmitInto(ClauseEmitter e, BoundCall call, Place place, bool padded)
    {
        e.Program.SeesUserCode = true;
        int address = e.Scalar(call.Arguments[0]);
        int process = e.Ir.Call(Helper.GetCurrentPidTgid);
        e.Ir.AluConstant(Bytecode.Opcodes.ShiftRight, process, 32);
        e.Ir.Store(place.Base, place.Offset, address, 8);
        e.Ir.Store(place.Base, place.Offset + 8, process, 8);
    }
}

/// <summary><c>kaddr("symbol")</c>: looked up while compiling.</summary>
internal sealed class KaddrFunction : FunctionDefinition
{
    public override string Name => "kaddr";
    public override string Signature => "kaddr(\"symbol\")";
    public override string Summary => "The address of a kernel symbol.";
    public override string Example => "begin { printf(\"%p\\n\", kaddr(\"do_nanosleep\")); exit(); }";
    public override (int Least, int Most) Arity => (1, 1);

    internal override BoundExpression Bind(CallBinding call) => Find(call) is { } address
        ? new BoundConstant((long)address, TraceType.UInt64, call.Syntax.Span)
        : call.Failed;

    /// <summary>The symbol that the first argument names; null after a diagnostic.</summary>
    internal static ulong? Find(CallBinding call)
    {
        if (call.Syntax.Arguments[0] is not StringSyntax symbol)
            call.Problem(call.Syntax.Arguments[0].Span, "the symbol must be a string literal", "kaddr(\"do_nanosleep\")");
        else if (call.Target.FindKernelSymbol(symbol.Value) is { } address)
            return address;
        else
            call.Problem(symbol.Span, $"the kernel has no symbol '{symbol.Value}'", "look for it in /proc/kallsyms");
        return null;
    }
}

/// <summary><c>percpu_kaddr("symbol"[, cpu])</c>: the symbol's place in a CPU's own area.</summary>
internal sealed class PercpuKaddrFunction : FunctionDefinition
{
    public override string Name => "percpu_kaddr";
    public override string Signature => "percpu_kaddr(\"symbol\"[, cpu])";
    public override string Summary => "The address of a CPU's own copy of a kernel symbol; 0 for a CPU that is not there.";
    public override string Example => "begin { printf(\"%p\\n\", percpu_kaddr(\"softnet_data\", 0)); exit(); }";
    public override (int Least, int Most) Arity => (1, 2);

    internal override BoundExpression Bind(CallBinding call)
    {
        var arguments = call.BindAll(1);
        if (arguments.Any(a => a.Type is ErrorType))
            return call.Failed;
        if (arguments.FirstOrDefault(a => a.Type is not IntegerType) is { } other)
            return call.Problem(other.Span, $"a CPU is an integer, not {other.Type.WithArticle}", null);
        if (KaddrFunction.Find(call) is not { } symbol)
            return call.Failed;
        return call.Target.FindKernelSymbol("__per_cpu_offset") is { } offsets
            ? call.Done(arguments, (symbol, offsets), TraceType.UInt64)
            : call.Problem(call.Syntax.Span, "this kernel has no __per_cpu_offset", null);
    }

    internal override int Emit(ClauseEmitter e, BoundCall call)
    {
        var (symbol, offsets) = ((ulong, ulong))call.Data!;
        int cpu = call.Arguments.IsEmpty ? e.Ir.Call(Helper.GetSmpProcessorId) : e.Ir.Copy(e.Scalar(call.Arguments[0]));
        int result = e.Ir.Constant(0), done = e.Ir.NewLabel();
        e.Ir.JumpIfConstant(Bytecode.Opcodes.JumpGreaterOrEqual, cpu, e.Target.PossibleCpus, done);
        e.Ir.AluConstant(Bytecode.Opcodes.ShiftLeft, cpu, 3);
        e.Ir.Alu(Bytecode.Opcodes.Add, cpu, e.Ir.Constant((long)offsets));
        int value = e.ReadKernel(cpu, 0, 8);
        e.Ir.Alu(Bytecode.Opcodes.Add, value, e.Ir.Constant((long)symbol));
        e.Ir.Move(result, value);
        e.Ir.Mark(done);
        return result;
    }
}

/// <summary><c>cgroupid("path")</c>: looked up while compiling.</summary>
internal sealed class CgroupidFunction : FunctionDefinition
{
    public override string Name => "cgroupid";
    public override string Signature => "cgroupid(\"path\")";
    public override string Summary => "The number of the cgroup at a path.";
    public override string Example => "tracepoint:syscalls:sys_enter_openat /cgroup == cgroupid(\"/sys/fs/cgroup\")/ { @[comm] = count(); }";
    public override (int Least, int Most) Arity => (1, 1);

    internal override BoundExpression Bind(CallBinding call)
    {
        if (call.Syntax.Arguments[0] is not StringSyntax path)
            return call.Problem(call.Syntax.Arguments[0].Span, "the path must be a string literal", "cgroupid(\"/sys/fs/cgroup\")");
        return call.Target.FindCgroup(path.Value) is { } id
            ? new BoundConstant((long)id, TraceType.UInt64, call.Syntax.Span)
            : call.Problem(path.Span, $"there is no cgroup '{path.Value}'", "cgroups are folders below /sys/fs/cgroup");
    }
}
