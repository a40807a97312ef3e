using System.Collections.Immutable;
using Ctrace.Compiler.Binding;
using Ctrace.Compiler.Layouts;
using Ctrace.Compiler.Lowering;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Syntax;

namespace Ctrace.Compiler.Catalog.Builtins;

/// <summary><c>debugf(format, value, …)</c>.</summary>
internal sealed class DebugfFunction : FunctionDefinition
{
    /// <summary>A helper has five registers, and the format takes two.</summary>
    private const int MostValues = 3;

    public override string Name => "debugf";
    public override string Signature => "debugf(format, value, …)";
    public override string Summary => "Writes a line to the kernel's trace pipe (/sys/kernel/tracing/trace_pipe), with at most 3 values: for looking for mistakes.";
    public override string Example => "tracepoint:syscalls:sys_enter_read { debugf(\"%s reads %d\", comm, args.count); }";
    public override (int Least, int Most) Arity => (1, 64);

    /// <inheritdoc/>
    internal override bool HasEffect => true;

    internal override BoundExpression Bind(CallBinding call)
    {
        var arguments = call.BindAll(1);
        if (call.Syntax.Arguments[0] is not StringSyntax format)
            return call.Problem(call.Syntax.Arguments[0].Span, "the format must be a string literal", "debugf(\"%d\", value)");
        if (arguments.Any(a => a.Type is ErrorType) || FormatParser.Parse(format, arguments, call) is not { } pieces)
            return call.Failed;
        var bound = call.Done(arguments, pieces, TraceType.None);
        if (bound is BoundCall complete && !KernelFormat.Check(complete, MostValues, call.Diagnostics))
            return call.Failed;
        call.Diagnostics.Warn("CT2039", call.Syntax.Span, "debugf() writes to a place that all tracers of the machine share", "printf() is for results");
        return bound;
    }

    internal override int Emit(ClauseEmitter emitter, BoundCall call)
    {
        emitter.Program.WritesTracePipe = true;
        SequenceEmitter.Debugf(emitter, (ImmutableArray<FormatPiece>)call.Data!, call.Arguments);
        return 0;
    }
}
