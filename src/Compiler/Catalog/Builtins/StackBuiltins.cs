using System.Collections.Immutable;
using Ctrace.Compiler.Binding;
using Ctrace.Compiler.Bytecode;
using Ctrace.Compiler.Lowering;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Syntax;
using Ctrace.Compiler.Targets;

namespace Ctrace.Compiler.Catalog.Builtins;

/// <summary>Whose stack it is, and how its callers are found.</summary>
internal enum StackSource
{
    Kernel,
    User,

    /// <summary>The process's, by what its binaries say of their code.</summary>
    Unwound,
}

/// <summary><c>kstack</c>, <c>ustack</c> and <c>dw_ustack</c>, with or without a mode and a depth.</summary>
internal sealed class StackFunction(StackSource source) : FunctionDefinition
{
    /// <summary>BPF_F_USER_STACK of include/uapi/linux/bpf.h.</summary>
    private const int UserStack = 1 << 8;

    /// <summary>Marks a call that asks for no function at all.</summary>
    private static readonly object IsEmpty = new();

    public static readonly IReadOnlyDictionary<string, StackMode> Modes = new Dictionary<string, StackMode>
    {
        ["bpftrace"] = StackMode.Symbols, ["perf"] = StackMode.Perf, ["raw"] = StackMode.Raw, ["build_id"] = StackMode.BuildId,
    };

    public override string Name => NameOf(source);
    public override string Signature => $"{Name}([mode, ][depth])";
    public override string Summary => $"{SummaryOf(source)}; mode is bpftrace, perf{(source == StackSource.Kernel ? " or raw" : ", raw or build_id")}.";
    public override string Example => source == StackSource.Kernel ? "tracepoint:sched:sched_switch { @[kstack(3)] = count(); }" : $"profile:hz:99 {{ @[{Name}(5)] = count(); }}";
    public override (int Least, int Most) Arity => (0, 2);

    /// <inheritdoc/>
    internal override bool IsOfThread => source != StackSource.User;

    /// <summary>The values of the same names.</summary>
    public static BuiltinDefinition Value(StackSource source)
    {
        var type = new StackType(source != StackSource.Kernel, StackMode.Symbols, StackType.Deepest);
        return new BuiltinDefinition
        {
            Name = NameOf(source),
            Summary = SummaryOf(source) + ".",
            Example = $"profile:hz:99 {{ @[{NameOf(source)}] = count(); }}",
            Type = (_, _) => type,
            Missing = (options, target) => Missing(source, options, target),
            EmitInto = (e, b, place) => Emit(e, source, (StackType)b.Type, place),
        };
    }

    private static string NameOf(StackSource source) => source switch { StackSource.Kernel => "kstack", StackSource.User => "ustack", _ => "dw_ustack" };

    private static string SummaryOf(StackSource source) => source switch
    {
        StackSource.Kernel => "The functions of the kernel that led here",
        StackSource.User => "The functions of the process that led here",
        _ => "The same for programs without frame pointers (x86-64), of the processes of -p, -c and --dwarf-pid",
    };

    /// <summary>What a stack can't be had without; null where all is there.</summary>
    private static (string Message, string Hint)? Missing(StackSource source, CompilationOptions options, ITarget target) => source switch
    {
        StackSource.Unwound when target.Architecture != X64.Architecture => ("dw_ustack is there for x86-64 only", "ustack follows frame pointers, which programs for this CPU mostly have"),
        StackSource.Unwound when !options.Unwinds => ("dw_ustack needs to know the processes beforehand", "name them with -p PID, -c COMMAND or --dwarf-pid PID"),
        _ => null,
    };

