using System.Collections.Immutable;
using Ctrace.Compiler.Binding;
using Ctrace.Compiler.Layouts;
using Ctrace.Compiler.Lowering;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Syntax;

namespace Ctrace.Compiler.Catalog.Builtins;

/// <summary>A function that makes a text in user space as <c>printf</c> does, and uses it for something.</summary>
internal sealed class FormattedFunction(FormatUse use, string name, string summary, string example) : FunctionDefinition
{
    public override string Name => name;
    public override string Signature => $"{name}(format, value, …)";
    public override string Summary => summary;
    public override string Example => example;
    public override (int Least, int Most) Arity => (1, 64);

    /// <summary>All of them.</summary>
    public static IEnumerable<FunctionDefinition> All { get; } =
    [
        new FormattedFunction(FormatUse.Error, "errorf", "Prints an error with its place in the program.",
            "tracepoint:syscalls:sys_exit_read /retval < 0/ { errorf(\"read failed: %d\", retval); }"),
        new FormattedFunction(FormatUse.Warning, "warnf", "Prints a warning with its place in the program.",
            "tracepoint:syscalls:sys_exit_read /retval == 0/ { warnf(\"%s is at the end\", comm); }"),
        new FormattedFunction(FormatUse.File, "cat", "Prints a file, as it is when the event is shown.",
            "tracepoint:syscalls:sys_enter_execve { cat(\"/proc/%d/comm\", pid); }"),
        new FormattedFunction(FormatUse.Command, "system", "Runs a shell command and prints what it says; needs --unsafe.",
            "interval:s:5 { system(\"date\"); }"),
    ];

    internal override BoundExpression Bind(CallBinding call)
    {
        var arguments = call.BindAll(1);
        if (use == FormatUse.Command && !call.Options.Unsafe)
            return call.Unsafe();
        if (call.Syntax.Arguments[0] is not StringSyntax format)
            return call.Problem(call.Syntax.Arguments[0].Span, "the format must be a string literal", $"{name}(\"%d\", value)");
        if (arguments.Any(a => a.Type is ErrorType))
            return call.Failed;
        var pieces = FormatParser.Parse(format, arguments, call);
        return pieces is null ? call.Failed : call.Done(arguments, pieces, TraceType.None);
    }

    internal override bool SendsEvents(BoundCall call) => true;

    internal override int Emit(ClauseEmitter emitter, BoundCall call)
    {
        var pieces = (ImmutableArray<FormatPiece>)call.Data!;
        emitter.Events.Emit(fields => new FormattedEvent(use, pieces, call.Span, fields), call.Arguments);
        return 0;
    }
}

/// <summary><c>assert(condition[, message])</c>.</summary>
internal sealed class AssertFunction : FunctionDefinition
{
    public override string Name => "assert";
    public override string Signature => "assert(condition[, message])";
    public override string Summary => "Ends tracing with an error unless a condition holds.";
    public override string Example => "tracepoint:syscalls:sys_exit_read { assert(retval < 1 << 40, \"too long\"); }";
    public override (int Least, int Most) Arity => (1, 2);

    internal override BoundExpression Bind(CallBinding call)
    {
        var condition = call.Bind(0);
        if (condition.Type is ErrorType)
            return call.Failed;
        if (!condition.Type.IsScalar)
            return call.Problem(condition.Span, $"a condition is a number or a comparison, not {condition.Type.WithArticle}", null);
        if (call.Syntax.Arguments.Length == 2 && call.Syntax.Arguments[1] is not StringSyntax)
            return call.Problem(call.Syntax.Arguments[1].Span, "the message must be a string literal", "assert(retval >= 0, \"it failed\")");
        string text = call.Syntax.Arguments is [_, StringSyntax message] ? "assert failed: " + message.Value : "assert failed";
        return call.Done([condition], text, TraceType.None);
    }

    internal override bool SendsEvents(BoundCall call) => true;

    internal override int Emit(ClauseEmitter e, BoundCall call)
    {
        int holds = e.Ir.NewLabel();
        var known = e.Memory.SaveKnown();
        e.Conditions.JumpIf(call.Arguments[0], holds);
        ImmutableArray<FormatPiece> text = [new FormatText([.. Lexemes.ToBytes((string)call.Data!)])];
        e.Events.Emit(fields => new FormattedEvent(FormatUse.Error, text, call.Span, fields), []);
        e.Events.EmitExit(new BoundConstant(1, TraceType.Int64, call.Span));
        e.Return();
        e.Ir.Mark(holds);
        e.Memory.RestoreKnown(known);
        return 0;
    }
}

/// <summary><c>join(strings[, separator])</c>: an array of texts such as a program's arguments.</summary>
internal sealed class JoinFunction : FunctionDefinition
{
    /// <summary>As in bpftrace.</summary>
    private const int MostTexts = 16, TextSize = 1024;

    public override string Name => "join";
    public override string Signature => "join(strings[, separator])";
    public override string Summary => "Prints an array of texts that ends with a null pointer, such as argv: at most 16 of 1024 bytes.";
    public override string Example => "tracepoint:syscalls:sys_enter_execve { join(args.argv); }";
    public override (int Least, int Most) Arity => (1, 2);

    internal override BoundExpression Bind(CallBinding call)
    {
        var array = call.Bind(0);
        if (array.Type is ErrorType)
            return call.Failed;
        if (array.Type is not (PointerType or IntegerType { Size: 8 }))
            return call.Problem(array.Span, $"join() takes the address of an array of texts, not {array.Type.WithArticle}", "join(args.argv)");
        if (call.Syntax.Arguments.Length == 2 && call.Syntax.Arguments[1] is not StringSyntax)
            return call.Problem(call.Syntax.Arguments[1].Span, "the separator must be a string literal", "join(args.argv, \",\")");
        return call.Done([array], call.Syntax.Arguments is [_, StringSyntax text] ? text.Value : " ", TraceType.None);
    }

    internal override bool SendsEvents(BoundCall call) => true;

    internal override int Emit(ClauseEmitter e, BoundCall call)
    {
        e.Events.EmitTexts((string)call.Data!, MostTexts, TextSize, e.Scalar(call.Arguments[0]), (call.Arguments[0].Type as PointerType)?.IsUser ?? true);
        return 0;
    }
}
