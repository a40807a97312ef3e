namespace Ctrace.Compiler.Layouts;

/// <summary>How the caller of a piece of code is found, once it was called: what a row of an unwind table says.</summary>
public enum UnwindRule
{
    /// <summary>The table says nothing: frame pointers are followed.</summary>
    None,

    /// <summary>Nobody called it: the stack ends.</summary>
    End,

    /// <summary>The frame begins so many bytes from the stack pointer.</summary>
    FromStackPointer,

    /// <summary>The frame begins so many bytes from the frame pointer.</summary>
    FromFramePointer,

    /// <summary>A linkage table (PLT): a word from the stack pointer, two from some place in each 16 bytes of it on.</summary>
    LinkageTable,

    /// <summary>A frame that was aligned: its beginning stands so many bytes from the frame pointer, the caller's frame pointer at it.</summary>
    ThroughFramePointer,

    /// <summary>A signal's handler returns here: the kernel left all registers on the stack.</summary>
    Signal,
}

/// <summary>
/// The memory that programs unwind stacks with. One array holds the rows of all binaries, 8 bytes each: a place (u32, an address as the
/// binary has it) and what is true from there on (u32). A hash map has for each process which of its addresses belong to which rows.
/// </summary>
public static class UnwindLayout
{
    /// <summary>Bytes of a row, and to its rule.</summary>
    public const int RowSize = 8, RuleOffset = 4;

    /// <summary>
    /// Bits of a rule: what it is; how many words below the frame's beginning the caller's frame pointer is (0: it is still in its
    /// register), or for a linkage table where its second part begins; the distance in bytes, signed.
    /// </summary>
    public const int KindBits = 3, SavedBits = 9, DistanceBits = 20;

    /// <summary>Code ranges of a process: what it has more has no rows.</summary>
    public const int MostRanges = 256;

    /// <summary>Bytes of a process's value: the number of ranges (u64), then the ranges in the order of their addresses.</summary>
    public const int ProcessSize = RangesOffset + MostRanges * RangeSize;

    /// <summary>Bytes to the first range, and of a range.</summary>
    public const int RangesOffset = 8, RangeSize = 24;

    /// <summary>In a range: its first address (u64), its size (u32), the first one as the binary has it (u32), its first row and how many there are (u32).</summary>
    public const int SizeOffset = 8, PlaceOffset = 12, FirstOffset = 16, CountOffset = 20;

    /// <summary>Processes that are unwound at a time: fewer where they take their memory from the start.</summary>
    public static int Processes(bool grows) => grows ? 1024 : 128;

    /// <summary>A rule; null where it can't be said in so many bits.</summary>
    /// <param name="kind">What it is.</param>
    /// <param name="saved">Words, or bytes of a linkage table: 0 to 511.</param>
    /// <param name="distance">Bytes.</param>
    public static uint? Pack(UnwindRule kind, long saved, long distance) =>
        saved is >= 0 and < 1 << SavedBits && distance is >= -(1 << DistanceBits - 1) and < 1 << DistanceBits - 1
            ? (uint)kind | (uint)saved << KindBits | (uint)distance << KindBits + SavedBits : null;
}
