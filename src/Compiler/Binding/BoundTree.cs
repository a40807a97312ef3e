using System.Collections.Immutable;
using Ctrace.Compiler.Catalog;
using Ctrace.Compiler.Catalog.Aggregations;
using Ctrace.Compiler.Catalog.Builtins;
using Ctrace.Compiler.Catalog.Probes;
using Ctrace.Compiler.Layouts;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Syntax;
using Ctrace.Compiler.Targets;
using Ctrace.Compiler.Text;

namespace Ctrace.Compiler.Binding;

/// <summary>A node with its meaning settled.</summary>
internal abstract record BoundNode(TextSpan Span);

/// <summary>An expression with its type.</summary>
internal abstract record BoundExpression(TraceType Type, TextSpan Span) : BoundNode(Span);

/// <summary>An expression that has an error.</summary>
internal sealed record BoundError(TextSpan Span) : BoundExpression(TraceType.Error, Span);

/// <summary>An integer, bool or address that is known.</summary>
internal sealed record BoundConstant(long Value, TraceType Type, TextSpan Span) : BoundExpression(Type, Span);

/// <summary>Text that is known, without its NUL.</summary>
internal sealed record BoundString(ImmutableArray<byte> Bytes, TextSpan Span) : BoundExpression(new StringType(Bytes.Length + 1), Span);

internal sealed record BoundVariable(VariableSymbol Variable, TextSpan Span) : BoundExpression(Variable.Type, Span);

/// <summary>A variable's address, in the memory of the kernel.</summary>
internal sealed record BoundVariableAddress(VariableSymbol Variable, TextSpan Span)
    : BoundExpression(new PointerType(Variable.Type, AddressSpace.Kernel), Span);

/// <summary>The address of a map itself, the kernel's struct bpf_map.</summary>
internal sealed record BoundMapAddress(MapSymbol Map, TraceType Type, TextSpan Span) : BoundExpression(Type, Span);

/// <summary>The value of an aggregate, gathered from all CPUs.</summary>
internal sealed record BoundAggregateRead(MapSymbol Map, ImmutableArray<BoundExpression> Keys, TraceType Type, TextSpan Span) : BoundExpression(Type, Span);

internal sealed record BoundMapRead(MapSymbol Map, ImmutableArray<BoundExpression> Keys, TraceType Type, TextSpan Span) : BoundExpression(Type, Span);

internal sealed record BoundUnary(string Operator, BoundExpression Operand, TraceType Type, TextSpan Span) : BoundExpression(Type, Span);

internal sealed record BoundBinary(BoundExpression Left, BinaryOperator Operator, BoundExpression Right, TraceType Type, TextSpan Span)
    : BoundExpression(Type, Span)
{
    /// <summary>Whether the operands are compared, divided or shifted as signed numbers.</summary>
    public bool Signed => Operators.CountsAsSigned(Left) || Operators.CountsAsSigned(Right);
}

internal sealed record BoundTernary(BoundExpression Condition, BoundExpression Then, BoundExpression Else, TraceType Type, TextSpan Span)
    : BoundExpression(Type, Span);

internal sealed record BoundTuple(ImmutableArray<BoundExpression> Items, TupleType Tuple, TextSpan Span) : BoundExpression(Tuple, Span);

internal sealed record BoundElement(BoundExpression Value, TupleElement Element, TextSpan Span) : BoundExpression(Element.Type, Span);

/// <summary>An integer cut or extended to another integer type.</summary>
internal sealed record BoundConversion(BoundExpression Value, TraceType Type, TextSpan Span) : BoundExpression(Type, Span);

/// <summary>The bytes of a value taken as another type of the same size: an integer as an array, or the other way round.</summary>
internal sealed record BoundReinterpretation(BoundExpression Value, TraceType Type, TextSpan Span) : BoundExpression(Type, Span);

/// <summary>What is in memory at an address: the kernel's or the process's, so it may not be there; it reads as zeros then.</summary>
/// <param name="Address">A pointer or an integer.</param>
/// <param name="Offset">Bytes to add to it.</param>
/// <param name="Type">What is there.</param>
/// <param name="Span">As written.</param>
internal sealed record BoundDereference(BoundExpression Address, int Offset, TraceType Type, TextSpan Span) : BoundExpression(Type, Span)
{
    /// <summary>The array that it is, also where it is read as text.</summary>
    public ArrayType? Array { get; init; }
}

