using Ctrace.Compiler.Binding;
using Ctrace.Compiler.Bytecode;
using Ctrace.Compiler.Lowering;
using Ctrace.Compiler.Symbols;

namespace Ctrace.Compiler.Catalog.Builtins;

/// <summary>What functions of texts have in common.</summary>
internal abstract class TextFunction : FunctionDefinition
{
    /// <summary>Binds all arguments; the first so many are texts. Null after a diagnostic.</summary>
    protected System.Collections.Immutable.ImmutableArray<BoundExpression>? Texts(CallBinding call, int texts)
    {
        var arguments = call.BindAll(0);
        if (arguments.Any(a => a.Type is ErrorType))
            return null;
        arguments = [.. arguments.Select((argument, i) => i < texts ? WithName(call, argument) : argument)];
        foreach (var argument in arguments.Take(texts))
        {
            if (argument.Type is StringType)
                continue;
            call.Problem(argument.Span, $"{Name}() takes text, not {argument.Type.WithArticle}", argument.Type is PointerType or IntegerType ? "read the text first: str(…)"
                : argument is BoundBuiltin { Type: ProbeNameType } ? "many system calls are one program here: write out those that are meant" : null);
            return null;
        }

        return arguments;
    }

    /// <summary>strlen(probe) → strlen("tracepoint:sched:sched_switch"): the clause gets a program for each of its probes then.</summary>
    private static BoundExpression WithName(CallBinding call, BoundExpression argument)
    {
        // Where one program serves many system calls, it learns only when it runs which one it was.
        if (argument is not BoundBuiltin { Type: ProbeNameType name } || call.Probe.Syscalls is not null)
            return argument;
        call.NoteProbe();
        return new BoundString([.. System.Text.Encoding.UTF8.GetBytes(name.Shown(call.Probe.Name))], argument.Span);
    }
}

/// <summary><c>strlen(text)</c>.</summary>
internal sealed class StrlenFunction : TextFunction
{
    public override string Name => "strlen";
    public override string Signature => "strlen(text)";
    public override string Summary => "The number of bytes of a text.";
    public override string Example => "tracepoint:syscalls:sys_enter_openat { @ = hist(strlen(str(args.filename))); }";
    public override (int Least, int Most) Arity => (1, 1);

    internal override BoundExpression Bind(CallBinding call)
    {
        if (Texts(call, 1) is not { } arguments)
            return call.Failed;
        return arguments[0] is BoundString text
            ? new BoundConstant(Length(text), TraceType.UInt64, call.Syntax.Span)
            : call.Done(arguments, null, TraceType.UInt64);
    }

    internal override int Emit(ClauseEmitter e, BoundCall call)
    {
        var place = e.Memory.Locate(call.Arguments[0]);
        int capacity = call.Arguments[0].Type.Size, length, done = e.Ir.NewLabel();
        if (call.Arguments[0] is BoundCall { Definition: StrFunction })
            length = e.Ir.Copy(e.Texts.LastLength);
        else
            // The kernel counts while it copies.
            length = e.Ir.Call(Helper.ProbeReadKernelString, e.Memory.AllocateScratch(capacity), Argument.Constant(capacity), place);
        int result = e.Ir.Constant(0);
        e.Ir.JumpIfConstant(Opcodes.JumpSignedLessOrEqual, length, 0, done);
        e.Ir.Move(result, length);
        e.Ir.AluConstant(Opcodes.Subtract, result, 1);
        e.Ir.Mark(done);
        return result;
    }

    private static int Length(BoundString text) => text.Bytes.IndexOf((byte)0) is >= 0 and var end ? end : text.Bytes.Length;
}

/// <summary><c>strcap(text)</c>.</summary>
internal sealed class StrcapFunction : TextFunction
{
    public override string Name => "strcap";
    public override string Signature => "strcap(text)";
    public override string Summary => "The number of bytes that a text has room for, its NUL included.";
    public override string Example => "begin { printf(\"%d\\n\", strcap(comm)); exit(); }";
    public override (int Least, int Most) Arity => (1, 1);

    internal override BoundExpression Bind(CallBinding call) =>
        Texts(call, 1) is [var text] ? new BoundConstant(text.Type.Size, TraceType.UInt64, call.Syntax.Span) : call.Failed;
}

/// <summary><c>strncmp(text, text, length)</c>: 0 when they begin alike, otherwise 1, as in bpftrace.</summary>
internal sealed class StrncmpFunction : TextFunction
{
    public override string Name => "strncmp";
    public override string Signature => "strncmp(text, text, length)";
    public override string Summary => "0 when two texts are alike in their first bytes, otherwise 1.";
    public override string Example => "tracepoint:syscalls:sys_enter_openat /strncmp(comm, \"systemd\", 7) == 0/ { @ = count(); }";
    public override (int Least, int Most) Arity => (3, 3);

