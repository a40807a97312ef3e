namespace Ctrace.Compiler.Bytecode;

/// <summary>eBPF opcode bits, from include/uapi/linux/bpf_common.h and bpf.h.</summary>
public static class Opcodes
{
#pragma warning disable CS1591 // The names are the kernel's own.
    public const byte ClassLoad = 0x00, ClassLoadX = 0x01, ClassStore = 0x02, ClassStoreX = 0x03;
    public const byte ClassAlu32 = 0x04, ClassJump = 0x05, ClassJump32 = 0x06, ClassAlu64 = 0x07;

    public const byte SourceImmediate = 0x00, SourceRegister = 0x08;

    public const byte Word = 0x00, Half = 0x08, Byte = 0x10, DoubleWord = 0x18;
    public const byte ModeImmediate = 0x00, ModeMemory = 0x60, ModeAtomic = 0xc0;

    public const byte Add = 0x00, Subtract = 0x10, Multiply = 0x20, Divide = 0x30, Or = 0x40, And = 0x50,
        ShiftLeft = 0x60, ShiftRight = 0x70, Negate = 0x80, Modulo = 0x90, Xor = 0xa0, Move = 0xb0,
        ArithmeticShiftRight = 0xc0, ByteSwap = 0xd0;

    public const byte JumpAlways = 0x00, JumpEqual = 0x10, JumpGreater = 0x20, JumpGreaterOrEqual = 0x30,
        JumpSet = 0x40, JumpNotEqual = 0x50, JumpSignedGreater = 0x60, JumpSignedGreaterOrEqual = 0x70,
        Call = 0x80, Exit = 0x90, JumpLess = 0xa0, JumpLessOrEqual = 0xb0, JumpSignedLess = 0xc0,
        JumpSignedLessOrEqual = 0xd0, MayGoto = 0xe0;

    public const byte LoadImmediate64 = ClassLoad | DoubleWord | ModeImmediate;
    public const byte PseudoMapFd = 1, PseudoMapValue = 2, PseudoFunction = 4, PseudoKernelFunction = 2;

    public const int AtomicAdd = 0x00, AtomicFetch = 0x01;
#pragma warning restore CS1591

    /// <summary>The size bits for an access of 1, 2, 4 or 8 bytes.</summary>
    public static byte SizeBits(int bytes) => bytes switch
    {
        1 => Byte,
        2 => Half,
        4 => Word,
        8 => DoubleWord,
        _ => throw new ArgumentOutOfRangeException(nameof(bytes), bytes, "a BPF access has 1, 2, 4 or 8 bytes"),
    };
}
