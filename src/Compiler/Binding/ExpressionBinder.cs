using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Ctrace.Compiler.Catalog;
using Ctrace.Compiler.Catalog.Probes;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Syntax;
using Ctrace.Compiler.Targets;
using Ctrace.Compiler.Text;

namespace Ctrace.Compiler.Binding;

/// <summary>Gives expressions their meaning, for one clause on one probe.</summary>
internal sealed class ExpressionBinder(BindingContext context, ResolvedProbe probe, int clause)
{
    private readonly List<Dictionary<string, VariableSymbol>> _scopes = [[]];

    public BindingContext Context => context;

    public ResolvedProbe Probe => probe;

    private MemoryBinder Memory => new(this);

    /// <summary>Whether anything bound so far differs from probe to probe.</summary>
    public bool DependsOnProbe { get; private set; }

    /// <summary>Notes that what is bound differs from probe to probe.</summary>
    public void NoteProbe() => DependsOnProbe = true;

    public void EnterScope() => _scopes.Add([]);

    public void LeaveScope() => _scopes.RemoveAt(_scopes.Count - 1);

    public VariableSymbol? FindVariable(string name) => _scopes.AsEnumerable().Reverse().Select(s => s.GetValueOrDefault(name)).FirstOrDefault(v => v is not null);

    /// <summary>Makes a variable in the innermost scope.</summary>
    public VariableSymbol DeclareVariable(string name, TraceType type, TextSpan span)
    {
        var variable = new VariableSymbol(name, context.VariableType(clause, name, TypeRules.Stored(type)), span);
        _scopes[^1][name] = variable;
        return variable;
    }

    public bool AssignVariable(VariableSymbol variable, TraceType type) => context.MergeVariable(clause, variable, type);

    /// <summary>Binds an expression.</summary>
    public BoundExpression Bind(ExpressionSyntax syntax)
    {
        // A long chain of operators is a deep tree.
        RuntimeHelpers.EnsureSufficientExecutionStack();
        return syntax switch
        {
            IntegerSyntax s => new BoundConstant(s.Value, s.Unsigned ? TraceType.UInt64 : TraceType.Int64, s.Span),
            BoolSyntax s => new BoundConstant(s.Value ? 1 : 0, TraceType.Bool, s.Span),
            StringSyntax s => new BoundString([.. Lexemes.ToBytes(s.Value)], s.Span),
            NameSyntax s => BindName(s),
            VariableSyntax s => BindVariable(s),
            ParameterSyntax s => BindParameter(s),
            MapSyntax s => BindMapRead(s),
            CallSyntax s => BindCall(s),
            MemberSyntax s => BindMember(s),
            IndexSyntax s => Memory.Index(s),
            CastSyntax s => Memory.Cast(s),
            SizeofSyntax s => Memory.Sizeof(s),
            OffsetofSyntax s => Memory.Offsetof(s),
            ContainerOfSyntax s => Memory.ContainerOf(s),
            UnarySyntax s => BindUnary(s),
            IncrementSyntax s => BindIncrement(s),
            BinarySyntax s => BindBinary(s),
            TernarySyntax s => BindTernary(s),
            TupleSyntax s => BindTuple(s),
            _ => throw new InvalidOperationException($"no rule for {syntax.Label}"),
        };
    }

    /// <summary>Binds an expression whose whole value is needed: it may not be too large for that.</summary>
    public BoundExpression BindValue(ExpressionSyntax syntax) => Memory.Checked(Bind(syntax));

    /// <summary>Binds an expression that decides between two ways.</summary>
    public BoundExpression BindCondition(ExpressionSyntax syntax)
    {
        var bound = Bind(syntax);
        if (!bound.Type.IsScalar && bound.Type is not ErrorType)
            context.Diagnostics.ReportType(bound.Span, $"a condition is a number or a comparison, not {bound.Type.WithArticle}", "compare it: … == \"text\"");
        return bound;
    }

