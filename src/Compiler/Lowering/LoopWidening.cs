using Ctrace.Compiler.Bytecode;

namespace Ctrace.Compiler.Lowering;

/// <summary>
/// Hides from the verifier, in each round, what the variables hold that an unbounded loop changes. The verifier follows a loop with
/// may_goto only until a round brings nothing new; but a counter that it knows to be 0 is 1 in the next round, then 2, and so on
/// without an end. Once before the loop is not enough: a condition in a round (<c>if ($i &lt;= 0 &amp;&amp; $i &gt;= 0)</c>) may tell it again.
/// <code>
/// while ($i &lt; $n) { $i++; }   →   while (z = r10 - r10, $i ^= z, $i &lt; $n) { $i++; }
/// </code>
/// The difference of two pointers is 0 when the program runs, and any number to the verifier.
/// </summary>
internal static class LoopWidening
{
    /// <summary>Adds what is needed at the head of each loop.</summary>
    /// <param name="code">A function's instructions.</param>
    /// <param name="numbers">Registers that hold no pointers, although they are loaded from where pointers may be.</param>
    /// <param name="context">What the first register holds.</param>
    public static List<IrInstruction> Apply(List<IrInstruction> code, HashSet<int> numbers, Held context)
    {
        if (!code.Exists(i => i.IsMayGoto))
            return code;
        int registers = Math.Max(code.Max(i => Math.Max(i.Destination, i.Source)) + 1, IrBuilder.FirstVirtual);
        var pointers = Pointers(code, registers, numbers, context);
        var hidden = new SortedDictionary<int, List<int>>(Comparer<int>.Create((a, b) => b.CompareTo(a)));
        var live = new Dictionary<int, RegisterSet>();
        var labels = code.Select((i, index) => (i, index)).Where(p => p.i.Kind == IrKind.Label).ToDictionary(p => p.i.Label, p => p.index);
        var loops = code.Select((i, index) => (i, index)).Where(p => p.i.IsMayGoto).Select(p => Loop(code, labels, p.index)).ToList();
        var heads = loops.Select(l => l.Head).ToHashSet();
        new Liveness(code, registers).Visit(registers, (index, after) =>
        {
            if (heads.Contains(index))
                live[index] = after.Copy();
        });
        foreach (var (head, end) in loops)
        {
            var changed = new HashSet<int>();
            for (int i = head; i < end; i++)
                if (code[i].WritesDestination && code[i].Destination is >= IrBuilder.FirstVirtual and var r && live[head][r] && pointers[r] == Held.Number)
                    changed.Add(r);
            if (changed.Count > 0)
                hidden[head] = [.. changed.Order()];
        }

        int next = registers;
        var result = new List<IrInstruction>(code);
        foreach (var (head, variables) in hidden)
            result.InsertRange(head + 1, Hide(variables, next++, code[head].Span));
        return result;
    }

    /// <summary>A copy of a register whose value is hidden: what a callback has left is anything to the one that comes next.</summary>
    public static int HiddenCopy(IrBuilder ir, int register)
    {
        int zero = ir.Copy(IrBuilder.Frame), copy = ir.Copy(register);
        ir.Alu(Opcodes.Subtract, zero, IrBuilder.Frame);
        ir.Alu(Opcodes.Xor, copy, zero);
        return copy;
    }

    /// <summary>Leaves pointers as they are: the verifier must know them, and knows them to be the same.</summary>
    public static List<IrInstruction> ShowPointers(List<IrInstruction> code, HashSet<int> numbers, Held context)
    {
        var pointers = Pointers(code, Math.Max(code.Max(i => Math.Max(i.Destination, i.Source)) + 1, IrBuilder.FirstVirtual), numbers, context);
        return [.. code.Where(i => !(IsXor(i) && pointers[i.Destination] != Held.Number))];
    }

    /// <summary>No arithmetic of ours does that to a pointer.</summary>
    private static bool IsXor(IrInstruction i) => i.Kind == IrKind.Alu && i.Opcode == (Opcodes.ClassAlu64 | Opcodes.Xor | Opcodes.SourceRegister);

