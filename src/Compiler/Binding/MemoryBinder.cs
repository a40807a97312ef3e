using System.Collections.Immutable;
using Ctrace.Compiler.Catalog.Builtins;
using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Syntax;
using Ctrace.Compiler.Text;

namespace Ctrace.Compiler.Binding;

/// <summary>
/// What is at an address: members, elements, <c>*p</c>, <c>&amp;x</c>, and casts. Steps to a place at a known distance only add to
/// an offset; memory is read when a value is needed.
/// </summary>
internal sealed class MemoryBinder(ExpressionBinder binder)
{
    /// <summary>Bytes: larger structures are read member by member.</summary>
    private const int LargestValue = 8192;

    private DiagnosticBag Diagnostics => binder.Context.Diagnostics;

    /// <summary>The value at a place; a <c>char</c> array is text.</summary>
    public BoundExpression At(BoundExpression address, int offset, TraceType type, TextSpan span, StructureMember? bits = null)
    {
        if (bits is { Bits: > 0 })
        {
            var container = At(address, offset, new IntegerType(Math.Max(1, type.Size), false), span);
            return new BoundBits(container, bits.FirstBit, bits.Bits, type, span);
        }

        var array = type as ArrayType;
        return new BoundDereference(address, offset, array is { IsText: true, Length: > 0 } ? new StringType(array.Length) : type, span) { Array = array };
    }

    /// <summary><c>value.name</c> and <c>pointer->name</c>.</summary>
    public BoundExpression Member(MemberSyntax syntax, BoundExpression value)
    {
        switch (Completed(value.Type))
        {
            case ErrorType:
                return value;
            case PointerType { Target: StructureType structure }:
                return Find(structure, syntax.Name, syntax.NameSpan) is { } member
                    ? At(value, member.Offset, member.Type, syntax.Span, member) : new BoundError(syntax.Span);
            case StructureType structure:
                return Find(structure, syntax.Name, syntax.NameSpan) is { } part ? Part(value, part, syntax.Span) : new BoundError(syntax.Span);
            case PointerType { Target: VoidType type } when type.CName != "void":
                return Problem(syntax.NameSpan, syntax.Span, $"the members of {type.CName} are not known here", null);
            default:
                return Problem(syntax.NameSpan, syntax.Span, $"{value.Type.WithArticle} has no members", HintForMembers(value, syntax));
        }
    }

    /// <summary><c>value[index]</c>.</summary>
    public BoundExpression Index(IndexSyntax syntax)
    {
        var value = binder.Bind(syntax.Value);
        var index = binder.Bind(syntax.Index);
        if (value.Type is ErrorType || index.Type is ErrorType)
            return new BoundError(syntax.Span);
        if (index.Type is not (IntegerType or EnumType or BoolType))
            return Problem(index.Span, syntax.Span, $"an index is an integer, not {index.Type.WithArticle}", null);
        switch (value)
        {
            case { Type: PointerType pointer }:
                return Element(value, 0, binder.Context.Types.Complete(pointer.Target), index, syntax.Span);
            case BoundDereference { Array: { } array } place:
                CheckBounds(index, array.Length);
                return Element(place.Address, place.Offset, array.Element, index, syntax.Span);
            case { Type: ArrayType array }:
                CheckBounds(index, array.Length);
                return index is BoundConstant constant
                    ? new BoundElement(value, new TupleElement(array.Element, (int)Math.Clamp(constant.Value, 0, array.Length - 1) * array.Element.Size), syntax.Span)
                    : new BoundIndex(value, index, array.Element, array.Length, syntax.Span);
            case { Type: TupleType tuple }:
                if (index is BoundConstant { Value: >= 0 and var element } && element < tuple.Elements.Length)
                    return new BoundElement(value, tuple.Elements[(int)element], syntax.Span);
                return Problem(index.Span, syntax.Span, $"a tuple's element is a constant, 0 to {tuple.Elements.Length - 1}", null);
            case { Type: StringType text }:
                CheckBounds(index, text.Capacity);
                return index is BoundConstant position
                    ? new BoundElement(value, new TupleElement(new IntegerType(1, true), (int)Math.Clamp(position.Value, 0, text.Capacity - 1)), syntax.Span)
                    : new BoundIndex(value, index, new IntegerType(1, true), text.Capacity, syntax.Span);
            default:
                return Problem(syntax.Value.Span, syntax.Span, $"{value.Type.WithArticle} has no elements", "only arrays, pointers and maps have an index");
        }
    }