    /// <summary>The keys of a map's use, checked against the map; null after a diagnostic.</summary>
    public ImmutableArray<BoundExpression>? BindKeys(MapSymbol map, MapSyntax syntax)
    {
        var keys = ImmutableArray.CreateBuilder<BoundExpression>();
        foreach (var key in syntax.Keys)
        {
            // @m[(a, b)] is the same as @m[a, b]
            if (syntax.Keys.Length == 1 && key is TupleSyntax tuple)
                keys.AddRange(tuple.Items.Select(BindValue));
            else
                keys.Add(BindValue(key));
        }

        if (keys.Any(k => k.Type is ErrorType))
            return null;
        if (keys.FirstOrDefault(k => k.Type is NoneType) is { } none)
        {
            context.Diagnostics.ReportType(none.Span, "this gives no value to use as a key");
            return null;
        }

        var types = keys.Select(k => k.Type).ToImmutableArray();
        if (context.MergeKeys(map, types))
            return keys.ToImmutable();
        context.Diagnostics.ReportKeyMismatch(syntax.Span, map.Name, Describe(map.Keys!.Value), Describe(types));
        return null;
    }

    public BoundExpression ParameterText(ParameterSyntax syntax) =>
        new BoundString([.. System.Text.Encoding.UTF8.GetBytes(context.Options.Parameters.ElementAtOrDefault(syntax.Index - 1) ?? "")], syntax.Span);

    public BoundExpression Unsupported(ExpressionSyntax syntax, string what)
    {
        context.Diagnostics.ReportUnsupported(syntax.Span, what);
        return new BoundError(syntax.Span);
    }

    private static string Describe(ImmutableArray<TraceType> keys) =>
        keys.IsEmpty ? "no key" : $"the key [{string.Join(", ", keys.Select(k => k.Name))}]";