    internal static IEnumerable<IrInstruction> Hide(List<int> variables, int zero, Text.TextSpan span)
    {
        yield return new(IrKind.Alu, Opcodes.ClassAlu64 | Opcodes.Move | Opcodes.SourceRegister, zero, IrBuilder.Frame, 0, 0, 0, span);
        yield return new(IrKind.Alu, Opcodes.ClassAlu64 | Opcodes.Subtract | Opcodes.SourceRegister, zero, IrBuilder.Frame, 0, 0, 0, span);
        foreach (int variable in variables)
            yield return new(IrKind.Alu, Opcodes.ClassAlu64 | Opcodes.Xor | Opcodes.SourceRegister, variable, zero, 0, 0, 0, span);
    }

    /// <summary>The loop of a may_goto: from the label that is jumped back to, up to that jump.</summary>
    private static (int Head, int End) Loop(List<IrInstruction> code, Dictionary<int, int> labels, int mayGoto)
    {
        int head = -1, end = mayGoto;
        for (int i = mayGoto + 1; i < code.Count; i++)
            if (code[i].Kind == IrKind.Jump && labels[code[i].Label] is var target && target < mayGoto && target >= head)
                (head, end) = (target, i);
        // The loop may have turned out to have one round: then nothing jumps back.
        return head < 0 ? (mayGoto, mayGoto) : (head, end);
    }

    /// <summary>What a register may hold to the verifier, which allows no arithmetic with pointers.</summary>
    public enum Held : byte
    {
        Number,
        Pointer,

        /// <summary>A pointer to what has pointers to the verifier as well: the context, the kernel's structures.</summary>
        Structure,
    }

    private static Held[] Pointers(List<IrInstruction> code, int registers, HashSet<int> numbers, Held context)
    {
        var held = new Held[registers];
        // What functions are called with: the context, or a map, a key, a value and a place on the stack.
        held[1] = context;
        held[4] = Held.Structure;
        held[2] = held[3] = held[IrBuilder.Frame] = Held.Pointer;
        var frame = new Dictionary<short, Held>();
        bool changed = true;
        while (changed)
        {
            changed = false;
            foreach (var i in code)
            {
                if (i.Kind == IrKind.Store && i.Destination == IrBuilder.Frame && i.ReadsSource && held[i.Source] > frame.GetValueOrDefault(i.Offset))
                {
                    frame[i.Offset] = held[i.Source];
                    changed = true;
                }

                // What a call gives is fetched at once: the next call gives something else.
                if (i.Kind == IrKind.Call)
                    held[0] = Given((Helper)i.Immediate);
                else if (i.WritesDestination && i.Destination >= IrBuilder.FirstVirtual && !numbers.Contains(i.Destination) && Made(i, held, frame) is var made && made > held[i.Destination])
                {
                    held[i.Destination] = made;
                    changed = true;
                }
            }
        }

        return held;
    }

    private static Held Given(Helper helper) => helper switch
    {
        Helper.MapLookupElement or Helper.MapLookupPercpuElement or Helper.RingbufReserve => Held.Pointer,
        Helper.GetCurrentTaskBtf => Held.Structure,
        _ => Held.Number,
    };

    private static Held Made(IrInstruction i, Held[] held, Dictionary<short, Held> frame) => i.Kind switch
    {
        IrKind.LoadImmediate => i.Source != 0 ? Held.Pointer : Held.Number,
        IrKind.Load when (i.Opcode & Opcodes.DoubleWord) != Opcodes.DoubleWord => Held.Number,
        IrKind.Load when i.Source == IrBuilder.Frame => frame.GetValueOrDefault(i.Offset),
        IrKind.Load => held[i.Source] == Held.Structure ? Held.Structure : Held.Number,
        IrKind.Alu => i.ReadsSource && !IsXor(i) ? held[i.Source] : Held.Number,
        _ => Held.Number,
    };
}
