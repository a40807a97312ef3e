using System.Collections.Immutable;
using Ctrace.Compiler.Text;

namespace Ctrace.Compiler.Syntax;

/// <summary>An expression.</summary>
public abstract record ExpressionSyntax(TextSpan Span) : SyntaxNode(Span);

/// <summary>An integer, a duration in nanoseconds included.</summary>
/// <param name="Value">Its bits.</param>
/// <param name="Unsigned">Whether it does not fit a signed 64-bit integer, or has a <c>u</c> suffix.</param>
/// <param name="Span">The digits.</param>
public sealed record IntegerSyntax(long Value, bool Unsigned, TextSpan Span) : ExpressionSyntax(Span)
{
    /// <inheritdoc/>
    public override string Label => $"integer {(Unsigned ? ((ulong)Value).ToString() : Value.ToString())}";
}

/// <summary>A string literal, escapes resolved. A character stands for a byte where an escape gave one.</summary>
public sealed record StringSyntax(string Value, TextSpan Span) : ExpressionSyntax(Span)
{
    /// <inheritdoc/>
    public override string Label => $"string \"{Value}\"";
}

/// <summary><c>true</c> or <c>false</c>.</summary>
public sealed record BoolSyntax(bool Value, TextSpan Span) : ExpressionSyntax(Span)
{
    /// <inheritdoc/>
    public override string Label => Value ? "true" : "false";
}

/// <summary>A bare name: a builtin value or a constant.</summary>
public sealed record NameSyntax(string Name, TextSpan Span) : ExpressionSyntax(Span)
{
    /// <inheritdoc/>
    public override string Label => $"name {Name}";
}

/// <summary><c>$name</c>.</summary>
public sealed record VariableSyntax(string Name, TextSpan Span) : ExpressionSyntax(Span)
{
    /// <inheritdoc/>
    public override string Label => $"variable {Name}";
}

/// <summary>A positional parameter: <c>$1</c>, or <c>$#</c> (index 0), their number.</summary>
public sealed record ParameterSyntax(int Index, TextSpan Span) : ExpressionSyntax(Span)
{
    /// <summary>The index of <c>$0</c>, which does not exist.</summary>
    public const int None = -1;

    /// <inheritdoc/>
    public override string Label => Index == 0 ? "parameter count" : $"parameter {Index}";
}

/// <summary><c>@name</c> or <c>@name[key, …]</c>.</summary>
/// <param name="Name">With the <c>@</c>.</param>
/// <param name="Keys">Empty without brackets.</param>
/// <param name="NameSpan">The name alone.</param>
/// <param name="Span">Name and brackets.</param>
public sealed record MapSyntax(string Name, ImmutableArray<ExpressionSyntax> Keys, TextSpan NameSpan, TextSpan Span)
    : ExpressionSyntax(Span)
{
    /// <inheritdoc/>
    public override string Label => $"map {Name}";

    /// <inheritdoc/>
    public override IEnumerable<SyntaxNode> Children => Keys;
}

/// <summary><c>name(argument, …)</c>.</summary>
public sealed record CallSyntax(string Name, ImmutableArray<ExpressionSyntax> Arguments, TextSpan NameSpan, TextSpan Span)
    : ExpressionSyntax(Span)
{
    /// <inheritdoc/>
    public override string Label => $"call {Name}";

    /// <inheritdoc/>
    public override IEnumerable<SyntaxNode> Children => Arguments;
}

/// <summary><c>value.name</c>, <c>value-&gt;name</c>, or <c>tuple.0</c>.</summary>
public sealed record MemberSyntax(ExpressionSyntax Value, string Name, TextSpan NameSpan, TextSpan Span) : ExpressionSyntax(Span)
{
    /// <inheritdoc/>
    public override string Label => $"member {Name}";

    /// <inheritdoc/>
    public override IEnumerable<SyntaxNode> Children => [Value];
}

/// <summary><c>value[index]</c>.</summary>
public sealed record IndexSyntax(ExpressionSyntax Value, ExpressionSyntax Index, TextSpan Span) : ExpressionSyntax(Span)
{
    /// <inheritdoc/>
    public override string Label => "index";

    /// <inheritdoc/>
    public override IEnumerable<SyntaxNode> Children => [Value, Index];
}

/// <summary><c>(type)value</c>.</summary>
public sealed record CastSyntax(TypeSyntax Type, ExpressionSyntax Value, TextSpan Span) : ExpressionSyntax(Span)
{
    /// <inheritdoc/>
    public override string Label => $"cast {Type.Text}";

    /// <inheritdoc/>
    public override IEnumerable<SyntaxNode> Children => [Value];
}

/// <summary><c>sizeof(type)</c> or <c>sizeof(expression)</c>.</summary>
public sealed record SizeofSyntax(TypeSyntax? Type, ExpressionSyntax? Value, TextSpan Span) : ExpressionSyntax(Span)
{
    /// <inheritdoc/>
    public override string Label => Type is null ? "sizeof" : $"sizeof {Type.Text}";