    /// <summary><c>*pointer</c>.</summary>
    public BoundExpression Dereference(UnarySyntax syntax)
    {
        var pointer = binder.Bind(syntax.Operand);
        return Completed(pointer.Type) switch
        {
            ErrorType => pointer,
            PointerType { Target: VoidType } => Problem(syntax.Span, syntax.Span, $"what {pointer.Type.WithArticle} points to is not known", "cast it first: *(uint64 *)…"),
            PointerType type => At(pointer, 0, type.Target, syntax.Span),
            // As bpftrace: a number is the address of 64 bits.
            IntegerType => At(new BoundConversion(pointer, new PointerType(TraceType.UInt64, AddressSpace.Any), pointer.Span), 0, TraceType.UInt64, syntax.Span),
            _ => Problem(syntax.Span, syntax.Span, $"{pointer.Type.WithArticle} is no pointer", null),
        };
    }

    /// <summary><c>&amp;place</c>: the address of a variable, of what is read through a pointer, or of a map.</summary>
    public BoundExpression AddressOf(UnarySyntax syntax)
    {
        if (syntax.Operand is MapSyntax { Keys: [] } named)
            return AddressOf(binder.Given(named), syntax.Span);
        var value = binder.Bind(syntax.Operand);
        if (value is BoundVariable { Variable: var variable })
        {
            variable.HasAddress = true;
            return new BoundVariableAddress(variable, syntax.Span);
        }

        if (value is BoundDereference place)
            return Moved(place.Address, place.Offset, new PointerType((TraceType?)place.Array ?? place.Type, SpaceOf(place.Address)), syntax.Span);
        return value.Type is ErrorType ? value : Problem(syntax.Span, syntax.Span, "this has no address", value is BoundMapRead or BoundAggregateRead ? "a map has one, as in &@map, but not its entries" : "a variable has one, and what is read through a pointer, as in &$task->comm");
    }

    private BoundExpression AddressOf(MapSyntax named, TextSpan span)
    {
        if (binder.Context.FindMap(named.Name) is not { } map)
        {
            binder.Context.ReportUndefinedMap(named);
            return new BoundError(span);
        }

        // Without the kernel's type information it can't be looked into, but has an address all the same.
        return new BoundMapAddress(map, new PointerType(binder.Context.Target.FindType("struct bpf_map") ?? new VoidType("struct bpf_map"), AddressSpace.Kernel), span);
    }

    /// <summary><c>pointer + n</c> and <c>pointer - n</c> count in elements.</summary>
    public BoundExpression? Arithmetic(BinarySyntax syntax, BoundExpression left, BoundExpression right)
    {
        bool swapped = syntax.Operator == "+" && right.Type is PointerType && left.Type is IntegerType or BoolType or EnumType;
        var (pointer, count) = swapped ? (right, left) : (left, right);
        if (syntax.Operator is not ("+" or "-") || pointer.Type is not PointerType type || count.Type is not (IntegerType or BoolType or EnumType))
            return null;
        var distance = Scaled(count, type.Step, syntax.Span);
        return new BoundBinary(pointer, Operators.Binary[syntax.Operator], distance, type, syntax.Span);
    }

