using Ctrace.Compiler.Bytecode;
using Ctrace.Compiler.Catalog.Probes;
using Ctrace.Compiler.Lowering;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Targets;

namespace Ctrace.Compiler.Catalog.Builtins;

/// <summary>What the probe itself brings.</summary>
internal static class ProbeBuiltins
{
    /// <summary>MAX_BPF_FUNC_ARGS of the kernel's tracepoints.</summary>
    private const int RawArguments = 12;

    /// <summary>As many as bpftrace has.</summary>
    private const int StackArguments = 10;

    public static IReadOnlyList<BuiltinDefinition> All { get; } =
    [
        new()
        {
            Name = "probe",
            Summary = "The name of the probe that fired.",
            Example = "tracepoint:sched:sched_process_* { @[probe] = count(); }",
            Type = (_, _) => new ProbeNameType(false),
            DependsOnProbe = true,
            IsProbeName = true,
            IsOfProgram = true,
            Emit = (e, b) => e.ProbeName(b.Probe),
        },
        new()
        {
            Name = "func",
            Summary = "The name of the function that was probed.",
            Example = "kprobe:vfs_* { @[func] = count(); }",
            Type = (probe, _) => !probe.IsWithinFunction && (probe.HasRegisters || probe.Function is not null) ? new ProbeNameType(true) : null,
            Available = "in probes of functions: kprobe, fentry, uprobe and their relatives",
            DependsOnProbe = true,
            IsProbeName = true,
            Emit = (e, b) => e.ProbeName(b.Probe),
        },
        new()
        {
            Name = "ctx",
            Summary = "The address of the probe's context, as the kernel passes it.",
            Example = "profile:hz:1 { printf(\"%p\\n\", ctx); }",
            Type = (probe, _) => probe.ContextType ?? new PointerType(TraceType.Void, AddressSpace.Kernel),
            DependsOnProbe = true,
            Emit = (e, _) => e.AddressOfContext(),
        },
        new()
        {
            Name = "retval",
            Summary = "What the function or system call returned.",
            Example = "tracepoint:syscalls:sys_exit_read { @ = hist(retval); }",
            Type = (probe, _) => probe.IsReturn ? probe.Result is VoidType ? null : probe.Result ?? TraceType.UInt64
                : ReturnField(probe) is null ? null : TraceType.Int64,
            Available = "where a probe sees a return: kretprobe, fexit, uretprobe, tracepoint:syscalls:sys_exit_*",
            DependsOnProbe = true,
            IsRegister = true,
            Emit = (e, b) => b.Probe.HasRegisters ? e.Narrow(e.Ir.Load(e.Context, e.Target.Architecture.ReturnValue, 8), b.Type)
                : b.Probe.Function is { } function ? e.Narrow(e.RawArgument(function.ResultWord), b.Type)
                : e.Field(b.Probe, ReturnField(b.Probe)!),
        },
        new()
        {
            Name = "duration",
            Summary = "Nanoseconds from a span's entry to its return.",
            Example = "span:syscall:read { @[comm] = hist(duration); }",
            Type = (probe, _) => probe.Entry is null ? null : TraceType.UInt64,
            Available = "in spans: span:syscall:NAME, span:kernel:FUNCTION, span:user:BINARY:FUNCTION",
            Emit = (e, _) => e.Ir.Copy(e.Duration),
        },
        .. Enumerable.Range(0, RawArguments).Select(index => new BuiltinDefinition
        {
            Name = $"arg{index}",
            Summary = $"Argument {index} of a function or raw tracepoint, as it is passed.",
            Example = index == 0 ? "kprobe:vfs_open { @[arg0] = count(); }" : "rawtracepoint:sys_enter { @[arg1] = count(); }",
            // As in bpftrace, those of static probes count as signed: narrow ones are extended by their own sign.
            Type = (probe, target) => probe.StaticArguments is { } known ? index < known.Count && known[index] is not null ? TraceType.Int64 : null : (probe.HasRegisters ? !probe.IsReturn && index < target.Architecture.FunctionArguments.Count
                : probe.HasRawContext && (probe.RawArguments is null || index < probe.RawArguments.Count)) ? TraceType.UInt64 : null,
            Available = "at the entry of functions (kprobe, uprobe, fentry) and in rawtracepoint probes that have so many arguments; a tracepoint's fields are args.NAME",
            DependsOnProbe = true,
            IsRegister = true,
            Emit = (e, b) => b.Probe.StaticArguments is { } known ? StaticArgument(e, known[index]!) : e.ArgumentWord(b.Probe.WordOf(index), b.Probe.HasRegisters),
        }),
        .. Enumerable.Range(0, StackArguments).Select(index => new BuiltinDefinition
        {
            Name = $"sarg{index}",
            Summary = $"Argument {index} of a function that gets its arguments on the stack, such as one written in old Go.",
            Example = $"uprobe:libc:malloc {{ @[sarg{index}] = count(); }}",
            Type = (probe, _) => probe.HasRegisters && !probe.IsReturn ? TraceType.UInt64 : null,
            Available = "at the entry of functions (kprobe, uprobe)",
            DependsOnProbe = true,
            // On the stack's top is the address to return to.
            Emit = (e, b) => e.ReadAny(e.Ir.Load(e.Context, e.Target.Architecture.StackPointer, 8), (index + 1) * 8, 8, b.Probe.HasUserPointers ? AddressSpace.User : AddressSpace.Kernel),
        }),
    ];

    /// <summary>An argument of a static probe: sign- or zero-extended from its size.</summary>
    private static int StaticArgument(ClauseEmitter e, UsdtArgument argument)
    {
        var type = new IntegerType(argument.Size, argument.Signed);
        switch (argument.Kind)
        {
            case UsdtOperand.Constant:
                // Compilers write unsigned ones as they are in a signed number of the same size.
                int unused = 64 - (argument.Size * 8);
                return e.Ir.Constant(argument.Signed ? argument.Value << unused >> unused : (long)((ulong)argument.Value << unused >> unused));
            case UsdtOperand.Register:
                return e.Narrow(e.Ir.Load(e.Context, argument.Register, 8), type);
            default:
                int address = argument.Register < 0 ? e.Ir.Constant(0) : e.Ir.Load(e.Context, argument.Register, 8);
                if (argument.Index >= 0)
                {
                    int index = e.Ir.Load(e.Context, argument.Index, 8);
                    e.Ir.AluConstant(Opcodes.Multiply, index, argument.Scale);
                    e.Ir.Alu(Opcodes.Add, address, index);
                }

                if (argument.Value != 0)
                    e.Ir.AluConstant(Opcodes.Add, address, argument.Value);
                return e.Extend(e.ReadAny(address, 0, argument.Size, AddressSpace.User), type);
        }
    }

    /// <summary>The field that holds a system call's result.</summary>
    private static Targets.TracepointField? ReturnField(ResolvedProbe probe) =>
        probe.Format is { Category: "syscalls" or "raw_syscalls" } format ? format.Fields.FirstOrDefault(f => f.Name == "ret") : null;
}