    /// <inheritdoc/>
    public override IEnumerable<SyntaxNode> Children => Value is null ? [] : [Value];
}

/// <summary><c>offsetof(type, member.member)</c> or <c>offsetof(expression, member)</c>.</summary>
public sealed record OffsetofSyntax(TypeSyntax? Type, ExpressionSyntax? Value, ImmutableArray<MemberName> Members, TextSpan Span) : ExpressionSyntax(Span)
{
    /// <inheritdoc/>
    public override string Label => "offsetof " + string.Join('.', Members.Select(m => m.Name));

    /// <inheritdoc/>
    public override IEnumerable<SyntaxNode> Children => Value is null ? [] : [Value];
}

/// <summary>A member's name where it stands alone.</summary>
public sealed record MemberName(string Name, TextSpan Span);

/// <summary><c>container_of(pointer, type, member)</c>.</summary>
public sealed record ContainerOfSyntax(ExpressionSyntax Value, TypeSyntax Type, ImmutableArray<MemberName> Members, TextSpan Span) : ExpressionSyntax(Span)
{
    /// <inheritdoc/>
    public override string Label => $"container_of {Type.Text}";

    /// <inheritdoc/>
    public override IEnumerable<SyntaxNode> Children => [Value];
}

/// <summary>A type as written.</summary>
/// <param name="Name">Its words: <c>struct task_struct</c>, <c>unsigned long</c>, <c>string</c>.</param>
/// <param name="Of">The expression whose type it is (<c>typeof(expression)</c>), or null.</param>
/// <param name="Pointers">Number of stars.</param>
/// <param name="Dimensions">Bounds in brackets; 0 where they are empty.</param>
/// <param name="Span">All of it.</param>
public sealed record TypeSyntax(string Name, ExpressionSyntax? Of, int Pointers, ImmutableArray<int> Dimensions, TextSpan Span)
{
    /// <summary>As C spells it.</summary>
    public string Text => Name + (Pointers > 0 ? " " + new string('*', Pointers) : "") + string.Concat(Dimensions.Select(d => d == 0 ? "[]" : $"[{d}]"));
}

/// <summary>A type that is given to a macro: <c>f(struct task_struct)</c>.</summary>
public sealed record TypeExpressionSyntax(TypeSyntax Type) : ExpressionSyntax(Type.Span)
{
    /// <inheritdoc/>
    public override string Label => $"type {Type.Text}";
}

/// <summary><c>-x</c>, <c>!x</c>, <c>~x</c>.</summary>
public sealed record UnarySyntax(string Operator, ExpressionSyntax Operand, TextSpan Span) : ExpressionSyntax(Span)
{
    /// <inheritdoc/>
    public override string Label => $"unary {Operator}";

    /// <inheritdoc/>
    public override IEnumerable<SyntaxNode> Children => [Operand];
}

/// <summary><c>++x</c>, <c>x--</c> and so on.</summary>
public sealed record IncrementSyntax(ExpressionSyntax Target, bool IsDecrement, bool IsPostfix, TextSpan Span) : ExpressionSyntax(Span)
{
    /// <inheritdoc/>
    public override string Label => (IsPostfix ? "post" : "pre") + (IsDecrement ? "-decrement" : "-increment");

    /// <inheritdoc/>
    public override IEnumerable<SyntaxNode> Children => [Target];
}

/// <summary><c>a op b</c>.</summary>
public sealed record BinarySyntax(ExpressionSyntax Left, string Operator, ExpressionSyntax Right, TextSpan OperatorSpan)
    : ExpressionSyntax(TextSpan.Union(Left.Span, Right.Span))
{
    /// <inheritdoc/>
    public override string Label => $"binary {Operator}";

    /// <inheritdoc/>
    public override IEnumerable<SyntaxNode> Children => [Left, Right];
}

/// <summary><c>condition ? a : b</c>; without the <c>a</c> (null), it is the condition's own value.</summary>
public sealed record TernarySyntax(ExpressionSyntax Condition, ExpressionSyntax? Then, ExpressionSyntax Else)
    : ExpressionSyntax(TextSpan.Union(Condition.Span, Else.Span))
{
    /// <inheritdoc/>
    public override string Label => "ternary";

    /// <inheritdoc/>
    public override IEnumerable<SyntaxNode> Children => Then is null ? [Condition, Else] : [Condition, Then, Else];
}

/// <summary><c>(a, b)</c>.</summary>
public sealed record TupleSyntax(ImmutableArray<ExpressionSyntax> Items, TextSpan Span) : ExpressionSyntax(Span)
{
    /// <summary>The names of a record's elements, <c>(a=1, b=2)</c>; empty for a tuple.</summary>
    public ImmutableArray<MemberName> Names { get; init; } = [];

    /// <inheritdoc/>
    public override string Label => "tuple";

    /// <inheritdoc/>
    public override IEnumerable<SyntaxNode> Children => Items;
}
