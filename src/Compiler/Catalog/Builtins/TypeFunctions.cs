using System.Text;
using Ctrace.Compiler.Binding;
using Ctrace.Compiler.Bytecode;
using Ctrace.Compiler.Lowering;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Syntax;

namespace Ctrace.Compiler.Catalog.Builtins;

/// <summary>A question about a value's type, answered while compiling.</summary>
internal sealed class TypeFunction(string name, string what, Func<BoundExpression, bool> holds) : FunctionDefinition
{
    public override string Name => name;
    public override string Signature => $"{name}(value)";
    public override string Summary => $"Whether a value is {what}.";
    public override string Example => $"begin {{ print({name}(comm)); exit(); }}";
    public override (int Least, int Most) Arity => (1, 1);

    /// <summary>All of them.</summary>
    public static IEnumerable<FunctionDefinition> All { get; } =
    [
        new TypeFunction("is_ptr", "an address with a type", v => v.Type is PointerType),
        new TypeFunction("is_str", "text", v => v.Type is StringType),
        new TypeFunction("is_array", "an array", v => v.Type is BytesType || v.Type.Name.EndsWith(']') && v.Type is not (StringType or BufferType)),
        new TypeFunction("is_integer", "an integer", v => v.Type is IntegerType),
        new TypeFunction("is_unsigned_integer", "an integer without a sign", v => v.Type is IntegerType { Signed: false }),
        new TypeFunction("is_literal", "written out in the program", v => v is BoundConstant or BoundString),
    ];

    internal override BoundExpression Bind(CallBinding call)
    {
        var value = call.Bind(0);
        return value.Type is ErrorType ? value : new BoundConstant(holds(value) ? 1 : 0, TraceType.Bool, call.Syntax.Span);
    }
}

/// <summary><c>is_err(pointer)</c>: the kernel gives errors as addresses in the last page.</summary>
internal sealed class IsErrFunction : FunctionDefinition
{
    /// <summary>MAX_ERRNO, from include/linux/err.h.</summary>
    private const long LowestError = -4095;

    public override string Name => "is_err";
    public override string Signature => "is_err(pointer)";
    public override string Summary => "Whether an address is one of the kernel's error codes.";
    public override string Example => "rawtracepoint:sys_exit { @[is_err(arg0)] = count(); }";
    public override (int Least, int Most) Arity => (1, 1);

    internal override BoundExpression Bind(CallBinding call)
    {
        var value = call.Bind(0);
        return value.Type switch
        {
            ErrorType => value,
            PointerType or IntegerType { Size: 8 } => call.Done([value], null, TraceType.Bool),
            _ => call.Problem(value.Span, $"is_err() takes an address, not {value.Type.WithArticle}", null),
        };
    }

    internal override int Emit(ClauseEmitter e, BoundCall call)
    {
        int value = e.Scalar(call.Arguments[0]), result = e.Ir.Constant(0), done = e.Ir.NewLabel();
        e.Ir.JumpIfConstant(Opcodes.JumpLess, value, LowestError, done);
        e.Ir.SetConstant(result, 1);
        e.Ir.Mark(done);
        return result;
    }
}

/// <summary><c>assert_str(value)</c>: refuses what is no text, for macros.</summary>
internal sealed class AssertStrFunction : FunctionDefinition
{
    public override string Name => "assert_str";
    public override string Signature => "assert_str(value)";
    public override string Summary => "Refuses the program unless a value is text, or an array of or a pointer to characters.";
    public override string Example => "begin { assert_str(comm); exit(); }";
    public override (int Least, int Most) Arity => (1, 1);

    internal override BoundExpression Bind(CallBinding call)
    {
        var value = call.Bind(0);
        return value.Type switch
        {
            ErrorType => value,
            StringType or ArrayType { Element: IntegerType { Size: 1, Signed: true } } or PointerType { Target: IntegerType { Size: 1, Signed: true } } => call.Done([], null, TraceType.None),
            _ => call.Problem(value.Span, $"this is no text, but {value.Type.WithArticle}", "texts, and arrays of and pointers to characters are"),
        };
    }

    internal override int Emit(ClauseEmitter emitter, BoundCall call) => 0;
}

/// <summary><c>static_assert(condition, message)</c>: checked while compiling.</summary>
internal sealed class StaticAssertFunction : FunctionDefinition
{
    public override string Name => "static_assert";
    public override string Signature => "static_assert(condition[, message])";
    public override string Summary => "Refuses the program unless a condition holds that is known while compiling.";
    public override string Example => "begin { static_assert(is_str(comm), \"comm must be text\"); exit(); }";
    public override (int Least, int Most) Arity => (1, 2);

    internal override BoundExpression Bind(CallBinding call)
    {
        var condition = call.Bind(0);
        if (condition.Type is ErrorType)
            return call.Failed;
        if (condition is not BoundConstant { Value: var value })
            return call.Problem(condition.Span, "this is not known while compiling", "assert() checks while the program runs");
        if (value != 0)
            return call.Done([], null, TraceType.None);
        return call.Problem(call.Syntax.Span, call.Syntax.Arguments is [_, StringSyntax text] ? text.Value : "the assertion does not hold", null);
    }

    internal override int Emit(ClauseEmitter emitter, BoundCall call) => 0;
}

/// <summary><c>fail(message)</c>: refuses the program.</summary>
internal sealed class FailFunction : FunctionDefinition
{
    public override string Name => "fail";
    public override string Signature => "fail(format, value, …)";
    public override string Summary => "Refuses the program with a message: for macros that can't do what is asked.";
    public override string Example => "begin { fail(\"this needs %d CPUs\", 64); }";
    public override (int Least, int Most) Arity => (1, 64);

    internal override BoundExpression Bind(CallBinding call)
    {
        if (call.Syntax.Arguments[0] is not StringSyntax format)
            return call.Problem(call.Syntax.Arguments[0].Span, "the message must be a string literal", "fail(\"not here\")");
        var arguments = call.BindAll(1);
        if (arguments.Any(a => a.Type is ErrorType) || FormatParser.Parse(format, arguments, call) is not { } pieces)
            return call.Failed;
        if (arguments.FirstOrDefault(a => a is not (BoundConstant or BoundString)) is { } unknown)
            return call.Problem(unknown.Span, "this is not known while compiling", null);
        var text = new StringBuilder();
        foreach (var piece in pieces)
        {
            text.Append(piece is Layouts.FormatText literal ? Encoding.UTF8.GetString(literal.Bytes.AsSpan())
                : arguments[((Layouts.FormatArgument)piece).Field] is BoundString s ? Encoding.UTF8.GetString(s.Bytes.AsSpan())
                : ((BoundConstant)arguments[((Layouts.FormatArgument)piece).Field]).Value);
        }

        return call.Problem(call.Syntax.Span, text.ToString(), null);
    }
}
