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
internal sealed partial class ExpressionBinder(BindingContext context, ResolvedProbe probe, int clause)
{
    /// <summary>Statements and expressions of a clause, macros and copies of loops counted each time: far more than any program takes.</summary>
    private const int MostNodes = 20_000;

    private readonly List<BoundStatement> _inner = [];
    private List<Dictionary<string, VariableSymbol>> _scopes = [[]];
    private MacroFrame? _frame;
    private readonly List<VariableSymbol> _declared = [];
    private int _nodes;

    /// <summary>What is kept from the entry, where the probe is a span's return; otherwise null.</summary>
    public SpanBinder? Span { get; } = probe.Entry is { } entry ? new SpanBinder(context, entry, clause) : null;

    /// <summary>Binds statements inside of expressions.</summary>
    public StatementBinder? Statements { get; set; }

    /// <summary>The statements inside of expressions, so far.</summary>
    public ImmutableArray<BoundStatement> Inner => [.. _inner];

    public BindingContext Context => context;

    public ResolvedProbe Probe => probe;

    public MemoryBinder Memory => new(this);

    /// <summary>Whether anything bound so far differs from probe to probe.</summary>
    public bool DependsOnProbe { get; private set; }

    /// <summary>Whether anything bound so far asks more of the probe than which one it is.</summary>
    public bool LooksInside { get; private set; }

    /// <summary>Notes that what is bound differs from probe to probe.</summary>
    public void NoteProbe() => DependsOnProbe = LooksInside = true;

    /// <summary>Whether it matters from where in the kernel the program is run: a stack is asked for.</summary>
    public bool LooksAround { get; private set; }

    /// <summary>Warns of variables that are read and were never given a value: they are 0.</summary>
    public void WarnOfUnassigned()
    {
        foreach (var variable in _declared.Where(v => v is { IsUnassigned: true, IsRead: true, HasAddress: false, Type: not ErrorType }))
            context.Diagnostics.Warn("CT2006", variable.Span, $"nothing is ever assigned to {variable.Name}: it is 0", $"give it a value where it is declared: let {variable.Name} = 0;");
    }

    public void EnterScope() => _scopes.Add([]);

    public void LeaveScope() => _scopes.RemoveAt(_scopes.Count - 1);

    public VariableSymbol? FindVariable(string name) => _frame?.Find(name) is VariableSyntax given ? InCaller(() => FindVariable(given.Name)) : _scopes.AsEnumerable().Reverse().Select(s => s.GetValueOrDefault(name)).FirstOrDefault(v => v is not null);

    /// <summary>Whether the innermost scope has a variable already.</summary>
    public bool IsDeclaredHere(string name) => _scopes[^1].ContainsKey(name);

    /// <summary>Makes a variable in the innermost scope.</summary>
    /// <param name="name">With its <c>$</c>.</param>
    /// <param name="type">The first value's, or the declared one.</param>
    /// <param name="span">Where.</param>
    /// <param name="isDeclared">Whether the program names the type: then it stays that.</param>
    public VariableSymbol DeclareVariable(string name, TraceType type, TextSpan span, bool isDeclared = false)
    {
        if (_frame?.Find(name) is VariableSyntax given)
            return InCaller(() => DeclareVariable(given.Name, type, span, isDeclared));
        // Each macro's variables are known by names of their own.
        string known = _frame is null ? name : $"{name} of {_frame.Macro.Name}";
        var kept = isDeclared ? type : context.VariableType(clause, known, TypeRules.Stored(type));
        var variable = new VariableSymbol(known, kept, span) { IsDeclared = isDeclared, Assigned = context.Assigned(clause, known, span) };
        context.Variables.Add(variable);
        _scopes[^1][name] = variable;
        _declared.Add(variable);
        return variable;
    }

    public bool AssignVariable(VariableSymbol variable, TraceType type) => context.MergeVariable(clause, variable, type);

