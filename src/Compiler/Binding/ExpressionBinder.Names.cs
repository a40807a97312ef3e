using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Ctrace.Compiler.Catalog;
using Ctrace.Compiler.Catalog.Probes;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Syntax;
using Ctrace.Compiler.Targets;
using Ctrace.Compiler.Text;

namespace Ctrace.Compiler.Binding;

/// <content>What names, parameters and macros stand for.</content>
internal sealed partial class ExpressionBinder
{
    private BoundExpression BindName(NameSyntax syntax)
    {
        if (_frame?.Find(syntax.Name) is { } given)
            return InCaller(() => Bind(given));
        // A macro without parameters needs no parentheses.
        if (context.FindMacro(syntax.Name, []) is { Parameters: [] } macro)
            return BindMacro(macro, new CallSyntax(syntax.Name, [], syntax.Span, syntax.Span));
        if (CatalogIndex.FindBuiltin(syntax.Name) is { } builtin)
        {
            if (builtin.Bind is not null)
                return builtin.Bind(context.Options, syntax.Span);
            if (builtin.Missing(context.Options, context.Target) is var (message, hint))
            {
                context.Diagnostics.ReportType(syntax.Span, message, hint);
                return new BoundError(syntax.Span);
            }

            if (RecordedBuiltin(syntax.Name) is { } recorded)
                return InRecord(recorded.Type is StackType asked ? recorded with { Type = asked with { Mode = context.Options.StackMode } } : recorded, syntax.Span);
            if (probe.Record is not null && !builtin.IsOfProgram)
            {
                context.Diagnostics.ReportUnavailable(syntax.Span, syntax.Name, probe.Name, "where the kernel runs the program; here ctrace does, when it is told of the event");
                return new BoundError(syntax.Span);
            }

            // What is in the registers is the same for all; which of them fired, the kernel tells where it can.
            if (Span is not null && builtin.Name == "duration")
                Span.UsesDuration = true;
            DependsOnProbe |= builtin.DependsOnProbe && (!probe.HasRegisters || probe.StaticArguments is not null && !builtin.IsProbeName || builtin.IsProbeName && !context.Target.Supports(KernelFeature.PerfLink));
            LooksInside |= builtin.DependsOnProbe && !builtin.IsProbeName;
            LooksAround |= builtin.Type(probe, context.Target) is StackType;
            if (builtin.Type(probe, context.Target) is { } type)
                return new BoundBuiltin(builtin, probe, type is StackType stack ? stack with { Mode = context.Options.StackMode } : type, syntax.Span);
            context.Diagnostics.ReportUnavailable(syntax.Span, syntax.Name, probe.Name, builtin.Available);
        }
        else if (syntax.Name == "args")
        {
            context.Diagnostics.ReportType(syntax.Span, "args stands before one of its fields", FieldHint());
        }
        else if (CatalogIndex.FindFunction(syntax.Name) is { Arity.Least: 0, HasEffect: false })
        {
            // leader_comm → leader_comm()
            return BindCall(new CallSyntax(syntax.Name, [], syntax.Span, syntax.Span));
        }
        else if (CatalogIndex.FindFunction(syntax.Name) is not null || CatalogIndex.FindAggregation(syntax.Name) is not null)
        {
            context.Diagnostics.ReportType(syntax.Span, $"'{syntax.Name}' is a function", $"write {syntax.Name}(…)");
        }
        else
        {
            if (FindConstant(syntax) is { } constant)
                return constant;
            context.Diagnostics.ReportUnknownName(syntax.Span, syntax.Name, CatalogIndex.Builtins.Select(b => b.Name).Append("args"));
        }

        return new BoundError(syntax.Span);
    }

    /// <summary>A macro's or an enumeration's constant.</summary>
    private BoundExpression? FindConstant(NameSyntax syntax) => context.Types.FindMacro(syntax.Name) switch
    {
        long number => new BoundConstant(number, TraceType.Int64, syntax.Span),
        string text => new BoundString([.. Lexemes.ToBytes(text)], syntax.Span),
        _ => context.Types.FindEnumerator(syntax.Name) is var (type, value) ? new BoundConstant(value, type, syntax.Span) : null,
    };