/// <summary>A bit-field.</summary>
/// <param name="Container">The integer that it is a part of.</param>
/// <param name="First">Its lowest bit there.</param>
/// <param name="Bits">How many bits it has.</param>
/// <param name="Type">Its declared type.</param>
/// <param name="Span">As written.</param>
internal sealed record BoundBits(BoundExpression Container, int First, int Bits, TraceType Type, TextSpan Span) : BoundExpression(Type, Span);

/// <summary>An element of an array that is a value, at an index that is not known; zero where there is none.</summary>
internal sealed record BoundIndex(BoundExpression Value, BoundExpression Index, TraceType Type, int Length, TextSpan Span) : BoundExpression(Type, Span);

/// <summary>A builtin value.</summary>
internal sealed record BoundBuiltin(BuiltinDefinition Definition, ResolvedProbe Probe, TraceType Type, TextSpan Span) : BoundExpression(Type, Span);

/// <summary>A function's call. <paramref name="Data"/> is what the definition found out while binding.</summary>
internal sealed record BoundCall(
    FunctionDefinition Definition, ImmutableArray<BoundExpression> Arguments, object? Data, TraceType Type, TextSpan Span) : BoundExpression(Type, Span);

/// <summary>A field of a tracepoint's record.</summary>
internal sealed record BoundField(TracepointField Field, TraceType Type, TextSpan Span) : BoundExpression(Type, Span)
{
    /// <summary>The address of a text that stands elsewhere in the record, for where an address or a number is wanted; what is given where it is no such text.</summary>
    public static BoundExpression AsAddress(BoundExpression value) =>
        value is BoundField { Field.IsElsewhere: true, Type: StringType } text ? text with { Type = new PointerType(new IntegerType(1, true), AddressSpace.Kernel) } : value;
}

/// <summary>An argument of a raw tracepoint or a function: the n-th 64-bit word of its context; a structure may go on in the next.</summary>
internal sealed record BoundRawArgument(int Index, TraceType Type, TextSpan Span) : BoundExpression(Type, Span)
{
    /// <summary>Whether it is in the register in which functions get it, and not in an array of arguments.</summary>
    public bool InRegister { get; init; }
}

/// <summary><c>++</c> and <c>--</c> as an expression.</summary>
internal sealed record BoundIncrement(BoundExpression Target, bool IsDecrement, bool IsPostfix, TraceType Type, TextSpan Span) : BoundExpression(Type, Span)
{
    /// <summary>What is added: 1 or -1, of a pointer an element's size.</summary>
    public int Step => (IsDecrement ? -1 : 1) * (Type is PointerType pointer ? pointer.Step : 1);
}

internal abstract record BoundStatement(TextSpan Span) : BoundNode(Span);

internal sealed record BoundBlock(ImmutableArray<BoundStatement> Statements, TextSpan Span) : BoundStatement(Span);

internal sealed record BoundExpressionStatement(BoundExpression Expression) : BoundStatement(Expression.Span);

internal sealed record BoundAssignVariable(VariableSymbol Variable, BoundExpression Value, TextSpan Span) : BoundStatement(Span);

internal sealed record BoundAssignMap(MapSymbol Map, ImmutableArray<BoundExpression> Keys, BoundExpression Value, TextSpan Span) : BoundStatement(Span);

/// <summary><c>@m[k] += v</c> as one indivisible addition.</summary>
internal sealed record BoundAddToMap(MapSymbol Map, ImmutableArray<BoundExpression> Keys, BoundExpression Value, bool Subtract, TextSpan Span) : BoundStatement(Span);

/// <summary>One or more aggregates of one map entry take a value each.</summary>
internal sealed record BoundAggregate(MapSymbol Map, ImmutableArray<BoundExpression> Keys, ImmutableArray<AggregateUpdate> Updates, TextSpan Span) : BoundStatement(Span);

/// <summary>An aggregate and the value it takes (null for <c>count()</c>).</summary>
internal sealed record AggregateUpdate(int Column, BoundExpression? Value);

internal sealed record BoundIf(BoundExpression Condition, BoundStatement Then, BoundStatement? Else, TextSpan Span) : BoundStatement(Span);

