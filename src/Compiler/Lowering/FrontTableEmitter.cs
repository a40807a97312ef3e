using Ctrace.Compiler.Bytecode;
using Ctrace.Compiler.Layouts;

namespace Ctrace.Compiler.Lowering;

/// <summary>Finds a key's slot in a table in front of a map.</summary>
internal sealed class FrontTableEmitter(IrBuilder ir, FrontTable table)
{
    /// <summary>2^32 divided by the golden ratio: the upper bits of a product's lower half depend on all bits of the factor's.</summary>
    private const int Multiplier = unchecked((int)0x9E3779B1);

    /// <summary>The address of the slot, which is the key's or has just become it.</summary>
    /// <param name="key">Where the key is.</param>
    /// <param name="keySize">Its bytes: a multiple of 4.</param>
    /// <param name="miss">Where to go when the slot is another key's.</param>
    public int FindSlot(Place key, int keySize, int miss)
    {
        var words = Enumerable.Range(0, (keySize + 7) / 8)
            .Select(i => (Offset: i * 8, Size: Math.Min(8, keySize - i * 8)))
            .Select(w => (w.Offset, w.Size, Register: ir.Load(key.Base, key.Offset + w.Offset, w.Size)))
            .ToList();
        int slot = Address(Hash([.. words.Select(w => w.Register)]));
        int taken = ir.NewLabel(), found = ir.NewLabel();
        ir.JumpIfConstant(Opcodes.JumpNotEqual, ir.Load(slot, table.TakenOffset, 8), 0, taken);
        foreach (var (offset, size, register) in words)
            ir.Store(slot, table.KeyOffset + offset, register, size);
        ir.Jump(found);
        ir.Mark(taken);
        foreach (var (offset, size, register) in words)
            ir.JumpIf(Opcodes.JumpNotEqual, ir.Load(slot, table.KeyOffset + offset, size), register, miss);
        ir.Mark(found);
        return slot;
    }

    /// <summary>The number of a slot among this CPU's.</summary>
    private int Hash(ReadOnlySpan<int> words)
    {
        int hash = ir.Copy(words[0]);
        ir.AluConstant(Opcodes.Multiply, hash, Multiplier);
        foreach (int word in words[1..])
        {
            ir.Alu(Opcodes.Add, hash, word);
            ir.AluConstant(Opcodes.Multiply, hash, Multiplier);
        }

        ir.ShiftRight32(hash, 32 - FrontTable.SlotBits);
        return hash;
    }

    private int Address(int number)
    {
        if (table.CpuBits > 0)
        {
            int cpu = ir.Call(Helper.GetSmpProcessorId);
            ir.AluConstant(Opcodes.ShiftLeft, cpu, FrontTable.SlotBits);
            ir.Alu(Opcodes.Or, number, cpu);
        }

        // The verifier does not know how many CPUs there are, and older ones do not follow the shift of a half.
        ir.AluConstant(Opcodes.And, number, (1 << (FrontTable.SlotBits + table.CpuBits)) - 1);
        ir.AluConstant(Opcodes.Multiply, number, table.SlotSize);
        int address = ir.MapValue(table.Map);
        ir.Alu(Opcodes.Add, address, number);
        return address;
    }
}
