using Ctrace.Compiler.Binding;
using Ctrace.Compiler.Bytecode;
using Ctrace.Compiler.Lowering;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Targets;

namespace Ctrace.Compiler.Catalog.Builtins;

/// <summary>Looks for a text in another, with a loop that the verifier can bound.</summary>
internal abstract class SearchFunction : TextFunction
{
    /// <summary>ENOENT: what <c>strstr</c> gives when there is none, as in bpftrace.</summary>
    protected const int NotFound = -2;

    /// <summary>A text that is not known while compiling is compared at each place, in a loop that the verifier follows to its end.</summary>
    private const int LargestNeedle = 64;

    /// <summary>Instructions that a round of the loop takes, about.</summary>
    private const int RoundOfSearch = 10;

    public override (int Least, int Most) Arity => (2, 2);

    protected abstract TraceType ResultType { get; }

    internal override BoundExpression Bind(CallBinding call)
    {
        if (Texts(call, 2) is not { } arguments)
            return call.Failed;
        if (IsLong(arguments[1]) && !call.Target.Supports(KernelFeature.MayGoto))
        {
            return call.Problem(arguments[1].Span, $"{arguments[1].Type.WithArticle} is too long to look for on this kernel",
                $"look for a literal, or for a text of at most {LargestNeedle} bytes: str(…, {LargestNeedle}); Linux 6.9 can (may_goto)");
        }

        return call.Done(arguments, null, ResultType);
    }

    /// <summary>
    /// A register with the place of the second text in the first, or <see cref="NotFound"/>. Each round of the loop compares without
    /// a jump, and then decides with one: the verifier keeps a note for each jump that it has not followed yet, and runs out of them.
    /// </summary>
    protected static int Search(ClauseEmitter e, BoundCall call)
    {
        var (text, sought) = (call.Arguments[0], call.Arguments[1]);
        if (IsLong(sought))
            return SearchLong(e, Addressable(e, text), text.Type.Size, Addressable(e, sought), sought.Type.Size);
        int capacity = text.Type.Size, length = TupleType.Align(sought.Type.Size, 8);
        var source = e.Memory.Locate(text);
        var (needle, mask) = sought is BoundString ? default : Prepare(e, e.Memory.Locate(sought), sought.Type.Size);
        // A copy, with room behind it: so that no comparison leaves the memory.
        var copy = e.Memory.AllocateScratch(capacity + length);
        e.Memory.Zero(copy.At(capacity), length);
        e.Memory.Copy(copy, source, capacity);

        int start = e.Memory.Address(copy), result = e.Ir.Constant(NotFound), done = e.Ir.NewLabel();
        e.Repeat(capacity, RoundOfSearch, index =>
        {
            int address = e.Ir.Copy(start), next = e.Ir.NewLabel();
            e.Ir.Alu(Opcodes.Add, address, index);
            int difference = sought is BoundString literal ? CompareLiteral(e, address, literal) : CompareText(e, address, needle, mask, length);
            e.Ir.JumpIfConstant(Opcodes.JumpNotEqual, difference, 0, next);
            e.Ir.Move(result, index);
            e.Ir.Jump(done);
            e.Ir.Mark(next);
        });
        e.Ir.Mark(done);
        return result;
    }

    private static bool IsLong(BoundExpression sought) => sought is not BoundString && sought.Type.Size > LargestNeedle;

    /// <summary>
    /// The same, byte by byte, in a loop that the kernel bounds.
    /// <code>
    /// for (i = j = 0; i &lt; capacity; ) { if (!sought[j]) return i; if (text[i + j] == sought[j]) j++; else { i++; j = 0; } }
    /// </code>
    /// </summary>
    private static int SearchLong(ClauseEmitter e, Place text, int capacity, Place sought, int length)
    {
        int result = e.Ir.Constant(NotFound), place = e.Ir.Constant(0), alike = e.Ir.Constant(0), found = e.Ir.NewLabel(), done = e.Ir.NewLabel();
        e.Repeat(done, () =>
        {
            int other = e.Ir.NewLabel(), next = e.Ir.NewLabel();
            e.Ir.JumpIfConstant(Opcodes.JumpGreaterOrEqual, alike, length, found);
            int wanted = Byte(sought, alike);
            e.Ir.JumpIfConstant(Opcodes.JumpEqual, wanted, 0, found);
            int index = e.Ir.Copy(place);
            e.Ir.Alu(Opcodes.Add, index, alike);
            e.Ir.JumpIfConstant(Opcodes.JumpGreaterOrEqual, index, capacity, done);
            e.Ir.JumpIf(Opcodes.JumpNotEqual, Byte(text, index), wanted, other);
            e.Ir.AluConstant(Opcodes.Add, alike, 1);
            e.Ir.Jump(next);
            e.Ir.Mark(other);
            e.Ir.AluConstant(Opcodes.Add, place, 1);
            e.Ir.SetConstant(alike, 0);
            e.Ir.Mark(next);
        });
        e.Ir.Mark(found);
        e.Ir.Move(result, place);
        e.Ir.Mark(done);
        return result;

        int Byte(Place start, int index)
        {
            int address = e.Ir.Copy(start.Base);
            e.Ir.Alu(Opcodes.Add, address, index);
            return e.Ir.Load(address, start.Offset, 1);
        }
    }

