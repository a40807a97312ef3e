using Ctrace.Compiler.Binding;
using Ctrace.Compiler.Lowering;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Syntax;

namespace Ctrace.Compiler.Catalog.Builtins;

/// <summary><c>getopt("name", default[, description])</c>: a parameter of the program, known while compiling.</summary>
internal sealed class GetoptFunction : FunctionDefinition
{
    public override string Name => "getopt";
    public override string Signature => "getopt(name, default[, description])";
    public override string Summary => "A named parameter of the program: --name=value behind --; without a default it is false, or true when it is given.";
    public override string Example => "begin { if (getopt(\"verbose\", false, \"Say more\")) { printf(\"on\\n\"); } exit(); }";
    public override (int Least, int Most) Arity => (1, 3);

    internal override BoundExpression Bind(CallBinding call)
    {
        if (call.Syntax.Arguments[0] is not StringSyntax name)
            return call.Problem(call.Syntax.Arguments[0].Span, "the name must be a string literal", Signature);
        if (call.Syntax.Arguments.Length == 3 && call.Syntax.Arguments[2] is not StringSyntax)
            return call.Problem(call.Syntax.Arguments[2].Span, "the description must be a string literal", Signature);
        string? given = call.NamedParameter(name.Value);
        var span = call.Syntax.Span;
        switch (call.Syntax.Arguments.Length > 1 ? call.Bind(1) : new BoundConstant(0, TraceType.Bool, span))
        {
            case BoundConstant { Type: BoolType } flag:
                return given is null ? flag : given is "" or "true" or "1" ? new BoundConstant(1, TraceType.Bool, span)
                    : given is "false" or "0" ? new BoundConstant(0, TraceType.Bool, span)
                    : call.Problem(name.Span, $"--{name.Value}={given}: true or false is expected", null);
            case BoundConstant { Type: IntegerType } number:
                bool negative = given is ['-', ..];
                return given is null ? number
                    : Lexemes.TryInteger(negative ? given[1..] : given, out long value, out _) ? new BoundConstant(negative ? -value : value, TraceType.Int64, span)
                    : call.Problem(name.Span, $"--{name.Value}={given}: an integer is expected", null);
            case BoundString text:
                return given is null ? text : new BoundString([.. System.Text.Encoding.UTF8.GetBytes(given)], span);
            case { Type: ErrorType } error:
                return error;
            case var other:
                return call.Problem(other.Span, "the default is a number, a text, true or false", Signature);
        }
    }

    internal override int Emit(ClauseEmitter e, BoundCall call) => throw new InvalidOperationException("a parameter is a constant");
}