/// <summary>Runs while a condition holds; the step comes after each round, also after a <c>continue</c>.</summary>
/// <param name="Condition">Checked before each round.</param>
/// <param name="Body">A round.</param>
/// <param name="Step">What leads to the next round, or null.</param>
/// <param name="Rounds">How many rounds there are, where that is known and a small number: then there need be no other bound; otherwise 0.</param>
/// <param name="Span">As written.</param>
internal sealed record BoundLoop(BoundExpression Condition, BoundStatement Body, BoundStatement? Step, int Rounds, TextSpan Span) : BoundStatement(Span);

/// <summary>Runs once for each entry of a map.</summary>
/// <param name="Map">The map.</param>
/// <param name="Variable">Its key and its value; a tuple.</param>
/// <param name="Body">A round.</param>
/// <param name="Span">As written.</param>
internal sealed record BoundMapLoop(MapSymbol Map, VariableSymbol Variable, BoundStatement Body, TextSpan Span) : BoundStatement(Span);

/// <summary>Leaves the innermost loop, or goes on with its next round.</summary>
internal sealed record BoundLoopJump(bool IsBreak, TextSpan Span) : BoundStatement(Span);

/// <summary>Statements, and then a value, or none.</summary>
internal sealed record BoundBlockExpression(ImmutableArray<BoundStatement> Statements, BoundExpression? Value, TraceType Type, TextSpan Span) : BoundExpression(Type, Span);

/// <summary>Ends the clause. The value counts only where ctrace runs the program itself.</summary>
internal sealed record BoundReturn(BoundExpression? Value, TextSpan Span) : BoundStatement(Span);

/// <summary>A row of an event query; the C# that gets it, or -1.</summary>
internal sealed record BoundRow(ImmutableArray<string> Names, ImmutableArray<BoundExpression> Columns, int Handler, TextSpan Span) : BoundStatement(Span);

/// <summary>C# that is to run.</summary>
internal sealed record BoundHandler(int Handler, TextSpan Span) : BoundStatement(Span);

/// <summary>An aggregate in a map's value.</summary>
/// <param name="Name">Its column's name.</param>
/// <param name="Definition">The aggregation.</param>
/// <param name="Parameters">Its constant arguments.</param>
/// <param name="Signed">Whether the values are signed.</param>
/// <param name="Offset">Bytes from the value's start.</param>
internal sealed record AggregateColumn(string Name, AggregationDefinition Definition, AggregateParameters Parameters, bool Signed, int Offset)
{
    public int Size => Definition.ValueSize(Parameters);
}

/// <summary>How an aggregation query is shown, and the C# that gets it (-1 for none).</summary>
internal sealed record BoundQuery(ImmutableArray<string> KeyNames, int Top, int SortColumn, long EveryNanoseconds, bool IsTable, int Handler);

/// <summary>A clause for those of its probes that share one program.</summary>
/// <param name="Syntax">As written.</param>
/// <param name="Probes">What it is attached to.</param>
/// <param name="Predicate">Null for none.</param>
/// <param name="Body">What it does.</param>
internal sealed record BoundClause(ClauseSyntax Syntax, ImmutableArray<ResolvedProbe> Probes, BoundExpression? Predicate, BoundStatement Body)
{
    /// <summary>The statements inside of its expressions.</summary>
    public ImmutableArray<BoundStatement> Inner { get; init; } = [];

    /// <summary>The entry, where the probes are the returns of spans; otherwise null.</summary>
    public BoundSpan? Span { get; init; }

    /// <summary>All its statements.</summary>
    public IEnumerable<BoundStatement> Statements => [Body, .. Inner];

    /// <summary>The probes as written, for messages and loss reports.</summary>
    public string ProbeText => Probes.Length == 1 ? Probes[0].Name : string.Join(",", Syntax.Probes.Select(p => p.Text));
}

/// <summary>A whole program with its meaning settled.</summary>
internal sealed record BoundProgram(ImmutableArray<BoundClause> Clauses, ImmutableArray<MapSymbol> Maps, ImmutableArray<string> ProbeNames, ImmutableArray<Handler> Handlers)
{
    /// <summary>The variables that the program names.</summary>
    public ImmutableArray<VariableSymbol> Variables { get; init; } = [];

    /// <summary>What maps and variables hold, a line each, for <c>--dump types</c>.</summary>
    public string TypesAsText() => string.Concat(Maps
        .Select(m => $"{m.Name}{(m.Keys is [_, ..] keys ? $"[{string.Join(", ", keys)}]" : "")}: {m.ValueName}\n")
        .Concat(Variables.Select(v => $"{v.Name}: {v.Type}\n")));
}