    /// <summary>Binds an expression.</summary>
    public BoundExpression Bind(ExpressionSyntax syntax)
    {
        // A long chain of operators is a deep tree.
        RuntimeHelpers.EnsureSufficientExecutionStack();
        if (IsTooMuch(syntax))
            return new BoundError(syntax.Span);
        if (Span is not null && _frame is null && Span.Capture(syntax) is { } captured)
        {
            NoteProbe();
            return captured;
        }

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
            BlockExpressionSyntax s => BindBlock(s.Block),
            IfExpressionSyntax s => BindIf(s.If),
            TupleSyntax s => BindTuple(s),
            TypeExpressionSyntax s => BindType(s),
            _ => throw new InvalidOperationException($"no rule for {syntax.Label}"),
        };
    }

    /// <summary>Counts a node. True, after a diagnostic, when there are too many: copies of copies would take for ever.</summary>
    public bool IsTooMuch(SyntaxNode syntax)
    {
        if (++_nodes == MostNodes)
            context.Diagnostics.ReportTooLarge(syntax.Span, "with all its copies of loops and macros, this clause is too large for one BPF program");
        return _nodes >= MostNodes;
    }

    /// <summary>Binds an expression whose whole value is needed: it may not be too large for that.</summary>
    public BoundExpression BindValue(ExpressionSyntax syntax) => Memory.Checked(Bind(syntax));

    /// <summary>The keys of a map's use, checked against the map; null after a diagnostic.</summary>
    /// <param name="map">The map.</param>
    /// <param name="syntax">Its use.</param>
    /// <param name="shown">What a key is turned into first.</param>
    public ImmutableArray<BoundExpression>? BindKeys(MapSymbol map, MapSyntax syntax, Func<BoundExpression, BoundExpression>? shown = null) => new KeyBinder(this).Bind(map, syntax, shown);

    public BoundExpression ParameterText(ParameterSyntax syntax)
    {
        string? text = context.Positional.ElementAtOrDefault(syntax.Index - 1);
        WarnOfMissing(syntax, text);
        return new BoundString([.. System.Text.Encoding.UTF8.GetBytes(text ?? "")], syntax.Span);
    }

    public BoundExpression Unsupported(ExpressionSyntax syntax, string what)
    {
        context.Diagnostics.ReportUnsupported(syntax.Span, what);
        return new BoundError(syntax.Span);
    }

    private BoundExpression BindCall(CallSyntax syntax)
    {
        if (context.FindMacro(syntax.Name, syntax.Arguments) is { } macro)
            return BindMacro(macro, syntax);
        // A builtin value may be written as a call, comm(), unless there is a function of that name which does something: time().
        if (syntax.Arguments.IsEmpty && CatalogIndex.FindBuiltin(syntax.Name) is not null && CatalogIndex.FindFunction(syntax.Name) is not { HasEffect: true })
            return BindName(new NameSyntax(syntax.Name, syntax.Span));
        if (_frame is not null)
            syntax = syntax with { Arguments = [.. syntax.Arguments.Select(a => a is MapSyntax map ? Given(map) : Literal(a))] };
        if (CatalogIndex.FindFunction(syntax.Name) is { } function)
        {
            var (least, most) = function.Arity;
            if (syntax.Arguments.Length >= least && syntax.Arguments.Length <= most)
            {
                if (probe.Record is not null && function.IsOfThread)
                {
                    context.Diagnostics.ReportUnavailable(syntax.Span, syntax.Name + "()", probe.Name, "where the kernel runs the program; here ctrace does, when it is told of the event");
                    return new BoundError(syntax.Span);
                }

                var bound = function.Bind(new CallBinding(this, function, syntax));
                LooksAround |= bound.Type is StackType;
                return bound;
            }

            context.Diagnostics.ReportArity(syntax.Span, syntax.Name, syntax.Arguments.Length, least, most, function.Signature);
        }
        else if (CatalogIndex.FindAggregation(syntax.Name) is not null)
        {
            context.Diagnostics.ReportAggregateElsewhere(syntax.Span, syntax.Name);
        }
        else
        {
            context.Diagnostics.ReportUnknownFunction(syntax.NameSpan, syntax.Name,
                CatalogIndex.Functions.Select(f => f.Name).Concat(CatalogIndex.Aggregations.Select(a => a.Name)).Concat(context.Macros.Keys));
        }

        return new BoundError(syntax.Span);
    }

    private BoundExpression BindMember(MemberSyntax syntax)
    {
        if (StandsForArguments(syntax.Value))
            return BindField(syntax);
        var value = Bind(syntax.Value);
        if (value.Type is TupleType { Names: { IsEmpty: false } names } record)
        {
            if (names.IndexOf(syntax.Name) is >= 0 and var position)
            {
                bool isKnown = value is BoundTuple { Items: var items } && items.All(i => i is BoundConstant or BoundString);
                return isKnown ? ((BoundTuple)value).Items[position] : new BoundElement(value, record.Elements[position], syntax.Span);
            }

            context.Diagnostics.ReportType(syntax.NameSpan, $"this record has no element '{syntax.Name}'", $"it has {string.Join(", ", names)}");
        }
        else if (value.Type is TupleType tuple)
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

    private BoundExpression BindBinary(BinarySyntax syntax)
    {
        var (left, right) = (Bind(syntax.Left), Bind(syntax.Right));
        bool isLogic = Operators.Binary[syntax.Operator].Kind == OperatorKind.Logic;
        if (isLogic || right.Type.IsScalar)
            left = BoundField.AsAddress(left);
        if (isLogic || left.Type.IsScalar)
            right = BoundField.AsAddress(right);
        right = TypeRules.Fitted(left.Type, right);
        return Memory.Arithmetic(syntax, left, right) ?? OperatorBinder.Binary(this, syntax, left, right);
    }

    private BoundExpression BindUnary(UnarySyntax syntax)
    {
        if (syntax.Operator == "*")
            return Memory.Dereference(syntax);
        if (syntax.Operator == "&")
            return Memory.AddressOf(syntax);
        if (syntax is { Operator: "-", Operand: IntegerSyntax { Unsigned: true, Value: < 0 and > long.MinValue } number } && number.Span.Start == syntax.Span.Start + 1)
        {
            context.Diagnostics.ReportType(syntax.Span, "no integer of 64 bits is so small", $"the smallest is {long.MinValue}");
            return new BoundError(syntax.Span);
        }

        return OperatorBinder.Unary(this, syntax, BoundField.AsAddress(Bind(syntax.Operand)));
    }

    private BoundExpression BindIncrement(IncrementSyntax syntax)
    {
        if (syntax.Target is MapSyntax used)
        {
            var map = Given(used);
            // @m++ on a map that is nowhere else assigned makes it an integer map.
            var symbol = context.DefineMap(map.Name, map.NameSpan);
            if (symbol.Plain is not PointerType && !context.MergeValue(symbol, TraceType.Int64))
                context.Diagnostics.ReportMapMismatch(syntax.Span, map.Name, symbol.ValueName, "an integer");
            context.NoteComputed(symbol.Assigned);
            return BindKeys(symbol, map) is { } keys && symbol.Plain is IntegerType or PointerType
                ? new BoundIncrement(new BoundMapRead(symbol, keys, symbol.Plain, map.Span), syntax.IsDecrement, syntax.IsPostfix, symbol.Plain, syntax.Span)
                : new BoundError(syntax.Span);
        }

        if (syntax.Target is VariableSyntax)
        {
            var target = Bind(syntax.Target);
            if (target is BoundVariable { Variable: var changed })
            {
                (changed.IsUnassigned, changed.IsChanged) = (false, true);
                context.NoteComputed(changed.Assigned);
                // The difference of two numbers has a sign.
                if (syntax.IsDecrement && target.Type is IntegerType && !changed.IsDeclared && AssignVariable(changed, TraceType.Int64))
                    target = new BoundVariable(changed, target.Span);
            }

            if (target.Type is IntegerType or PointerType or ErrorType)
                return target is BoundVariable ? new BoundIncrement(target, syntax.IsDecrement, syntax.IsPostfix, target.Type, syntax.Span) : target;
            context.Diagnostics.ReportType(syntax.Span, $"only integers and pointers can be counted up and down, not {target.Type.WithArticle}");
        }
        else
        {
            context.Diagnostics.ReportBadTarget(syntax.Target.Span);
        }

        return new BoundError(syntax.Span);
    }

    /// <summary>A type stands for something only where a macro was given it.</summary>
    private BoundError BindType(TypeExpressionSyntax syntax)
    {
        context.Diagnostics.ReportType(syntax.Span, $"'{syntax.Type.Text}' is a type, and has no value", "only macros take types: macro size(t) { sizeof(t) }");
        return new BoundError(syntax.Span);
    }

    private BoundExpression BindTuple(TupleSyntax syntax)
    {
        // Nothing can be done with a tuple that has no elements: there is no value.
        if (syntax.Items.IsEmpty)
            return new BoundConstant(0, TraceType.None, syntax.Span);
        var items = syntax.Items.Select(BindValue).ToImmutableArray();
        foreach (var again in syntax.Names.Where((name, i) => syntax.Names.Take(i).Any(n => n.Name == name.Name)))
        {
            context.Diagnostics.ReportType(again.Span, $"the record has two elements called '{again.Name}'", null);
            return new BoundError(syntax.Span);
        }

        if (items.FirstOrDefault(i => i.Type is NoneType) is { } none)
            context.Diagnostics.ReportType(none.Span, "this gives no value to put in a tuple");
        return items.Any(i => i.Type is ErrorType or NoneType)
            ? new BoundError(syntax.Span)
            : new BoundTuple(items, TupleType.Of(items.Select(i => TypeRules.Stored(i.Type))) with { Names = [.. syntax.Names.Select(n => n.Name)] }, syntax.Span);
    }
}