    private BoundExpression BindName(NameSyntax syntax)
    {
        if (CatalogIndex.FindBuiltin(syntax.Name) is { } builtin)
        {
            // What is in the registers is the same for all; which of them fired, the kernel tells where it can.
            DependsOnProbe |= builtin.DependsOnProbe && (!probe.HasRegisters || builtin.IsProbeName && !context.Target.Supports(KernelFeature.PerfLink));
            if (builtin.Type(probe, context.Target) is { } type)
                return new BoundBuiltin(builtin, probe, type, syntax.Span);
            context.Diagnostics.ReportUnavailable(syntax.Span, syntax.Name, probe.Name, builtin.Available);
        }
        else if (syntax.Name == "args")
        {
            context.Diagnostics.ReportType(syntax.Span, "args stands before one of its fields", FieldHint());
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

    private string? FieldHint() => probe.Format is { Fields: [var first, ..] } ? $"as in args.{first.Name}" : null;

    private BoundExpression BindVariable(VariableSyntax syntax)
    {
        if (FindVariable(syntax.Name) is { } variable)
            return new BoundVariable(variable, syntax.Span);
        context.Diagnostics.ReportUndefinedVariable(syntax.Span, syntax.Name, _scopes.SelectMany(s => s.Keys));
        return new BoundError(syntax.Span);
    }

    private BoundExpression BindParameter(ParameterSyntax syntax)
    {
        if (syntax.Index == 0)
            return new BoundConstant(context.Options.Parameters.Length, TraceType.Int64, syntax.Span);
        string? text = context.Options.Parameters.ElementAtOrDefault(syntax.Index - 1);
        if (text is null)
            return new BoundConstant(0, TraceType.Int64, syntax.Span);
        bool negative = text.StartsWith('-');
        return Lexemes.TryInteger(negative ? text[1..] : text, out long value, out bool unsigned)
            ? new BoundConstant(negative ? -value : value, unsigned ? TraceType.UInt64 : TraceType.Int64, syntax.Span)
            : ParameterText(syntax);
    }

    private BoundExpression BindMapRead(MapSyntax syntax)
    {
        if (context.FindMap(syntax.Name) is not { } map)
        {
            foreach (var key in syntax.Keys)
                Bind(key);
            context.ReportUndefinedMap(syntax);
            return new BoundError(syntax.Span);
        }

        if (BindKeys(map, syntax) is not { } keys)
            return new BoundError(syntax.Span);
        if (!map.IsAggregate)
            return new BoundMapRead(map, keys, map.Plain!, syntax.Span);
        context.Diagnostics.ReportUnsupported(syntax.Span, $"reading the {map.ValueName} in {map.Name} while tracing");
        return new BoundError(syntax.Span);
    }

    private BoundExpression BindCall(CallSyntax syntax)
    {
        if (CatalogIndex.FindFunction(syntax.Name) is { } function)
        {
            var (least, most) = function.Arity;
            if (syntax.Arguments.Length >= least && syntax.Arguments.Length <= most)
                return function.Bind(new CallBinding(this, function, syntax));
            context.Diagnostics.ReportArity(syntax.Span, syntax.Name, syntax.Arguments.Length, least, most, function.Signature);
        }
        else if (CatalogIndex.FindAggregation(syntax.Name) is not null)
        {
            context.Diagnostics.ReportAggregateElsewhere(syntax.Span, syntax.Name);
        }
        else
        {
            context.Diagnostics.ReportUnknownFunction(syntax.NameSpan, syntax.Name,
                CatalogIndex.Functions.Select(f => f.Name).Concat(CatalogIndex.Aggregations.Select(a => a.Name)));
        }

        return new BoundError(syntax.Span);
    }

    private BoundExpression BindMember(MemberSyntax syntax)
    {
        if (syntax.Value is NameSyntax { Name: "args" })
            return BindField(syntax);
        var value = Bind(syntax.Value);
        if (value.Type is TupleType tuple)
        {
            if (int.TryParse(syntax.Name, out int index) && index < tuple.Elements.Length)
                return new BoundElement(value, tuple.Elements[index], syntax.Span);
            context.Diagnostics.ReportType(syntax.NameSpan, $"this tuple has the elements .0 to .{tuple.Elements.Length - 1}");
        }
        else
        {
            return Memory.Member(syntax, value);
        }

        return new BoundError(syntax.Span);
    }

    private BoundExpression BindField(MemberSyntax syntax)
    {
        DependsOnProbe = true;
        if (probe.RawArguments is { } arguments)
        {
            int index = arguments.ToList().FindIndex(a => a.Name == syntax.Name);
            if (index >= 0)
                return new BoundRawArgument(index, RawType(arguments[index]), syntax.Span);
            context.Diagnostics.ReportUnknownField(syntax.NameSpan, probe.Name, syntax.Name, [.. arguments.Select(a => a.Name)]);
            return new BoundError(syntax.Span);
        }

        var fields = probe.Format?.Fields ?? [];
        if (fields.FirstOrDefault(f => f.Name == syntax.Name) is not { } field)
        {
            context.Diagnostics.ReportUnknownField(syntax.NameSpan, probe.Name, syntax.Name, [.. fields.Select(f => f.Name)]);
            return new BoundError(syntax.Span);
        }

        if (FieldType(field) is not { } type)
            return Unsupported(syntax, $"reading the array {field.TypeName} {field.Name}");
        if (probe.Syscalls is not null && !SyscallFields.IsCommon(field, probe))
            return Unsupported(syntax, $"reading {field.Name} from many system calls at once");
        return new BoundField(field, type, syntax.Span);
    }

    private TraceType? FieldType(TracepointField field) => field.Kind switch
    {
        TracepointFieldKind.Integer => new IntegerType(field.Size, field.Signed),
        TracepointFieldKind.Pointer => TypeResolver.FromSpelling(field.TypeName, context.Types, probe.HasUserPointers ? AddressSpace.User : AddressSpace.Kernel),
        TracepointFieldKind.CharArray => new StringType(field.Size),
        TracepointFieldKind.DataLocation or TracepointFieldKind.RelativeLocation when field.TypeName.Contains("char") =>
            new StringType(context.Options.MaxStringLength),
        TracepointFieldKind.Array => ArrayFieldType(field),
        _ => null,
    };

    /// <summary>An array, or a structure, in the record; null where its type is not known.</summary>
    private TraceType? ArrayFieldType(TracepointField field)
    {
        var type = TypeResolver.FromSpelling(field.TypeName, context.Types, AddressSpace.Kernel);
        return type?.Size == field.Size ? type
            : type is { Size: > 0 } && field.Size % type.Size == 0 ? new ArrayType(type, field.Size / type.Size)
            : null;
    }

    private static TraceType RawType(RawArgument argument) =>
        argument.Type is { IsScalar: true } known ? known :
        argument.IsPointer ? new PointerType(new VoidType(argument.TypeName.Replace("*", "").Trim()), AddressSpace.Kernel) : new IntegerType(argument.Size is 1 or 2 or 4 or 8 ? argument.Size : 8, argument.Signed);

    private BoundExpression BindBinary(BinarySyntax syntax)
    {
        var (left, right) = (Bind(syntax.Left), Bind(syntax.Right));
        return Memory.Arithmetic(syntax, left, right) ?? OperatorBinder.Binary(this, syntax, left, right);
    }

    private BoundExpression BindUnary(UnarySyntax syntax)
    {
        if (syntax.Operator == "*")
            return Memory.Dereference(syntax);
        if (syntax.Operator == "&")
            return Memory.AddressOf(syntax);
        return OperatorBinder.Unary(this, syntax, Bind(syntax.Operand));
    }

    private BoundExpression BindIncrement(IncrementSyntax syntax)
    {
        if (syntax.Target is MapSyntax map)
        {
            // @m++ on a map that is nowhere else assigned makes it an integer map.
            var symbol = context.DefineMap(map.Name, map.NameSpan);
            if (!context.MergeValue(symbol, TraceType.Int64))
                context.Diagnostics.ReportMapMismatch(syntax.Span, map.Name, symbol.ValueName, "an integer");
            return BindKeys(symbol, map) is { } keys && symbol.Plain is IntegerType
                ? new BoundIncrement(new BoundMapRead(symbol, keys, symbol.Plain, map.Span), syntax.IsDecrement, syntax.IsPostfix, symbol.Plain, syntax.Span)
                : new BoundError(syntax.Span);
        }

        if (syntax.Target is VariableSyntax)
        {
            var target = Bind(syntax.Target);
            if (target.Type is IntegerType or ErrorType)
                return target is BoundVariable ? new BoundIncrement(target, syntax.IsDecrement, syntax.IsPostfix, target.Type, syntax.Span) : target;
            context.Diagnostics.ReportType(syntax.Span, $"only integers can be counted up and down, not {target.Type.WithArticle}");
        }
        else
        {
            context.Diagnostics.ReportBadTarget(syntax.Target.Span);
        }

        return new BoundError(syntax.Span);
    }

    private BoundExpression BindTernary(TernarySyntax syntax)
    {
        var condition = BindCondition(syntax.Condition);
        var then = Bind(syntax.Then);
        var otherwise = Bind(syntax.Else);
        if (then.Type is NoneType && otherwise.Type is NoneType)
            return new BoundTernary(condition, then, otherwise, TraceType.None, syntax.Span);
        if (TypeRules.Merge(then.Type, otherwise.Type) is { } type && type is not NoneType)
            return new BoundTernary(condition, then, otherwise, TypeRules.Stored(type), syntax.Span);
        context.Diagnostics.ReportTypes(syntax.Span, "? :", then.Type.Name, otherwise.Type.Name, "both ways must give the same type");
        return new BoundError(syntax.Span);
    }

    private BoundExpression BindTuple(TupleSyntax syntax)
    {
        var items = syntax.Items.Select(BindValue).ToImmutableArray();
        if (items.FirstOrDefault(i => i.Type is NoneType) is { } none)
            context.Diagnostics.ReportType(none.Span, "this gives no value to put in a tuple");
        return items.Any(i => i.Type is ErrorType or NoneType)
            ? new BoundError(syntax.Span)
            : new BoundTuple(items, TupleType.Of(items.Select(i => TypeRules.Stored(i.Type))), syntax.Span);
    }
}