    internal override BoundExpression Bind(CallBinding call)
    {
        if (Texts(call, 2) is not { } arguments)
            return call.Failed;
        if (arguments[2] is BoundConstant { Type: IntegerType, Value: >= 0 and <= int.MaxValue and var length })
            return call.Done(arguments[..2], (int)length, TraceType.UInt64);
        return call.Problem(arguments[2].Span, "the length must be a constant that is not negative", null);
    }

    internal override int Emit(ClauseEmitter e, BoundCall call)
    {
        var (a, b) = (call.Arguments[0], call.Arguments[1]);
        var (first, second) = (e.Memory.Locate(a), e.Memory.Locate(b));
        int result = e.Ir.Constant(1), done = e.Ir.NewLabel();
        // Behind its NUL a text is all zeros: so when all words are alike, the texts are.
        e.Conditions.JumpUnlessEqual(first, second, Math.Min((int)call.Data!, Math.Min(a.Type.Size, b.Type.Size)), done);
        e.Ir.SetConstant(result, 0);
        e.Ir.Mark(done);
        return result;
    }
}

/// <summary><c>str_concat(text, text)</c>.</summary>
internal sealed class StrConcatFunction : TextFunction
{
    private const int Largest = 4096;

    public override string Name => "str_concat";
    public override string Signature => "str_concat(text, text)";
    public override string Summary => "Two texts, one behind the other.";
    public override string Example => "tracepoint:syscalls:sys_enter_openat { @[str_concat(comm, \"!\")] = count(); }";
    public override (int Least, int Most) Arity => (2, 2);

    internal override BoundExpression Bind(CallBinding call)
    {
        if (Texts(call, 2) is not { } arguments)
            return call.Failed;
        int capacity = arguments[0].Type.Size + arguments[1].Type.Size - 1;
        return capacity <= Largest
            ? call.Done(arguments, null, new StringType(capacity))
            : call.Problem(call.Syntax.Span, $"the result may have up to {capacity} bytes, and the most is {Largest}", "give str() a size: str(args.filename, 256)");
    }

    internal override void EmitInto(ClauseEmitter e, BoundCall call, Place place, bool padded)
    {
        var (a, b) = (call.Arguments[0], call.Arguments[1]);
        var (first, second) = (e.Memory.Locate(a), e.Memory.Locate(b));
        int capacity = call.Type.Size, done = e.Ir.NewLabel();
        var target = place.Base == IrBuilder.Frame ? e.Memory.AllocateScratch(capacity) : place;
        e.Memory.Zero(target, capacity);
        int length = e.Ir.Call(Helper.ProbeReadKernelString, target, Argument.Constant(a.Type.Size), first);
        int fits = e.Ir.NewLabel();
        e.Ir.AluConstant(Opcodes.Subtract, length, 1);
        e.Ir.JumpIfConstant(Opcodes.JumpLess, length, a.Type.Size, fits);
        e.Ir.SetConstant(length, 0);
        e.Ir.Mark(fits);
        e.Ir.Alu(Opcodes.Add, length, e.Memory.Address(target));
        e.Ir.Call(Helper.ProbeReadKernelString, Argument.Of(length), Argument.Constant(b.Type.Size), second);
        e.Ir.Mark(done);
        if (target != place)
            e.Memory.Copy(place, target, capacity);
    }
}

/// <summary><c>memcmp(a, b, length)</c>, and <c>memcmp_record</c>, which puts the second record's elements in the first one's order.</summary>
internal sealed class MemcmpFunction(bool ofRecords) : FunctionDefinition
{
    private const int Largest = 4096;

    public override string Name => ofRecords ? "memcmp_record" : "memcmp";
    public override string Signature => $"{Name}(a, b, length)";
    public override string Summary => ofRecords ? "Compares the first bytes of two records whose elements have the same names." : "Compares bytes of texts, buffers, arrays, tuples or memory: the difference of the first that differ, or 0.";
    public override string Example => ofRecords ? "begin { print(memcmp_record((a=1, b=2), (b=2, a=1), 16)); exit(); }" : "tracepoint:syscalls:sys_enter_write /memcmp(args.buf, \"GET \", 4) == 0/ { @[comm] = count(); }";
    public override (int Least, int Most) Arity => (3, 3);

