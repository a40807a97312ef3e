using Ctrace.Compiler.Layouts;

namespace Ctrace.Runtime.Unwinding;

/// <summary>
/// What is true at an instruction: where the frame begins (the CFA, as DWARF calls the stack pointer before the call), and where the
/// caller's registers are. Only those of x86-64 that lead to the next caller are followed.
/// </summary>
internal struct FrameState
{
    /// <summary>Register numbers of the System V ABI for x86-64.</summary>
    public const ulong FramePointer = 6, StackPointer = 7, ReturnAddress = 16;

    /// <summary>How the frame's beginning is found.</summary>
    public BeginKind Begin;

    /// <summary>Bytes from the register; for a linkage table where in each 16 bytes its second part begins.</summary>
    public long Distance;

    /// <summary>Where the caller's frame pointer is.</summary>
    public SavedKind Saved;

    /// <summary>Bytes from the frame's beginning.</summary>
    public long SavedAt;

    /// <summary>Where the address to return to is.</summary>
    public SavedKind Returns;

    /// <summary>Bytes from the frame's beginning.</summary>
    public long ReturnsAt;

    /// <summary>How the beginning of a frame is found.</summary>
    public enum BeginKind : byte
    {
        Unknown,
        StackPointer,
        FramePointer,
        LinkageTable,
        ThroughFramePointer,
    }

    /// <summary>Where a register of the caller's is.</summary>
    public enum SavedKind : byte
    {
        /// <summary>Where it was.</summary>
        Same,
        OnStack,

        /// <summary>Where the frame pointer points.</summary>
        AtFramePointer,

        /// <summary>Nowhere: for the address to return to, this is the end of the stack.</summary>
        Nowhere,
        Unknown,
    }

    /// <summary>The same as a rule of the table's; what it can't say is <see cref="UnwindRule.None"/>.</summary>
    public readonly uint Rule(bool isSignal)
    {
        if (isSignal)
            return UnwindLayout.Pack(UnwindRule.Signal, 0, 0)!.Value;
        if (Returns == SavedKind.Nowhere)
            return UnwindLayout.Pack(UnwindRule.End, 0, 0)!.Value;
        if (Returns != SavedKind.OnStack || ReturnsAt != -8)
            return 0;
        long words = -SavedAt / 8;
        return (Begin, Saved) switch
        {
            (BeginKind.LinkageTable, SavedKind.Same) => UnwindLayout.Pack(UnwindRule.LinkageTable, Distance, 8),
            (BeginKind.ThroughFramePointer, SavedKind.AtFramePointer) => UnwindLayout.Pack(UnwindRule.ThroughFramePointer, 0, Distance),
            (BeginKind.StackPointer, SavedKind.Same or SavedKind.Nowhere) => UnwindLayout.Pack(UnwindRule.FromStackPointer, 0, Distance),
            (BeginKind.FramePointer, SavedKind.Same or SavedKind.Nowhere) => UnwindLayout.Pack(UnwindRule.FromFramePointer, 0, Distance),
            (BeginKind.StackPointer, SavedKind.OnStack) when SavedAt % 8 == 0 && words > 0 => UnwindLayout.Pack(UnwindRule.FromStackPointer, words, Distance),
            (BeginKind.FramePointer, SavedKind.OnStack) when SavedAt % 8 == 0 && words > 0 => UnwindLayout.Pack(UnwindRule.FromFramePointer, words, Distance),
            _ => null,
        } ?? 0;
    }
}