    /// <summary><c>(type)value</c>.</summary>
    public BoundExpression Cast(CastSyntax syntax)
    {
        var value = binder.Bind(syntax.Value);
        if (value.Type is ErrorType)
            return value;
        if (TypeResolver.Resolve(binder, syntax.Type, SpaceOf(value)) is not { } type)
            return new BoundError(syntax.Span);
        if (value is BoundDereference { Array: { IsText: true } characters } text && type is not StringType)
            value = new BoundDereference(text.Address, text.Offset, characters, text.Span);
        if (type.IsScalar)
            value = BoundField.AsAddress(value);
        switch (type, value.Type)
        {
            case (EnumType choice, _) when value is BoundConstant { Type: IntegerType } number && choice.Values.All(v => v.Value != OperatorBinder.Cut(number.Value, choice)):
                return Problem(value.Span, syntax.Span, $"{choice.CName} has no value {number.Value}", null);
            case ({ IsScalar: true }, { IsScalar: true }):
                return value is BoundConstant constant
                    ? new BoundConstant(OperatorBinder.Cut(constant.Value, type), type, syntax.Span)
                    : new BoundConversion(value, type, syntax.Span);
            case (ArrayType array, IntegerType or BoolType or EnumType or PointerType):
                int length = array.Length != 0 ? array.Length : value.Type.Size / array.Element.Size;
                // A literal is as large as it is wanted.
                if (value is BoundConstant { Type: IntegerType } literal && array.Size is > 0 and < 8 && array.Element.IsScalar && literal.Value >>> (array.Size * 8) == 0)
                    return new BoundReinterpretation(new BoundBytes([.. BitConverter.GetBytes(literal.Value)[..array.Size]], literal.Span), array with { IsNumbers = true }, syntax.Span);
                if (length * array.Element.Size != value.Type.Size || !array.Element.IsScalar)
                    return Problem(syntax.Span, syntax.Span, $"{value.Type.WithArticle} has {value.Type.Size} bytes, and {type} has {type.Size}", "both must be the same size");
                return new BoundReinterpretation(value, new ArrayType(array.Element, length) { IsNumbers = true }, syntax.Span);
            case (ArrayType array, ArrayType { Element.IsScalar: true } or BytesType) when array.Size == value.Type.Size && array.Element.IsScalar:
                return new BoundReinterpretation(value, array with { IsNumbers = true }, syntax.Span);
            case (IntegerType, ArrayType bytes):
                return bytes.Size == type.Size
                    ? new BoundReinterpretation(value, type, syntax.Span)
                    : Problem(syntax.Span, syntax.Span, $"{value.Type.WithArticle} has {bytes.Size} bytes, and {type} has {type.Size}", "both must be the same size");
            case (StringType wanted, StringType):
                return wanted.Capacity >= value.Type.Size ? new BoundReinterpretation(value, type, syntax.Span) : value;
            case (StructureType, PointerType or IntegerType):
                return Problem(syntax.Span, syntax.Span, $"an address can't be cast to a whole {type}", $"cast it to a pointer: ({type} *)…");
            default:
                return Problem(syntax.Span, syntax.Span, $"{value.Type.WithArticle} can't be cast to {type}", null);
        }
    }

    public BoundExpression Sizeof(SizeofSyntax syntax)
    {
        var type = syntax.Type is { } named ? TypeResolver.Resolve(binder, named, AddressSpace.Any) : TypeOf(syntax.Value!);
        return type is null or ErrorType ? new BoundError(syntax.Span) : new BoundConstant(type.Size, TraceType.UInt64, syntax.Span);
    }

    public BoundExpression Offsetof(OffsetofSyntax syntax)
    {
        var type = syntax.Type is { } named ? TypeResolver.Resolve(binder, named, AddressSpace.Any) : TypeOf(syntax.Value!);
        return type is null or ErrorType || Walk(type, syntax.Members) is not { } member
            ? new BoundError(syntax.Span) : new BoundConstant(member.Offset, TraceType.UInt64, syntax.Span);
    }

    /// <summary>The structure that a member, whose address is given, is in.</summary>
    public BoundExpression ContainerOf(ContainerOfSyntax syntax)
    {
        var value = binder.Bind(syntax.Value);
        if (value.Type is ErrorType)
            return value;
        if (!value.Type.IsScalar)
            return Problem(value.Span, syntax.Span, $"container_of() takes an address, not {value.Type.WithArticle}", null);
        return TypeResolver.Resolve(binder, syntax.Type, SpaceOf(value)) is { } type && Walk(type, syntax.Members) is { } member
            ? Moved(value, -member.Offset, new PointerType(type, SpaceOf(value)), syntax.Span) : new BoundError(syntax.Span);
    }

    /// <summary>A value that is too large to be held as a whole is an error where it is used as one.</summary>
    public BoundExpression Checked(BoundExpression value)
    {
        if (value.Type.Size <= LargestValue || value.Type is ErrorType)
            return value;
        return Problem(value.Span, value.Span, $"{value.Type.WithArticle} has {value.Type.Size} bytes: too much for one value", "read its members");
    }

    /// <summary>The memory that an address is in; what is not a pointer tells by itself.</summary>
    public static AddressSpace SpaceOf(BoundExpression address) => address.Type is PointerType pointer ? pointer.Space : AddressSpace.Any;