    internal override BoundExpression Bind(CallBinding call)
    {
        var arguments = call.BindAll(0);
        if (arguments.Any(a => a.Type is ErrorType))
            return call.Failed;
        if (arguments[2] is not BoundConstant { Type: IntegerType, Value: >= 0 and <= Largest and var length })
            return call.Problem(arguments[2].Span, $"the length must be a constant, 0 to {Largest}", null);
        foreach (var argument in arguments[..2])
        {
            if (ofRecords && argument.Type is not TupleType { Names.IsEmpty: false })
                return call.Problem(argument.Span, $"memcmp_record() compares records, not {argument.Type.WithArticle}", "(a=1, b=2)");
            if (argument.Type is not (StringType or BytesType or BufferType or TupleType or ArrayType or StructureType or PointerType or IntegerType { Size: 8 }))
                return call.Problem(argument.Span, $"memcmp() compares bytes, not {argument.Type.WithArticle}", null);
            if (!argument.Type.IsScalar && Content(argument.Type) < length)
                return call.Problem(argument.Span, $"{argument.Type.WithArticle} has fewer bytes than {length}", null);
        }

        return call.Done([arguments[0], ofRecords ? TypeRules.Fitted(arguments[0].Type, arguments[1]) : arguments[1]], (int)length, TraceType.Int32);
    }

    internal override int Emit(ClauseEmitter e, BoundCall call)
    {
        int length = (int)call.Data!;
        var (first, second) = (Locate(e, call.Arguments[0], length), Locate(e, call.Arguments[1], length));
        int x = e.Ir.Constant(0), y = e.Ir.Constant(0), found = e.Ir.NewLabel();
        foreach (var (offset, size) in MemoryEmitter.Steps(first.Offset, second.Offset, length))
        {
            e.Ir.Move(x, e.Ir.Load(first.Base, first.Offset + offset, size));
            e.Ir.Move(y, e.Ir.Load(second.Base, second.Offset + offset, size));
            e.Ir.JumpIf(Opcodes.JumpNotEqual, x, y, found);
        }

        e.Ir.Mark(found);
        // The lowest byte that differs decides. Equal words fall through all eight.
        int done = e.Ir.NewLabel(), result = e.Ir.NewRegister();
        for (int i = 0; i < 8; i++)
        {
            int a = e.Ir.Copy(x), b = e.Ir.Copy(y);
            e.Ir.AluConstant(Opcodes.And, a, 0xff);
            e.Ir.AluConstant(Opcodes.And, b, 0xff);
            e.Ir.Alu(Opcodes.Subtract, a, b);
            e.Ir.Move(result, a);
            e.Ir.JumpIfConstant(Opcodes.JumpNotEqual, a, 0, done);
            e.Ir.AluConstant(Opcodes.ShiftRight, x, 8);
            e.Ir.AluConstant(Opcodes.ShiftRight, y, 8);
        }

        e.Ir.Mark(done);
        return result;
    }

    private static int Content(TraceType type) => type is BufferType buffer ? buffer.Length : type.Size;

    private static Place Locate(ClauseEmitter e, BoundExpression value, int length)
    {
        if (!value.Type.IsScalar)
            return e.Memory.Locate(value).At(value.Type is BufferType ? BufferType.LengthSize : 0);
        int address = e.Scalar(value);
        var place = e.Memory.Allocate(Math.Max(1, length));
        if (length > 0)
        {
            e.Memory.Zero(place, length);
            e.ReadMemory(place, address, length, (value.Type as PointerType)?.IsUser);
        }

        return place;
    }
}

/// <summary><c>bswap(number)</c>.</summary>
internal sealed class BswapFunction : FunctionDefinition
{
    public override string Name => "bswap";
    public override string Signature => "bswap(number)";
    public override string Summary => "An integer with its bytes in the opposite order.";
    public override string Example => "begin { printf(\"%x\\n\", bswap((uint16)0x1234)); exit(); }";
    public override (int Least, int Most) Arity => (1, 1);

    internal override BoundExpression Bind(CallBinding call)
    {
        var value = call.Bind(0);
        if (value.Type is ErrorType)
            return value;
        if (value.Type is not IntegerType)
            return call.Problem(value.Span, $"bswap() takes an integer, not {value.Type.WithArticle}", null);
        // A literal is as small as it can be, as in bpftrace.
        int size = call.Syntax.Arguments[0] is Syntax.IntegerSyntax literal ? Smallest((ulong)literal.Value)
            : AssignedTypes.Of(value, call.Syntax.Arguments[0]).Size;
        var type = new IntegerType(size, false);
        if (value is not BoundConstant constant)
            return call.Done([value], null, type);
        ulong swapped = System.Buffers.Binary.BinaryPrimitives.ReverseEndianness((ulong)constant.Value) >> (64 - size * 8);
        return new BoundConstant((long)swapped, type, call.Syntax.Span);
    }

    internal override int Emit(ClauseEmitter e, BoundCall call)
    {
        int value = e.Ir.Copy(e.Scalar(call.Arguments[0]));
        if (call.Type.Size == 1)
            e.Ir.AluConstant(Opcodes.And, value, 0xff);
        else
            e.Ir.ByteSwap(value, call.Type.Size * 8);
        return value;
    }

    private static int Smallest(ulong value) => value <= byte.MaxValue ? 1 : value <= ushort.MaxValue ? 2 : value <= uint.MaxValue ? 4 : 8;
}
