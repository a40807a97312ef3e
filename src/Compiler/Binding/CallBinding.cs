using System.Collections.Immutable;
using Ctrace.Compiler.Catalog.Builtins;
using Ctrace.Compiler.Catalog.Probes;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Syntax;
using Ctrace.Compiler.Text;

namespace Ctrace.Compiler.Binding;

/// <summary>A function's view of the binder while its call is checked.</summary>
internal readonly struct CallBinding(ExpressionBinder binder, FunctionDefinition definition, CallSyntax syntax)
{
    public CallSyntax Syntax => syntax;

    public CompilationOptions Options => binder.Context.Options;

    public ResolvedProbe Probe => binder.Probe;

    public Targets.ITarget Target => binder.Context.Target;

    public Diagnostics.DiagnosticBag Diagnostics => binder.Context.Diagnostics;

    /// <summary>Notes that the call means something else at another of the clause's probes.</summary>
    public void NoteProbe() => binder.NoteProbe();

    /// <summary>What a call with an error becomes.</summary>
    public BoundExpression Failed => new BoundError(syntax.Span);

    public BoundExpression Bind(int index) => binder.BindValue(syntax.Arguments[index]);

    /// <summary>Binds all arguments from one on.</summary>
    public ImmutableArray<BoundExpression> BindAll(int from)
    {
        var bound = ImmutableArray.CreateBuilder<BoundExpression>();
        foreach (var argument in syntax.Arguments.AsSpan()[from..])
            bound.Add(binder.BindValue(argument));
        return bound.ToImmutable();
    }

    public BoundExpression Done(ImmutableArray<BoundExpression> arguments, object? data, TraceType type) =>
        new BoundCall(definition, arguments, data, type, syntax.Span);

    /// <summary>What stands in the event's record in place of the call, as a type; null where nothing does.</summary>
    public BoundExpression? InRecord(TraceType type) =>
        binder.RecordedBuiltin(syntax.Name) is { } field ? ExpressionBinder.InRecord(field with { Type = type }, syntax.Span) : null;

    public BoundExpression Problem(TextSpan span, string message, string? hint)
    {
        binder.Context.Diagnostics.ReportCallProblem(span, message, hint);
        return Failed;
    }

    /// <summary>Refuses what changes the system, unless the user allowed that.</summary>
    public BoundExpression Unsafe() => Problem(syntax.Span, $"{syntax.Name}() changes the system", "allow it with --unsafe");

    public BoundExpression Undefined(MapSyntax map)
    {
        binder.Context.ReportUndefinedMap(map);
        return Failed;
    }

    public MapSymbol? FindMap(MapSyntax map) => binder.Context.FindMap(map.Name);

    public ImmutableArray<BoundExpression>? BindKeys(MapSymbol map, MapSyntax syntax) => binder.BindKeys(map, syntax);

    /// <summary>How many entries a map has.</summary>
    public BoundExpression CountEntries(MapSyntax map) => binder.Statements!.CountEntries(map, syntax.Span) ?? Failed;

    /// <summary>Binds something that the call stands for.</summary>
    public BoundExpression BindSyntax(ExpressionSyntax meant) => binder.Bind(meant);

    public VariableSymbol? FindVariable(string name) => binder.FindVariable(name);

    public bool AssignVariable(VariableSymbol variable, TraceType type) => binder.AssignVariable(variable, type);

    public string? NamedParameter(string name) => binder.Context.FindNamed(name);

    public BoundExpression ParameterText(ParameterSyntax parameter) => binder.ParameterText(parameter);

    /// <summary>The same for an argument that may be missing: 0 then.</summary>
    public long? OptionalConstant(int index, long least, long most, string what) =>
        index < syntax.Arguments.Length ? Constant(index, least, most, what) : 0;

    /// <summary>A constant integer argument within bounds; null after a diagnostic.</summary>
    public long? Constant(int index, long least, long most, string what)
    {
        var value = Bind(index);
        if (value is BoundConstant { Type: IntegerType } constant && constant.Value >= least && constant.Value <= most)
            return constant.Value;
        if (value.Type is not ErrorType)
            Problem(value.Span, value is BoundConstant ? $"{what} is {least} to {most}" : $"{what} must be a constant", null);
        return null;
    }
}
