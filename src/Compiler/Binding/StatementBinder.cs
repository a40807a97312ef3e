using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Ctrace.Compiler.Catalog;
using Ctrace.Compiler.Catalog.Aggregations;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Syntax;

namespace Ctrace.Compiler.Binding;

/// <summary>Gives statements their meaning.</summary>
internal sealed class StatementBinder
{
    private readonly ExpressionBinder expressions;
    private readonly LoopBinder _loops;

    public StatementBinder(ExpressionBinder expressions)
    {
        this.expressions = expressions;
        expressions.Statements = this;
        _loops = new LoopBinder(expressions, this);
    }

    private BindingContext Context => expressions.Context;

    public BoundStatement Bind(StatementSyntax syntax)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        if (expressions.IsTooMuch(syntax))
            return Nothing(syntax);
        return syntax switch
        {
            BlockSyntax s => BindBlock(s),
            ExpressionStatementSyntax s => BindExpression(s),
            AssignmentSyntax s => BindAssignment(s),
            LetSyntax s => BindLet(s),
            IfSyntax s => BindIf(s),
            ReturnSyntax s => BindReturn(s),
            WhileSyntax s => _loops.Bind(s),
            ForRangeSyntax s => _loops.Bind(s),
            ForMapSyntax s => _loops.Bind(s),
            UnrollSyntax s => _loops.Bind(s),
            LoopJumpSyntax s => _loops.Bind(s),
            _ => throw new InvalidOperationException($"no rule for {syntax.Label}"),
        };
    }

    private BoundStatement BindIf(IfSyntax syntax)
    {
        var condition = expressions.BindCondition(syntax.Condition);
        if (ExpressionBinder.IsSettled(syntax, condition) is { } holds)
            return (holds ? syntax.Then : syntax.Else) is { } taken ? Bind(taken) : Nothing(syntax);
        return new BoundIf(condition, Bind(syntax.Then), syntax.Else is null ? null : Bind(syntax.Else), syntax.Span);
    }

    /// <summary>How many entries a map has; null after a diagnostic.</summary>
    public BoundExpression? CountEntries(MapSyntax map, Text.TextSpan span) => _loops.Count(map, span);

    /// <summary>Settles what a map's aggregates are, and binds one update of them all. Null after a diagnostic.</summary>
    public AggregateUpdate? BindAggregate(CallSyntax call, int column, out AggregateColumn? shape, string name, int offset)
    {
        shape = null;
        var definition = CatalogIndex.FindAggregation(call.Name)!;
        int values = definition.TakesValue && !(definition.IsValueOptional && call.Arguments.IsEmpty) ? 1 : 0;
        double fraction = 0;
        if (definition.TakesFraction)
        {
            if (Fraction(call, definition.Signature) is not { } given)
                return null;
            fraction = given;
            call = call with { Arguments = call.Arguments[..1] };
        }

        var (constantNames, required) = definition.Constants;
        if (call.Arguments.Length < values + required || call.Arguments.Length > values + constantNames.Length)
        {
            Context.Diagnostics.ReportArity(call.Span, call.Name, call.Arguments.Length, values + required, values + constantNames.Length, definition.Signature);
            return null;
        }

        var choices = definition.Choices;
        if (choices.Length > 0 && call.Arguments.Length == values + constantNames.Length && call.Arguments[^1] is StringSyntax word)
        {
            int choice = Array.IndexOf(choices, word.Value);
            if (choice < 0)
            {
                Context.Diagnostics.ReportType(word.Span, $"{call.Name}() has no kind '{word.Value}'", definition.Signature);
                return null;
            }

            call = call with { Arguments = call.Arguments.SetItem(call.Arguments.Length - 1, new IntegerSyntax(choice, false, word.Span)) };
        }

        var bound = call.Arguments.Select(expressions.Bind).ToArray();
        if (bound.Any(b => b.Type is ErrorType))
            return null;
        if (values == 1 && bound[0].Type is not (IntegerType or BoolType or PointerType or EnumType))
        {
            Context.Diagnostics.ReportType(bound[0].Span, $"{call.Name}() takes an integer, not {bound[0].Type.WithArticle}");
            return null;
        }

        var constants = bound.Skip(values).ToArray();
        if (constants.FirstOrDefault(c => c is not BoundConstant) is { } variable)
        {
            Context.Diagnostics.ReportType(variable.Span, $"the {constantNames[Array.IndexOf(constants, variable)]} of {call.Name}() must be a constant");
            return null;
        }

        if (definition.ReadParameters([.. constants.Select(c => ((BoundConstant)c).Value)], out string problem) is not { } parameters)
        {
            Context.Diagnostics.ReportType(constants[definition.Culprit([.. constants.Select(c => ((BoundConstant)c).Value)])].Span, problem);
            return null;
        }

        bool signed = values == 1 && Operators.IsSigned(bound[0].Type);
        parameters = definition.Adapt(parameters, signed) with { Fraction = fraction };
        shape = new AggregateColumn(name, definition, parameters, signed, offset);
        return new AggregateUpdate(column, values == 1 ? bound[0] : null);
    }

    /// <summary>The second argument as a fraction: <c>0.99</c>, which elsewhere would be a member of a number. Null after a diagnostic.</summary>
    private double? Fraction(CallSyntax call, string signature)
    {
        string? text = call.Arguments.Length != 2 ? null : call.Arguments[1] switch
        {
            MemberSyntax { Value: IntegerSyntax { Value: (0 or 1) and var whole }, Name: var digits } when digits.All(char.IsAsciiDigit) => $"{whole}.{digits}",
            IntegerSyntax { Value: (0 or 1) and var whole } => $"{whole}",
            _ => null,
        };
        if (double.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out double value) && value is >= 0 and <= 1)
            return value;
        Context.Diagnostics.ReportType(call.Arguments.Length == 2 ? call.Arguments[1].Span : call.Span, $"{call.Name}() takes a value and a fraction from 0 to 1", signature.Replace("fraction", "0.99"));
        return null;
    }

    private BoundBlock BindBlock(BlockSyntax syntax)
    {
        expressions.EnterScope();
        var statements = syntax.Statements.Select(Bind).ToImmutableArray();
        expressions.LeaveScope();
        return new BoundBlock(statements, syntax.Span);
    }

    private BoundExpressionStatement BindExpression(ExpressionStatementSyntax syntax)
    {
        var value = expressions.Bind(syntax.Expression);
        if (value is not (BoundCall or BoundBlockExpression or BoundIncrement or BoundError or BoundTernary { Type: NoneType }))
            Context.Diagnostics.ReportUnused(value.Span);
        else if (value is BoundCall { Definition: { HasEffect: false, Name: var name }, Type: not (NoneType or ErrorType) })
            Context.Diagnostics.ReportUnusedResult(value.Span, name);
        return new BoundExpressionStatement(value);
    }

    /// <summary>What a tracing program returns is nothing to the kernel: bpftrace allows a number there.</summary>
    private BoundReturn BindReturn(ReturnSyntax syntax)
    {
        var value = syntax.Value is null ? null : expressions.Bind(syntax.Value);
        if (value is { Type: not (IntegerType or BoolType or EnumType or ErrorType) })
            Context.Diagnostics.ReportType(value.Span, $"a probe returns a number or nothing, not {value.Type.WithArticle}", null);
        return new BoundReturn(value, syntax.Span);
    }

    private BoundStatement BindLet(LetSyntax syntax)
    {
        if (expressions.IsDeclaredHere(syntax.Variable.Name))
            Context.Diagnostics.ReportTwice(syntax.Variable.Span, $"the declaration of {syntax.Variable.Name}");
        if (syntax.Type is not null)
            return BindTypedLet(syntax, syntax.Type);
        if (syntax.Value is not null && IsAnotherNameForArguments(syntax.Variable, syntax.Value))
            return Nothing(syntax);
        // Without a value, the first assignment settles the type; until then the variable is all zeros.
        var value = syntax.Value is null ? new BoundConstant(0, TraceType.Error, syntax.Span) : expressions.BindValue(syntax.Value);
        if (value.Type is NoneType)
        {
            Context.Diagnostics.ReportNoValue(value.Span, "assign");
            value = new BoundError(value.Span);
        }

        var variable = expressions.DeclareVariable(syntax.Variable.Name, value.Type, syntax.Variable.Span);
        variable.IsUnassigned = syntax.Value is null;
        if (syntax.Value is not null)
            Context.NoteAssigned(variable.Assigned, value, syntax.Value);
        return new BoundAssignVariable(variable, value, syntax.Span);
    }

    private BoundStatement BindTypedLet(LetSyntax syntax, TypeSyntax named)
    {
        var type = TypeResolver.Resolve(expressions, named, AddressSpace.Any);
        if (type is { Size: 0 } or VoidType)
        {
            Context.Diagnostics.ReportType(named.Span, $"a variable can't hold {type.WithArticle}", $"a pointer to it: {named.Name} *");
            type = null;
        }

        var value = syntax.Value is null ? null : expressions.BindValue(syntax.Value);
        var variable = expressions.DeclareVariable(syntax.Variable.Name, type ?? TraceType.Error, syntax.Variable.Span, type is not null);
        if (type is null || value?.Type is ErrorType)
            return Nothing(syntax);
        if (value is null)
        {
            variable.IsUnassigned = true;
            return new BoundAssignVariable(variable, new BoundConstant(0, type, syntax.Span), syntax.Span);
        }

        return AssignDeclared(variable, value, syntax) ?? Nothing(syntax);
    }

    /// <summary><c>$a = args</c>: from here on, the variable stands for it.</summary>
    private bool IsAnotherNameForArguments(VariableSyntax variable, ExpressionSyntax value)
    {
        bool isNew = expressions.FindVariable(variable.Name) is null or { Type: ArgumentsType } or { IsUnassigned: true, Type: ErrorType };
        if (!isNew || !expressions.StandsForArguments(value) || !expressions.HasArguments)
            return false;
        expressions.DeclareVariable(variable.Name, new ArgumentsType(), variable.Span, isDeclared: true);
        return true;
    }

    /// <summary>A value for a variable whose type the program names; null after a diagnostic.</summary>
    private BoundAssignVariable? AssignDeclared(VariableSymbol variable, BoundExpression value, StatementSyntax syntax)
    {
        (variable.IsUnassigned, variable.IsChanged) = (false, true);
        value = TypeRules.Fitted(variable.Type, value);
        var fitting = (variable.Type, value) switch
        {
            (IntegerType or BoolType or EnumType, BoundConstant constant) when OperatorBinder.Cut(constant.Value, variable.Type) == constant.Value || variable.Type is IntegerType { Size: 8 } =>
                constant with { Type = variable.Type },
            (_, BoundConstant { Type: IntegerType }) when variable.Type is not PointerType => null,
            var (type, same) when type == same.Type => value,
            (IntegerType or BoolType or EnumType or PointerType, { Type: IntegerType or BoolType or EnumType or PointerType }) => new BoundConversion(value, variable.Type, value.Span),
            (StringType room, { Type: StringType text }) when text.Capacity <= room.Capacity => value,
            (TupleType tuple, { Type: TupleType }) when TypeRules.Merge(tuple, value.Type) == tuple => value,
            _ => null,
        };
        if (fitting is not null)
            return new BoundAssignVariable(variable, fitting, syntax.Span);
        string given = value is BoundConstant number && variable.Type is IntegerType ? $"{number.Value}" : value.Type is NoneType ? "no value" : value.Type.WithArticle;
        Context.Diagnostics.ReportDeclaredMismatch(syntax.Span, variable.Name, variable.Type.WithArticle, given);
        return null;
    }

    private BoundStatement BindAssignment(AssignmentSyntax syntax)
    {
        switch (syntax.Target)
        {
            case NameSyntax { Name: "_" } when syntax.Operator is null:
                var thrown = expressions.BindValue(syntax.Value);
                return new BoundExpressionStatement(thrown.Type is NoneType ? thrown : new BoundBlockExpression([], thrown, TraceType.None, syntax.Span));
            case MapSyntax used when syntax.Operator is null && syntax.Value is CallSyntax call && CatalogIndex.FindAggregation(call.Name) is not null:
                return BindAggregateAssignment(expressions.Given(used), call, syntax);
            case MapSyntax map:
                return BindMapAssignment(expressions.Given(map), syntax);
            case VariableSyntax variable:
                return BindVariableAssignment(variable, syntax);
            default:
                Context.Diagnostics.ReportBadTarget(syntax.Target.Span);
                return Nothing(syntax);
        }
    }

    private BoundStatement BindAggregateAssignment(MapSyntax map, CallSyntax call, AssignmentSyntax syntax)
    {
        var symbol = Context.DefineMap(map.Name, map.NameSpan);
        var update = BindAggregate(call, 0, out var shape, call.Name, 0);
        var keys = expressions.BindKeys(symbol, map);
        if (update is null || keys is null)
            return Nothing(syntax);
        if (symbol.Query is not null)
        {
            Context.Diagnostics.ReportQueryMap(syntax.Span, map.Name);
            return Nothing(syntax);
        }

        if (symbol.Plain is not null || symbol.IsAggregate && !Same(symbol.Aggregates[0], shape!))
        {
            Context.Diagnostics.ReportMapMismatch(syntax.Span, map.Name, symbol.ValueName,
                symbol.Plain is null && symbol.Aggregates[0].Definition == shape!.Definition ? $"{call.Name}() with other bounds" : $"{call.Name}()");
            return Nothing(syntax);
        }

        if (!symbol.IsAggregate || shape!.Signed)
            symbol.Aggregates = [shape!];
        return new BoundAggregate(symbol, keys.Value, [update], syntax.Span);
    }

    private static bool Same(AggregateColumn a, AggregateColumn b) => a.Definition == b.Definition && a.Parameters == b.Parameters;

    private BoundStatement BindMapAssignment(MapSyntax map, AssignmentSyntax syntax)
    {
        var symbol = Context.DefineMap(map.Name, map.NameSpan);
        if (syntax.Operator is not null && symbol.Plain is null && !symbol.IsAggregate)
            Context.MergeValue(symbol, TraceType.Int64);
        var right = expressions.BindValue(syntax.Value);
        if (expressions.BindKeys(symbol, map) is not { } keys || right.Type is ErrorType)
            return Nothing(syntax);
        // @x += a == b counts: the result of an operator is an integer.
        if (syntax.Operator is not null && right.Type is BoolType)
            right = new BoundConversion(right, TraceType.Int64, right.Span);
        if (right.Type is NoneType)
        {
            Context.Diagnostics.ReportNoValue(right.Span, "assign");
            return Nothing(syntax);
        }

        right = TypeRules.Fitted(symbol.Plain, right);
        // A pointer that is moved stays one.
        if (syntax.Operator is "+" or "-" && symbol.Plain is PointerType pointer && right.Type is IntegerType or EnumType)
            return new BoundAssignMap(symbol, keys, Combined(new BoundMapRead(symbol, keys, pointer, map.Span), syntax, right), syntax.Span);
        // A literal goes with either sign: @last = 0 leaves the map to the addresses that it gets later.
        bool isNatural = syntax.Operator is null && right is BoundConstant { Value: >= 0, Type: IntegerType { Signed: true } };
        if (symbol.HasOnlyNaturals && right.Type is IntegerType { Signed: false, Size: 8 } && symbol.Plain is IntegerType)
            Context.SetValue(symbol, TraceType.UInt64);
        symbol.HasOnlyNaturals = isNatural && (symbol.Plain is null || symbol.HasOnlyNaturals);
        if (!Context.MergeValue(symbol, isNatural && symbol.Plain is IntegerType { Signed: false } unsigned ? unsigned : right.Type))
        {
            Context.Diagnostics.ReportMapMismatch(syntax.Span, map.Name, symbol.ValueName, right.Type.WithArticle);
            return Nothing(syntax);
        }

        if (syntax.Operator is null)
        {
            Context.NoteAssigned(symbol.Assigned, right, syntax.Value);
            return new BoundAssignMap(symbol, keys, right, syntax.Span);
        }

        Context.NoteComputed(symbol.Assigned);
        if (syntax.Operator is "+" or "-" && symbol.Plain is IntegerType && right.Type is IntegerType or BoolType)
            return new BoundAddToMap(symbol, keys, right, syntax.Operator == "-", syntax.Span);
        var read = new BoundMapRead(symbol, keys, symbol.Plain!, map.Span);
        return new BoundAssignMap(symbol, keys, Combined(read, syntax, right), syntax.Span);
    }

    private BoundStatement BindVariableAssignment(VariableSyntax variable, AssignmentSyntax syntax)
    {
        if (syntax.Operator is null && IsAnotherNameForArguments(variable, syntax.Value))
            return Nothing(syntax);
        var right = expressions.BindValue(syntax.Value);
        if (right.Type is NoneType)
        {
            Context.Diagnostics.ReportNoValue(right.Span, "assign");
            right = new BoundError(right.Span);
        }

        if (right.Type is ErrorType)
        {
            // Known as a variable from here on, so that its uses are no further mistakes.
            (expressions.FindVariable(variable.Name) ?? expressions.DeclareVariable(variable.Name, TraceType.Error, variable.Span)).IsUnassigned = false;
            return Nothing(syntax);
        }

        var symbol = expressions.FindVariable(variable.Name);
        if (syntax.Operator is not null)
        {
            if (symbol is null or { Type: ErrorType })
            {
                expressions.Bind(variable);
                return Nothing(syntax);
            }

            right = Combined(new BoundVariable(symbol, variable.Span), syntax, right);
        }

        if (symbol is { IsDeclared: true })
            return AssignDeclared(symbol, right, syntax) ?? Nothing(syntax);
        right = TypeRules.Fitted(symbol?.Type, right);
        symbol ??= expressions.DeclareVariable(variable.Name, right.Type, variable.Span);
        Context.NoteAssigned(symbol.Assigned, right, syntax.Value);
        if (expressions.AssignVariable(symbol, right.Type))
            return new BoundAssignVariable(symbol, right, syntax.Span);
        Context.Diagnostics.ReportVariableMismatch(syntax.Span, variable.Name, symbol.Type.WithArticle, right.Type.WithArticle);
        return Nothing(syntax);
    }

    private BoundExpression Combined(BoundExpression left, AssignmentSyntax syntax, BoundExpression right)
    {
        var binary = new BinarySyntax(syntax.Target, syntax.Operator!, syntax.Value, syntax.Span);
        return expressions.Memory.Arithmetic(binary, left, right) ?? OperatorBinder.Binary(expressions, binary, left, right);
    }

    private static BoundStatement Nothing(SyntaxNode syntax) => new BoundBlock([], syntax.Span);
}
