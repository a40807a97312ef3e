using Ctrace.Compiler.Binding;
using Ctrace.Compiler.Bytecode;
using Ctrace.Compiler.Lowering;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Syntax;
using Ctrace.Compiler.Targets;

namespace Ctrace.Compiler.Catalog.Builtins;

/// <summary><c>signal(number or name)</c> and <c>signal_thread</c>: sent to whoever runs.</summary>
internal sealed class SignalFunction(string name, bool thread) : FunctionDefinition
{
    /// <summary>Signals 1 to 31, from include/uapi/asm-generic/signal.h; the same on x86-64 and arm64.</summary>
    private static readonly string[] Names =
    [
        "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM", "STKFLT",
        "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
    ];

    private const int Largest = 64;

    public override string Name => name;
    public override string Signature => $"{name}(number or name)";
    public override string Summary => $"Sends a signal to the running {(thread ? "thread" : "process")}; needs --unsafe.";
    public override string Example => $"tracepoint:syscalls:sys_enter_execve /comm == \"runaway\"/ {{ {name}(\"SIGKILL\"); }}";
    public override (int Least, int Most) Arity => (1, 1);

    /// <inheritdoc/>
    internal override bool HasEffect => true;

    /// <inheritdoc/>
    internal override bool IsOfThread => true;

    internal override BoundExpression Bind(CallBinding call)
    {
        call.NoteProbe();
        if (!call.Options.Unsafe)
            return call.Unsafe();
        if (!call.Probe.Kind.HasProcess || call.Probe.Plan is OncePlan or IntervalPlan)
            return call.Problem(call.Syntax.Span, $"{name}() is for whoever runs when a probe fires; in {call.Probe.Name} that is ctrace itself", null);
        if (call.Syntax.Arguments[0] is StringSyntax text)
        {
            string plain = text.Value.StartsWith("SIG", StringComparison.Ordinal) ? text.Value[3..] : text.Value;
            int index = Array.IndexOf(Names, plain);
            return index >= 0
                ? call.Done([new BoundConstant(index + 1, TraceType.Int64, text.Span)], null, TraceType.None)
                : call.Problem(text.Span, $"there is no signal '{text.Value}'", "as in signal(\"SIGTERM\")");
        }

        var number = call.Bind(0);
        return number switch
        {
            { Type: ErrorType } => number,
            BoundConstant { Value: < 1 or > Largest } => call.Problem(number.Span, $"signals are 1 to {Largest}", null),
            { Type: IntegerType } => call.Done([number], null, TraceType.None),
            _ => call.Problem(number.Span, $"a signal is a number or a name, not {number.Type.WithArticle}", "signal(\"SIGTERM\")"),
        };
    }

    internal override int Emit(ClauseEmitter e, BoundCall call)
    {
        e.Ir.Call(thread ? Helper.SendSignalThread : Helper.SendSignal, Argument.Of(e.Scalar(call.Arguments[0])));
        return 0;
    }
}

/// <summary><c>override(value)</c>: what a function returns instead of running.</summary>
internal sealed class OverrideFunction : FunctionDefinition
{
    public override string Name => "override";
    public override string Signature => "override(value)";
    public override string Summary => "Makes a kernel function return a value at once, where the kernel allows it; needs --unsafe.";
    public override string Example => "kprobe:should_failslab { override(-12); }";
    public override (int Least, int Most) Arity => (1, 1);

    internal override BoundExpression Bind(CallBinding call)
    {
        call.NoteProbe();
        if (!call.Options.Unsafe)
            return call.Unsafe();
        var value = call.Bind(0);
        if (value.Type is ErrorType)
            return value;
        if (!call.Probe.Kind.Names.Contains("kprobe"))
            return call.Problem(call.Syntax.Span, $"override() is not available in {call.Probe.Name}", "kprobe probes of functions that allow error injection have it");
        if (!call.Target.Supports(KernelFeature.Overrides))
            return call.Problem(call.Syntax.Span, "this kernel has no override()", "it was built without CONFIG_BPF_KPROBE_OVERRIDE");
        return value.Type is IntegerType
            ? call.Done([value], null, TraceType.None)
            : call.Problem(value.Span, $"override() takes an integer, not {value.Type.WithArticle}", null);
    }

    internal override int Emit(ClauseEmitter e, BoundCall call)
    {
        e.Ir.Call(Helper.OverrideReturn, Argument.Of(e.Context), Argument.Of(e.Scalar(call.Arguments[0])));
        return 0;
    }
}