    private string? FieldHint() => probe.Record is { Fields: [var one, ..] } ? $"as in args.{one.Name}" : probe.Format is { Fields: [var first, ..] } ? $"as in args.{first.Name}" : null;

    private BoundExpression BindVariable(VariableSyntax syntax)
    {
        if (FindVariable(syntax.Name) is { } variable)
        {
            if (variable.Type is ArgumentsType)
            {
                context.Diagnostics.ReportType(syntax.Span, $"{syntax.Name} stands before one of its fields", FieldHint());
                return new BoundError(syntax.Span);
            }

            variable.IsRead = true;
            if (variable is { IsUnassigned: true, Type: ErrorType })
                context.Diagnostics.ReportNothingAssigned(syntax.Span, syntax.Name);
            return new BoundVariable(variable, syntax.Span);
        }

        // What a macro was given is missing where it was given.
        if (_frame?.Find(syntax.Name) is VariableSyntax given)
            return InCaller(() => BindVariable(given));
        context.Diagnostics.ReportUndefinedVariable(syntax.Span, syntax.Name, _scopes.SelectMany(s => s.Keys));
        return new BoundError(syntax.Span);
    }

    private BoundExpression BindParameter(ParameterSyntax syntax)
    {
        if (syntax.Index == 0)
            return new BoundConstant(context.Positional.Length, TraceType.Int64, syntax.Span);
        if (syntax.Index == ParameterSyntax.None)
        {
            context.Diagnostics.ReportType(syntax.Span, "there is no $0: the first parameter is $1", "$# is the number of them");
            return new BoundError(syntax.Span);
        }

        string? text = context.Positional.ElementAtOrDefault(syntax.Index - 1);
        WarnOfMissing(syntax, text);
        if (text is null)
            return new BoundConstant(0, TraceType.Int64, syntax.Span);
        bool negative = text.StartsWith('-');
        return Lexemes.TryInteger(negative ? text[1..] : text, out long value, out bool unsigned)
            ? new BoundConstant(negative ? -value : value, unsigned ? TraceType.UInt64 : TraceType.Int64, syntax.Span)
            : ParameterText(syntax);
    }

    private void WarnOfMissing(ParameterSyntax syntax, string? text)
    {
        if (string.IsNullOrEmpty(text))
            context.Diagnostics.Warn("CT2035", syntax.Span, $"the parameter ${syntax.Index} is {(text is null ? "not given" : "empty")}", null);
    }

    private BoundExpression BindMapRead(MapSyntax syntax)
    {
        syntax = Given(syntax);
        if (context.FindMap(syntax.Name) is not { } map)
        {
            if (context.DefineEmpty(syntax.Name, syntax.NameSpan) is { } empty)
                return BindRead(empty, syntax);
            foreach (var key in syntax.Keys)
                Bind(key);
            context.ReportUndefinedMap(syntax);
            return new BoundError(syntax.Span);
        }

        return BindRead(map, syntax);
    }

    private BoundExpression BindRead(MapSymbol map, MapSyntax syntax)
    {
        if (BindKeys(map, syntax) is not { } keys)
            return new BoundError(syntax.Span);
        if (!map.IsAggregate)
            return new BoundMapRead(map, keys, map.Plain!, syntax.Span);
        if (map.Aggregates is [var column] && column.Definition.Reader(column.Signed) is not null)
        {
            if (context.Target.Supports(KernelFeature.PerCpuLookup))
            {
                map.IsRead = true;
                return new BoundAggregateRead(map, keys, ReadType(column), syntax.Span);
            }

            context.Diagnostics.ReportType(syntax.Span, $"this kernel can't read the {map.ValueName} in {map.Name} while tracing", "Linux 5.19 can (bpf_map_lookup_percpu_elem)");
            return new BoundError(syntax.Span);
        }

        context.Diagnostics.ReportUnsupported(syntax.Span, $"reading the {map.ValueName} in {map.Name} while tracing");
        return new BoundError(syntax.Span);
    }