    internal override BoundExpression Bind(CallBinding call)
    {
        if (Missing(source, call.Options, call.Target) is var (message, hint))
            return call.Problem(call.Syntax.Span, message, hint);
        var mode = call.Options.StackMode;
        int depth = StackType.Deepest, next = 0;
        if (call.Syntax.Arguments is [NameSyntax name, ..])
        {
            if (!Modes.TryGetValue(name.Name, out mode))
                return call.Problem(name.Span, $"there is no mode '{name.Name}' for stacks", $"modes are {string.Join(", ", Modes.Keys)}");
            if (mode == StackMode.BuildId && source == StackSource.Kernel)
                return call.Problem(name.Span, "the kernel's functions have no build ids", "build_id is for ustack");
            next = 1;
        }

        if (next < call.Syntax.Arguments.Length)
        {
            if (call.Constant(next, 0, int.MaxValue, "the depth of a stack") is not { } wanted)
                return call.Failed;
            depth = (int)Math.Min(wanted, StackType.Deepest);
            if (++next < call.Syntax.Arguments.Length)
                return call.Problem(call.Syntax.Arguments[next].Span, "the mode comes before the depth", Signature);
        }

        // Of depth 0, as bpftrace has it: one that is empty.
        if (depth == 0)
            return call.Done([], IsEmpty, new StackType(source != StackSource.Kernel, mode, 1));
        var type = new StackType(source != StackSource.Kernel, mode, depth);
        return call.InRecord(type) ?? call.Done(ImmutableArray<BoundExpression>.Empty, null, type);
    }

    internal override void EmitInto(ClauseEmitter e, BoundCall call, Place place, bool padded)
    {
        if (call.Data == IsEmpty)
            e.Memory.Zero(place, call.Type.Size);
        else
            Emit(e, source, (StackType)call.Type, place);
    }

    private static void Emit(ClauseEmitter e, StackSource source, StackType type, Place place)
    {
        if (source == StackSource.Kernel)
        {
            EmitHelper(e, type, place);
            return;
        }

        e.Program.SeesUserCode = true;
        int process = e.Ir.Call(Helper.GetCurrentPidTgid);
        e.Ir.AluConstant(Opcodes.ShiftRight, process, 32);
        e.Ir.Store(place.Base, place.Offset, process, 8);
        place = place.At(8);
        if (source == StackSource.Unwound)
            UnwindEmitter.Emit(e, process, type, place, () => EmitHelper(e, type, place));
        else
            EmitHelper(e, type, place);
    }

    /// <summary>The helper writes zeros behind the last address, also when it fails.</summary>
    private static void EmitHelper(ClauseEmitter e, StackType type, Place place)
    {
        // Older kernels say of this helper in raw tracepoints (bpf_get_stack_proto_raw_tp) that it reads what it writes to.
        if (place.Base == IrBuilder.Frame)
            e.Memory.Zero(place, type.Depth * 8);
        e.Ir.Call(Helper.GetStack, Argument.Of(e.Context), Argument.Address(place.Base, place.Offset), Argument.Constant(type.Depth * 8), Argument.Constant(type.IsUser ? UserStack : 0));
        if (type.IsUser && type.Depth > 1 && e.Probe.IsFunctionEntry && e.Target.Architecture == X64.Architecture)
            AddCaller(e, type, place);
    }

    /// <summary>
    /// The kernel follows frame pointers. At a function's first instruction there is no frame yet, and the function that called would be missing:
    /// newer kernels (6.12) look whether the instruction makes one, but functions of libraries mostly do without. Its address is on the stack's top.
    /// </summary>
    private static void AddCaller(ClauseEmitter e, StackType type, Place place)
    {
        const int lowestCode = 4096;
        int end = e.Ir.NewLabel();
        int caller = e.ReadAny(e.Ir.Load(e.Context, e.Target.Architecture.StackPointer, 8), 0, 8, AddressSpace.User);
        e.Ir.JumpIfConstant(Opcodes.JumpLess, caller, lowestCode, end);
        e.Ir.JumpIfConstant(Opcodes.JumpEqual, e.Ir.Load(place.Base, place.Offset, 8), 0, end);
        e.Ir.JumpIf(Opcodes.JumpEqual, e.Ir.Load(place.Base, place.Offset + 8, 8), caller, end);
        e.Ir.Call(Helper.GetStack, Argument.Of(e.Context), Argument.Address(place.Base, place.Offset + 8), Argument.Constant((type.Depth - 1) * 8), Argument.Constant(UserStack));
        e.Ir.Store(place.Base, place.Offset + 8, caller, 8);
        e.Ir.Mark(end);
    }
}