    /// <summary>Where a text is, in memory of which any byte can be addressed: the stack is none.</summary>
    private static Place Addressable(ClauseEmitter e, BoundExpression text)
    {
        var place = e.Memory.Locate(text);
        if (place.Base != IrBuilder.Frame)
            return place;
        var copy = e.Memory.AllocateScratch(text.Type.Size);
        e.Memory.Copy(copy, place, text.Type.Size);
        return copy;
    }

    /// <summary>A copy of the text that is looked for, and a mask that is all ones up to its NUL.</summary>
    private static (Place Needle, Place Mask) Prepare(ClauseEmitter e, Place text, int size)
    {
        int room = TupleType.Align(size, 8);
        var (needle, mask) = (e.Memory.AllocateScratch(room), e.Memory.AllocateScratch(room));
        e.Memory.Zero(needle, room);
        e.Memory.Zero(mask, room);
        e.Memory.Copy(needle, text, size);
        int active = e.Ir.Constant(-1);
        for (int i = 0; i < size; i++)
        {
            // 0 - byte, then only its sign: all ones unless the byte is 0.
            int sign = e.Ir.Constant(0);
            e.Ir.Alu(Opcodes.Subtract, sign, e.Ir.Load(needle.Base, needle.Offset + i, 1));
            e.Ir.AluConstant(Opcodes.ArithmeticShiftRight, sign, 63);
            e.Ir.Alu(Opcodes.And, active, sign);
            e.Ir.Store(mask.Base, mask.Offset + i, active, 1);
        }

        return (needle, mask);
    }

    private static int CompareLiteral(ClauseEmitter e, int address, BoundString literal)
    {
        int difference = e.Ir.Constant(0);
        byte[] bytes = [.. literal.Bytes.TakeWhile(b => b != 0)];
        foreach (var (offset, size) in MemoryEmitter.Steps(0, 0, bytes.Length))
        {
            long word = 0;
            for (int i = size - 1; i >= 0; i--)
                word = word << 8 | bytes[offset + i];
            int found = e.Ir.Load(address, offset, size);
            e.Ir.AluConstant(Opcodes.Xor, found, word);
            e.Ir.Alu(Opcodes.Or, difference, found);
        }

        return difference;
    }

    private static int CompareText(ClauseEmitter e, int address, Place needle, Place mask, int length)
    {
        int difference = e.Ir.Constant(0);
        for (int i = 0; i < length; i += 8)
        {
            int found = e.Ir.Load(address, i, 8);
            e.Ir.Alu(Opcodes.Xor, found, e.Ir.Load(needle.Base, needle.Offset + i, 8));
            e.Ir.Alu(Opcodes.And, found, e.Ir.Load(mask.Base, mask.Offset + i, 8));
            e.Ir.Alu(Opcodes.Or, difference, found);
        }

        return difference;
    }
}

/// <summary><c>strcontains(text, part)</c>.</summary>
internal sealed class StrcontainsFunction : SearchFunction
{
    public override string Name => "strcontains";
    public override string Signature => "strcontains(text, part)";
    public override string Summary => "Whether a text has another one in it.";
    public override string Example => "tracepoint:syscalls:sys_enter_openat /strcontains(str(args.filename, 128), \".so\")/ { @[comm] = count(); }";

    protected override TraceType ResultType => TraceType.Bool;

    internal override int Emit(ClauseEmitter e, BoundCall call)
    {
        int index = Search(e, call), result = e.Ir.Constant(0), done = e.Ir.NewLabel();
        e.Ir.JumpIfConstant(Opcodes.JumpSignedLess, index, 0, done);
        e.Ir.SetConstant(result, 1);
        e.Ir.Mark(done);
        return result;
    }
}

/// <summary><c>strstr(text, part)</c>.</summary>
internal sealed class StrstrFunction : SearchFunction
{
    public override string Name => "strstr";
    public override string Signature => "strstr(text, part)";
    public override string Summary => "Where a text has another one in it, counted from 0; -2 when it has not.";
    public override string Example => "tracepoint:syscalls:sys_enter_openat { @ = lhist(strstr(str(args.filename, 128), \"/\"), 0, 100, 1); }";

    protected override TraceType ResultType => TraceType.Int64;

    internal override int Emit(ClauseEmitter e, BoundCall call) => Search(e, call);
}
