using Ctrace.Compiler.Symbols;

namespace Ctrace.Runtime.Symbols.Dwarf;

/// <summary>Which registers functions get their arguments in: the System V ABI of x86-64, and the procedure call standard of arm64.</summary>
internal static class CallingConvention
{
    /// <summary>What is larger than two registers is in memory.</summary>
    private const int LargestInRegisters = 16;

    /// <summary>
    /// For each argument the number of its register among those for integers, or of the first of a structure's two; null where a part of it is in none.
    /// </summary>
    /// <param name="types">The arguments' types.</param>
    /// <param name="result">What the function returns; null for nothing.</param>
    /// <param name="isArm">For arm64.</param>
    public static int?[] Registers(IReadOnlyList<TraceType> types, TraceType? result, bool isArm)
    {
        int most = isArm ? 8 : 6;
        // Where a large result is to be written is an argument of its own, which comes first; arm64 has a register of its own for it.
        int next = !isArm && result is { IsScalar: false } and not VoidType and not ArrayType { Fraction: not null } && (result.Size > LargestInRegisters || IsByReference(result, isArm)) ? 1 : 0;
        var registers = new int?[types.Count];
        for (int i = 0; i < types.Count; i++)
        {
            int count = Count(types[i], isArm);
            // What does not fit altogether is on the stack; on x86-64 smaller ones after it may still have registers.
            if (count == 0 || next + count > most)
            {
                next = isArm && count > 0 ? most : next;
                continue;
            }

            bool isWhole = types[i].IsScalar || IsByReference(types[i], isArm) || types[i] is StructureType && count == (types[i].Size + 7) / 8;
            registers[i] = isWhole ? next : null;
            next += count;
        }

        return registers;
    }

    /// <summary>Whether what is given is the address of it, although the source says the value.</summary>
    public static bool IsByReference(TraceType type, bool isArm) => type is StructureType { IsByReference: true } || isArm && type is StructureType && type.Size > LargestInRegisters;

    /// <summary>Registers for integers that it takes.</summary>
    private static int Count(TraceType type, bool isArm)
    {
        if (type.IsScalar || IsByReference(type, isArm))
            return 1;
        if (type is ArrayType { Fraction: not null } or VoidType || type.Size > LargestInRegisters || type.Size == 0)
            return 0;
        int words = (type.Size + 7) / 8;
        // Each eight bytes that hold nothing but numbers with fractions are in a register for these. On arm64 that goes for the whole.
        var floats = Enumerable.Range(0, words).Where(w => !HoldsInteger(type, 0, w * 8)).ToList();
        return isArm ? floats.Count == words ? 0 : words : words - floats.Count;
    }

    /// <summary>Whether some of eight bytes belong to something else than a number with a fraction.</summary>
    private static bool HoldsInteger(TraceType type, int offset, int word) => type switch
    {
        _ when offset + type.Size <= word || offset >= word + 8 => false,
        ArrayType { Fraction: not null } => false,
        StructureType structure => structure.Members.Any(m => HoldsInteger(m.Type, offset + m.Offset, word)),
        ArrayType array => Enumerable.Range(0, Math.Min(array.Length, LargestInRegisters)).Any(i => HoldsInteger(array.Element, offset + i * array.Element.Size, word)),
        _ => true,
    };
}
