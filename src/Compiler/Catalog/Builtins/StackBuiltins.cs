using System.Collections.Immutable;
using Ctrace.Compiler.Binding;
using Ctrace.Compiler.Bytecode;
using Ctrace.Compiler.Lowering;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Syntax;
using Ctrace.Compiler.Targets;

namespace Ctrace.Compiler.Catalog.Builtins;

/// <summary><c>kstack</c> and <c>ustack</c>, with or without a mode and a depth.</summary>
internal sealed class StackFunction(bool isUser) : FunctionDefinition
{
    /// <summary>BPF_F_USER_STACK of include/uapi/linux/bpf.h.</summary>
    private const int UserStack = 1 << 8;

    public static readonly IReadOnlyDictionary<string, StackMode> Modes = new Dictionary<string, StackMode>
    {
        ["bpftrace"] = StackMode.Symbols, ["perf"] = StackMode.Perf, ["raw"] = StackMode.Raw,
    };

    public override string Name => isUser ? "ustack" : "kstack";
    public override string Signature => $"{Name}([mode, ][depth])";
    public override string Summary => isUser ? "The functions of the process that led here; mode is bpftrace, perf or raw." : "The functions of the kernel that led here; mode is bpftrace, perf or raw.";
    public override string Example => isUser ? "profile:hz:99 { @[ustack(5)] = count(); }" : "tracepoint:sched:sched_switch { @[kstack(3)] = count(); }";
    public override (int Least, int Most) Arity => (0, 2);

    /// <summary>The values of the same names.</summary>
    public static BuiltinDefinition Value(bool isUser)
    {
        var type = new StackType(isUser, StackMode.Symbols, StackType.Deepest);
        return new BuiltinDefinition
        {
            Name = isUser ? "ustack" : "kstack",
            Summary = isUser ? "The functions of the process that led here." : "The functions of the kernel that led here.",
            Example = isUser ? "profile:hz:99 { @[ustack] = count(); }" : "profile:hz:99 { @[kstack] = count(); }",
            Type = (_, _) => type,
            EmitInto = (e, b, place) => Emit(e, (StackType)b.Type, place),
        };
    }

    internal override BoundExpression Bind(CallBinding call)
    {
        var mode = call.Options.StackMode;
        int depth = StackType.Deepest, next = 0;
        if (call.Syntax.Arguments is [NameSyntax name, ..])
        {
            if (!Modes.TryGetValue(name.Name, out mode))
                return call.Problem(name.Span, $"there is no mode '{name.Name}' for stacks", $"modes are {string.Join(", ", Modes.Keys)}");
            next = 1;
        }

        if (next < call.Syntax.Arguments.Length)
        {
            if (call.Constant(next, 1, int.MaxValue, "the depth of a stack") is not { } wanted)
                return call.Failed;
            depth = (int)Math.Min(wanted, StackType.Deepest);
            if (++next < call.Syntax.Arguments.Length)
                return call.Problem(call.Syntax.Arguments[next].Span, "the mode comes before the depth", Signature);
        }

        return call.Done(ImmutableArray<BoundExpression>.Empty, null, new StackType(isUser, mode, depth));
    }

    internal override void EmitInto(ClauseEmitter e, BoundCall call, Place place, bool padded) => Emit(e, (StackType)call.Type, place);

    /// <summary>The helper writes zeros behind the last address, also when it fails.</summary>
    private static void Emit(ClauseEmitter e, StackType type, Place place)
    {
        if (type.IsUser)
        {
            e.Program.SeesUserCode = true;
            int process = e.Ir.Call(Helper.GetCurrentPidTgid);
            e.Ir.AluConstant(Opcodes.ShiftRight, process, 32);
            e.Ir.Store(place.Base, place.Offset, process, 8);
            place = place.At(8);
        }

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
