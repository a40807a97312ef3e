using Ctrace.Compiler.Bytecode;

namespace Ctrace.Compiler.Tests;

/// <summary>Runs bytecode that calls no helper: arithmetic, memory of stack, context and single-slot maps, jumps.</summary>
internal sealed class Interpreter(TraceProgram program, byte[] context)
{
    private const long ContextBase = 1L << 40, StackTop = 2L << 40, MapBase = 3L << 40, MapSize = 1L << 20;
    private readonly byte[] _stack = new byte[512];

    /// <summary>Contents of the single-slot maps, by index.</summary>
    public Dictionary<int, byte[]> Maps { get; } =
        program.Maps.Select((map, index) => (map, index)).ToDictionary(m => m.index, m => new byte[Math.Max(8, m.map.ValueSize)]);

    public void Run(int programIndex)
    {
        var code = program.Programs[programIndex].Code;
        var slots = new List<int>();
        for (int i = 0; i < code.Length; i++)
            for (int s = 0; s < code[i].Slots; s++)
                slots.Add(i);
        var starts = new int[code.Length];
        for (int s = slots.Count - 1; s >= 0; s--)
            starts[slots[s]] = s;
        var r = new long[11];
        (r[1], r[10]) = (ContextBase, StackTop);
        for (int steps = 0, pc = 0; ; steps++)
        {
            Assert.True(steps < 1_000_000, "the program does not end");
            var i = code[pc++];
            long source = (i.Opcode & Opcodes.SourceRegister) != 0 ? r[i.Source] : i.Immediate;
            switch (i.Opcode & 7)
            {
                case Opcodes.ClassLoad:
                    r[i.Destination] = i.Source == Opcodes.PseudoMapValue ? MapBase + i.MapIndex * MapSize + i.MapOffset : i.Immediate;
                    break;
                case Opcodes.ClassLoadX:
                    var from = At(r[i.Source] + i.Offset, Size(i));
                    r[i.Destination] = 0;
                    for (int b = from.Length - 1; b >= 0; b--)
                        r[i.Destination] = r[i.Destination] << 8 | from[b];
                    break;
                case Opcodes.ClassStore or Opcodes.ClassStoreX:
                    long value = (i.Opcode & 7) == Opcodes.ClassStore ? i.Immediate : r[i.Source];
                    var to = At(r[i.Destination] + i.Offset, Size(i));
                    if ((i.Opcode & 0xe0) == Opcodes.ModeAtomic)
                    {
                        long old = BitConverter.ToInt64(to);
                        if ((i.Immediate & Opcodes.AtomicFetch) != 0)
                            r[i.Source] = old;
                        value += old;
                    }

                    for (int b = 0; b < to.Length; b++)
                        to[b] = (byte)(value >> b * 8);
                    break;
                case Opcodes.ClassAlu64:
                    r[i.Destination] = Alu(i.Opcode, r[i.Destination], source);
                    break;
                case Opcodes.ClassAlu32:
                    r[i.Destination] = (long)(uint)Alu(i.Opcode, (uint)r[i.Destination], (uint)source);
                    break;
                default:
                    if ((i.Opcode & 0xf0) == Opcodes.Exit)
                        return;
                    if (Jumps(i.Opcode, r[i.Destination], source))
                        pc = slots[starts[pc - 1] + i.Slots + i.Offset];
                    break;
            }
        }
    }

    private static int Size(Instruction i) => (i.Opcode & 0x18) switch { Opcodes.Word => 4, Opcodes.Half => 2, Opcodes.Byte => 1, _ => 8 };

    private Span<byte> At(long address, int size) => address switch
    {
        >= MapBase => Maps[(int)((address - MapBase) / MapSize)].AsSpan((int)((address - MapBase) % MapSize), size),
        >= StackTop - 512 => _stack.AsSpan((int)(address - StackTop + 512), size),
        _ => context.AsSpan((int)(address - ContextBase), size),
    };

    private static long Alu(byte opcode, long a, long b) => (opcode & 0xf0) switch
    {
        Opcodes.Add => a + b,
        Opcodes.Subtract => a - b,
        Opcodes.Multiply => a * b,
        Opcodes.Divide => b == 0 ? 0 : (long)((ulong)a / (ulong)b),
        Opcodes.Modulo => b == 0 ? a : (long)((ulong)a % (ulong)b),
        Opcodes.Or => a | b,
        Opcodes.And => a & b,
        Opcodes.Xor => a ^ b,
        Opcodes.ShiftLeft => a << (int)b,
        Opcodes.ShiftRight => (long)((ulong)a >> (int)b),
        Opcodes.ArithmeticShiftRight => a >> (int)b,
        Opcodes.Negate => -a,
        Opcodes.Move => b,
        _ => throw new InvalidOperationException($"opcode {opcode:x}"),
    };

    private static bool Jumps(byte opcode, long a, long b) => (opcode & 0xf0) switch
    {
        Opcodes.JumpAlways => true,
        Opcodes.JumpEqual => a == b,
        Opcodes.JumpNotEqual => a != b,
        Opcodes.JumpGreater => (ulong)a > (ulong)b,
        Opcodes.JumpGreaterOrEqual => (ulong)a >= (ulong)b,
        Opcodes.JumpLess => (ulong)a < (ulong)b,
        Opcodes.JumpLessOrEqual => (ulong)a <= (ulong)b,
        Opcodes.JumpSignedGreater => a > b,
        Opcodes.JumpSignedGreaterOrEqual => a >= b,
        Opcodes.JumpSignedLess => a < b,
        Opcodes.JumpSignedLessOrEqual => a <= b,
        _ => throw new InvalidOperationException($"opcode {opcode:x}"),
    };
}