    /// <summary>What a program that reads an aggregate gets.</summary>
    public static TraceType ReadType(AggregateColumn column) => column.Definition.TakesValue && !column.Signed ? TraceType.UInt64 : TraceType.Int64;

    /// <summary>A map's use, with the map that was given to a macro in place of its parameter.</summary>
    public MapSyntax Given(MapSyntax syntax) => _frame?.Find(syntax.Name) is MapSyntax given
        ? InCaller(() => Given(given)) is var map && syntax.Keys.IsEmpty ? map : map with { Keys = syntax.Keys, NameSpan = syntax.NameSpan, Span = syntax.Span } : syntax;

    /// <summary>The literal that was given for a macro's parameter: functions that need one see it.</summary>
    private ExpressionSyntax Literal(ExpressionSyntax argument)
    {
        var (found, frame) = (argument, _frame);
        while (found is NameSyntax name && frame?.Find(name.Name) is { } given)
            (found, frame) = (given, frame.Caller);
        return found is StringSyntax or IntegerSyntax or BoolSyntax ? found : argument;
    }

    /// <summary>Gives something its meaning where the macro is used.</summary>
    private T InCaller<T>(Func<T> bind)
    {
        var (scopes, frame) = (_scopes, _frame!);
        (_scopes, _frame) = (frame.CallerScopes, frame.Caller);
        var result = bind();
        (_scopes, _frame) = (scopes, frame);
        return result;
    }

    /// <summary>The type that a name stands for in a macro: one that it was given, or that of a value that it was given. Null where it was given neither.</summary>
    public TraceType? GivenType(string name, AddressSpace space) => _frame?.Find(name) is not { } given ? null : InCaller(() => given switch
    {
        TypeExpressionSyntax type => TypeResolver.Resolve(this, type.Type, space) ?? TraceType.Error,
        NameSyntax other when GivenType(other.Name, space) is { } handed => handed,
        NameSyntax other when CatalogIndex.FindBuiltin(other.Name) is null && FindConstant(other) is null =>
            TypeResolver.Resolve(this, new TypeSyntax(other.Name, null, 0, [], other.Span), space) ?? TraceType.Error,
        _ => Bind(given).Type,
    });

    private BoundExpression BindMacro(MacroSyntax macro, CallSyntax syntax)
    {
        if (syntax.Arguments.Length != macro.Parameters.Length)
        {
            context.Diagnostics.ReportArity(syntax.Span, syntax.Name, syntax.Arguments.Length, macro.Parameters.Length, macro.Parameters.Length, macro.Label["macro ".Length..]);
            return new BoundError(syntax.Span);
        }

        foreach (var (parameter, argument) in macro.Parameters.Zip(syntax.Arguments))
        {
            string? wanted = MacroFrame.Takes(parameter, argument) ? null : parameter[0] == '$' ? "a variable" : "a map";
            if (wanted is null)
                continue;
            context.Diagnostics.ReportType(argument.Span, $"{macro.Name}() takes {wanted} here, for {parameter}", macro.Label["macro ".Length..]);
            return new BoundError(syntax.Span);
        }

        if (_frame?.IsInside(macro) == true)
        {
            context.Diagnostics.ReportType(syntax.Span, $"the macro {macro.Name} uses itself", "a macro stands for its text: it can't be recursive");
            return new BoundError(syntax.Span);
        }

        var (scopes, frame) = (_scopes, _frame);
        (_frame, _scopes) = (new MacroFrame(macro, syntax.Arguments, scopes, frame), [[]]);
        int before = context.Diagnostics.Total;
        var result = BindBlock(macro.Body);
        context.Diagnostics.NoteExpansion(before, syntax.Span);
        (_scopes, _frame) = (scopes, frame);
        return result is BoundError ? result : ((BoundBlockExpression)result) with { Span = syntax.Span };
    }
}
