using System.Runtime.CompilerServices;
using Ctrace.Compiler.Binding;
using Ctrace.Compiler.Bytecode;
using Ctrace.Compiler.Catalog.Builtins;
using Ctrace.Compiler.Symbols;

namespace Ctrace.Compiler.Lowering;

/// <summary>Conditions as jumps: a comparison needs no value of its own, and logic stops as soon as it is decided.</summary>
internal sealed class ConditionEmitter(ClauseEmitter emitter)
{
    /// <summary>Bytes of long texts that are compared at once, and the logarithm of that.</summary>
    private const int Chunk = 64, ChunkShift = 6;

    private IrBuilder Ir => emitter.Ir;

    /// <summary>Goes to a label unless a condition holds.</summary>
    public void JumpUnless(BoundExpression condition, int label)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        switch (condition)
        {
            // a && b → unless a goto label; unless b goto label
            case BoundBinary { Operator.Text: "&&" } e:
                JumpUnless(e.Left, label);
                Conditionally(() => JumpUnless(e.Right, label));
                break;
            // a || b → if a goto holds; unless b goto label; holds:
            case BoundBinary { Operator.Text: "||" } e:
                int holds = Ir.NewLabel();
                JumpIf(e.Left, holds);
                Conditionally(() => JumpUnless(e.Right, label));
                Ir.Mark(holds);
                break;
            case BoundUnary { Operator: "!" } e:
                JumpIf(e.Operand, label);
                break;
            case BoundBinary { Operator.Kind: OperatorKind.Equality or OperatorKind.Comparison } e:
                Compare(e, Operators.Binary[e.Operator.Inverse], label);
                break;
            default:
                Ir.JumpIfConstant(Opcodes.JumpEqual, emitter.Scalar(condition), 0, label);
                break;
        }
    }

    /// <summary>Goes to a label if a condition holds.</summary>
    public void JumpIf(BoundExpression condition, int label)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        switch (condition)
        {
            case BoundBinary { Operator.Text: "||" } e:
                JumpIf(e.Left, label);
                Conditionally(() => JumpIf(e.Right, label));
                break;
            case BoundBinary { Operator.Text: "&&" } e:
                int fails = Ir.NewLabel();
                JumpUnless(e.Left, fails);
                Conditionally(() => JumpIf(e.Right, label));
                Ir.Mark(fails);
                break;
            case BoundUnary { Operator: "!" } e:
                JumpUnless(e.Operand, label);
                break;
            case BoundBinary { Operator.Kind: OperatorKind.Equality or OperatorKind.Comparison } e:
                Compare(e, e.Operator, label);
                break;
            default:
                Ir.JumpIfConstant(Opcodes.JumpNotEqual, emitter.Scalar(condition), 0, label);
                break;
        }
    }

    private void Conditionally(Action emit)
    {
        var known = emitter.Memory.SaveKnown();
        emit();
        emitter.Memory.RestoreKnown(known);
    }

    /// <summary>Goes to a label if two values compare so.</summary>
    private void Compare(BoundBinary e, BinaryOperator op, int label)
    {
        var outer = Ir.Span;
        Ir.Span = e.Span;
        if (e.Left.Type is ProbeNameType || e.Right.Type is ProbeNameType)
            CompareProbe(e, op, label);
        else if (e.Left.Type is StringType)
            CompareText(e, op, label);
        else if (!e.Left.Type.IsScalar)
            CompareWhole(e, op, label);
        else
            CompareNumbers(e, op, label);
        Ir.Span = outer;
    }

    private void CompareNumbers(BoundBinary e, BinaryOperator op, int label)
    {
        byte jump = e.Signed ? op.SignedJump : op.Jump;
        int left = emitter.Scalar(e.Left);
        if (e.Right is BoundConstant constant)
            Ir.JumpIfConstant(jump, left, constant.Value, label);
        else
            Ir.JumpIf(jump, left, emitter.Scalar(e.Right), label);
    }

    /// <summary>A probe's name is a number to the program: the text is looked up while compiling.</summary>
    private void CompareProbe(BoundBinary e, BinaryOperator op, int label)
    {
        var (name, text) = e.Left is BoundString s ? (e.Right, s) : (e.Left, (BoundString)e.Right);
        string wanted = System.Text.Encoding.UTF8.GetString(text.Bytes.AsSpan());
        var type = (ProbeNameType)name.Type;
        int[] indices = [.. emitter.Program.ProbeIndices(probe => type.Shown(probe) == wanted)];
        int value = emitter.Scalar(name), equal = op.Text == "==" ? label : Ir.NewLabel();
        foreach (int index in indices)
            Ir.JumpIfConstant(Opcodes.JumpEqual, value, index, equal);
        if (op.Text == "==")
            return;
        Ir.Jump(label);
        Ir.Mark(equal);
    }

    /// <summary>Tuples, arrays, structures and stacks: byte by byte, gaps being zeros.</summary>
    private void CompareWhole(BoundBinary e, BinaryOperator op, int label)
    {
        var type = TypeRules.Merge(e.Left.Type, e.Right.Type)!;
        var a = Located(e.Left, type);
        var b = Located(e.Right, type);
        int different = op.Text == "==" ? Ir.NewLabel() : label;
        JumpUnlessEqual(a, b, type.Size, different);
        if (op.Text == "==")
        {
            Ir.Jump(label);
            Ir.Mark(different);
        }
    }

    private Place Located(BoundExpression value, TraceType type)
    {
        var place = emitter.Memory.Locate(value);
        if (value.Type == type)
            return place;
        var converted = emitter.Memory.Allocate(type.Size);
        emitter.Memory.Convert(converted, type, place, value.Type);
        return converted;
    }

    private void CompareText(BoundBinary e, BinaryOperator op, int label)
    {
        int different = op.Text == "==" ? Ir.NewLabel() : label;
        if (e.Right is BoundString literal)
            CompareLiteral(e.Left, literal, different);
        else if (e.Left is BoundString first)
            CompareLiteral(e.Right, first, different);
        else
            CompareMemory(e.Left, e.Right, different);
        if (op.Text == "==")
        {
            Ir.Jump(label);
            Ir.Mark(different);
        }
    }

    /// <summary>The literal's bytes and its NUL, a word at a time.</summary>
    private void CompareLiteral(BoundExpression value, BoundString literal, int different)
    {
        int size = literal.Bytes.Length + 1, capacity = value.Type.Size;
        if (size > capacity)
        {
            // A text that fills its room without a NUL could only equal a literal of just that length.
            emitter.Memory.Locate(value);
            Ir.Jump(different);
            return;
        }

        // Of a long text, no more is read than decides.
        if (value is BoundCall { Definition: StrFunction, Type: StringType { Capacity: var room } } call && room > size + 1)
            value = call with { Type = new StringType(TupleType.Align(size + 1, 8)) };
        var place = emitter.Memory.Locate(value);
        byte[] bytes = [.. literal.Bytes, 0];
        foreach (var (offset, length) in MemoryEmitter.Steps(place.Offset, 0, size))
        {
            long word = 0;
            for (int i = length - 1; i >= 0; i--)
                word = word << 8 | bytes[offset + i];
            Ir.JumpIfConstant(Opcodes.JumpNotEqual, Ir.Load(place.Base, place.Offset + offset, length), word, different);
        }
    }

    /// <summary>Two texts, wiped up to their ends: equal when all words are, and the longer room's rest is empty.</summary>
    private void CompareMemory(BoundExpression left, BoundExpression right, int different)
    {
        var a = emitter.Memory.Locate(left);
        var b = emitter.Memory.Locate(right);
        int common = Math.Min(left.Type.Size, right.Type.Size);
        JumpUnlessEqual(a, b, common, different);
        var (rest, size) = left.Type.Size > common ? (a, left.Type.Size) : (b, right.Type.Size);
        if (size > common)
            Ir.JumpIfConstant(Opcodes.JumpNotEqual, Ir.Load(rest.Base, rest.Offset + common, 1), 0, different);
    }

    /// <summary>
    /// Goes to a label where the bytes at two places differ. The first words are compared one by one, as most that differ do so there; of
    /// the rest, eight at once, and much of it in a loop: there is an end to the branches that the verifier keeps in mind, and to the
    /// instructions that a jump can skip.
    /// </summary>
    public void JumpUnlessEqual(Place a, Place b, int size, int different)
    {
        const int fewestRounds = 4;
        int first = Math.Min(size, Chunk), rounds = (size - first) / Chunk;
        foreach (var (offset, length) in MemoryEmitter.Steps(a.Offset, b.Offset, first))
            Ir.JumpIf(Opcodes.JumpNotEqual, Ir.Load(a.Base, a.Offset + offset, length), Ir.Load(b.Base, b.Offset + offset, length), different);
        if (rounds >= fewestRounds && a.Base != IrBuilder.Frame && b.Base != IrBuilder.Frame)
        {
            emitter.Repeat(rounds, Chunk, round =>
            {
                int distance = Ir.Copy(round), left = Ir.Copy(a.Base), right = Ir.Copy(b.Base);
                Ir.AluConstant(Opcodes.ShiftLeft, distance, ChunkShift);
                Ir.Alu(Opcodes.Add, left, distance);
                Ir.Alu(Opcodes.Add, right, distance);
                JumpUnlessChunkEqual(new Place(left, a.Offset + first), new Place(right, b.Offset + first), Chunk, different);
            });
            first += rounds * Chunk;
        }

        for (; first < size; first += Chunk)
            JumpUnlessChunkEqual(a.At(first), b.At(first), Math.Min(Chunk, size - first), different);
    }

    private void JumpUnlessChunkEqual(Place a, Place b, int size, int different)
    {
        int difference = -1;
        foreach (var (offset, length) in MemoryEmitter.Steps(a.Offset, b.Offset, size))
        {
            int found = Ir.Load(a.Base, a.Offset + offset, length);
            Ir.Alu(Opcodes.Xor, found, Ir.Load(b.Base, b.Offset + offset, length));
            if (difference < 0)
                difference = found;
            else
                Ir.Alu(Opcodes.Or, difference, found);
        }

        Ir.JumpIfConstant(Opcodes.JumpNotEqual, difference, 0, different);
    }
}