    /// <summary>The type of an expression that is not evaluated; a bare name may be a type's.</summary>
    private TraceType? TypeOf(ExpressionSyntax syntax)
    {
        if (binder.StandsForArguments(syntax) && binder.HasArguments)
            return new BytesType(binder.Probe.Format is { } format ? format.Fields.Max(f => f.Offset + f.Size) : 8 * binder.Probe.RawArguments!.Sum(a => a.Words));
        if (syntax is NameSyntax given && binder.GivenType(given.Name, AddressSpace.Any) is { } handed)
            return handed;
        if (syntax is NameSyntax name && Catalog.CatalogIndex.FindBuiltin(name.Name) is null)
            return TypeResolver.Resolve(binder, new TypeSyntax(name.Name, null, 0, [], name.Span), AddressSpace.Any);
        var value = binder.Bind(syntax);
        return value is BoundDereference { Array: { } array } ? array : AssignedTypes.Of(value, syntax);
    }

    private StructureMember? Walk(TraceType type, ImmutableArray<MemberName> path)
    {
        int offset = 0;
        StructureMember? member = null;
        foreach (var name in path)
        {
            if (type is not StructureType structure)
            {
                Problem(name.Span, name.Span, $"{type.WithArticle} has no members", null);
                return null;
            }

            if ((member = Find(structure, name.Name, name.Span)) is null)
                return null;
            offset += member.Offset;
            type = member.Type;
        }

        return member! with { Offset = offset };
    }

    /// <summary>A pointer to a structure that was declared after the pointer.</summary>
    private TraceType Completed(TraceType type) => type is PointerType { Target: VoidType target } pointer
        ? pointer with { Target = binder.Context.Types.Complete(target) } : type;

    private StructureMember? Find(StructureType structure, string name, TextSpan span)
    {
        var member = structure.Find(name);
        if (member is null)
            Diagnostics.ReportNoMember(span, structure, name);
        return member;
    }

    /// <summary>A member of a structure that is a value: where that is, it is too.</summary>
    private static BoundExpression Part(BoundExpression value, StructureMember member, TextSpan span)
    {
        if (member.Bits > 0)
        {
            var container = new BoundElement(value, new TupleElement(new IntegerType(member.Type.Size, false), member.Offset), span);
            return new BoundBits(container, member.FirstBit, member.Bits, member.Type, span);
        }

        var type = member.Type is ArrayType { IsText: true, Length: > 0 and var length } ? new StringType(length) : member.Type;
        return new BoundElement(value, new TupleElement(type, member.Offset), span);
    }

    private BoundExpression Element(BoundExpression address, int offset, TraceType type, BoundExpression index, TextSpan span)
    {
        if (type is VoidType)
            return Problem(span, span, "what the pointer points to is not known", "cast it first: ((uint64 *)…)[0]");
        if (index is BoundConstant constant && constant.Value is > int.MinValue / 4096 and < int.MaxValue / 4096)
            return At(address, offset + (int)constant.Value * type.Size, type, span);
        var moved = new BoundBinary(address, Operators.Binary["+"], Scaled(index, type.Size, span), address.Type, span);
        return At(moved, offset, type, span);
    }

    private static BoundExpression Scaled(BoundExpression count, int step, TextSpan span) => count switch
    {
        BoundConstant constant => new BoundConstant(constant.Value * step, TraceType.Int64, span),
        _ when step == 1 => count,
        _ => new BoundBinary(count, Operators.Binary["*"], new BoundConstant(step, TraceType.Int64, span), TraceType.Int64, span),
    };

    private static BoundExpression Moved(BoundExpression address, int distance, TraceType type, TextSpan span) => distance == 0
        ? new BoundConversion(address, type, span)
        : new BoundBinary(address, Operators.Binary["+"], new BoundConstant(distance, TraceType.Int64, span), type, span);

    private void CheckBounds(BoundExpression index, int length)
    {
        // An array at the end of a structure may have no bound of its own.
        if (index is BoundConstant constant && length > 0 && (constant.Value < 0 || constant.Value >= length))
            Diagnostics.ReportType(index.Span, $"the index {constant.Value} is outside of the array", $"it has the elements 0 to {length - 1}");
    }

    private static string? HintForMembers(BoundExpression value, MemberSyntax syntax) => value.Type is IntegerType
        ? $"cast it first: ((struct … *)…)->{syntax.Name}" : null;

    private BoundError Problem(TextSpan span, TextSpan whole, string message, string? hint)
    {
        Diagnostics.ReportType(span, message, hint);
        return new BoundError(whole);
    }
}
