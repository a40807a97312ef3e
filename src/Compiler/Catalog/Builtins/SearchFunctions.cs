using Ctrace.Compiler.Binding;
using Ctrace.Compiler.Bytecode;
using Ctrace.Compiler.Lowering;
using Ctrace.Compiler.Symbols;

namespace Ctrace.Compiler.Catalog.Builtins;

/// <summary>Looks for a text in another, with a loop that the verifier can bound.</summary>
internal abstract class SearchFunction : TextFunction
{
    /// <summary>ENOENT: what <c>strstr</c> gives when there is none, as in bpftrace.</summary>
    protected const int NotFound = -2;

    /// <summary>A text that is not known while compiling is compared byte by byte, at each place: it can't be long.</summary>
    private const int LargestNeedle = 64;

    /// <summary>The verifier follows each round of the loop.</summary>
    private const int MostSteps = 1 << 16;

    public override (int Least, int Most) Arity => (2, 2);

    protected abstract TraceType ResultType { get; }

    internal override BoundExpression Bind(CallBinding call)
    {
        if (Texts(call, 2) is not { } arguments)
            return call.Failed;
        if (arguments[1] is not BoundString && (arguments[1].Type.Size > LargestNeedle || arguments[0].Type.Size * arguments[1].Type.Size > MostSteps))
        {
            return call.Problem(arguments[1].Span, $"{arguments[1].Type.WithArticle} is too long to look for",
                $"look for a literal, or for a text of at most {LargestNeedle} bytes: str(…, {LargestNeedle})");
        }

        return call.Done(arguments, null, ResultType);
    }

    /// <summary>A register with the place of the second text in the first, or <see cref="NotFound"/>.</summary>
    protected static int Search(ClauseEmitter e, BoundCall call)
    {
        var (text, sought) = (call.Arguments[0], call.Arguments[1]);
        int capacity = text.Type.Size, length = sought.Type.Size;
        var source = e.Memory.Locate(text);
        var needle = sought is BoundString ? default : e.Memory.Locate(sought);
        // A copy, with room behind it: so that no comparison leaves the memory.
        var copy = e.Memory.AllocateScratch(capacity + length);
        e.Memory.Zero(copy.At(capacity), length);
        e.Memory.Copy(copy, source, capacity);

        int start = e.Memory.Address(copy), index = e.Ir.Constant(0), result = e.Ir.Constant(NotFound);
        int loop = e.Ir.NewLabel(), next = e.Ir.NewLabel(), found = e.Ir.NewLabel(), done = e.Ir.NewLabel();
        e.Ir.Mark(loop);
        int address = e.Ir.Copy(start);
        e.Ir.Alu(Opcodes.Add, address, index);
        if (sought is BoundString literal)
            CompareLiteral(e, address, literal, next);
        else
            CompareText(e, address, needle, length, next, found);
        e.Ir.Mark(found);
        e.Ir.Move(result, index);
        e.Ir.Jump(done);
        e.Ir.Mark(next);
        e.Ir.JumpIfConstant(Opcodes.JumpEqual, e.Ir.Load(address, 0, 1), 0, done);
        e.Ir.AluConstant(Opcodes.Add, index, 1);
        e.Ir.JumpIfConstant(Opcodes.JumpLess, index, capacity, loop);
        e.Ir.Mark(done);
        return result;
    }

    private static void CompareLiteral(ClauseEmitter e, int address, BoundString literal, int next)
    {
        var bytes = literal.Bytes;
        for (int i = 0; i < bytes.Length && bytes[i] != 0; i++)
            e.Ir.JumpIfConstant(Opcodes.JumpNotEqual, e.Ir.Load(address, i, 1), bytes[i], next);
    }

    private static void CompareText(ClauseEmitter e, int address, Place needle, int length, int next, int found)
    {
        for (int i = 0; i < length; i++)
        {
            int wanted = e.Ir.Load(needle.Base, needle.Offset + i, 1);
            e.Ir.JumpIfConstant(Opcodes.JumpEqual, wanted, 0, found);
            e.Ir.JumpIf(Opcodes.JumpNotEqual, e.Ir.Load(address, i, 1), wanted, next);
        }
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
