namespace Ctrace.Compiler.Lowering;

/// <summary>
/// The 512-byte BPF stack. Objects live until the statement they were made for ends; then their room is used again. A part is
/// kept free for registers that the allocator spills.
/// </summary>
internal sealed class FrameAllocator(int budget = FrameAllocator.Budget)
{
    /// <summary>The kernel's limit (MAX_BPF_STACK).</summary>
    public const int StackSize = 512;

    /// <summary>What the kernel takes of the stack for itself where there is a may_goto (kernel/bpf/verifier.c).</summary>
    public const int LoopRoom = 16;

    /// <summary>Larger values go to per-CPU scratch memory.</summary>
    public const int LargestObject = 32;

    /// <summary>What objects may take; the rest is for spilled registers.</summary>
    public const int Budget = 256;

    /// <summary>The same where a program goes over maps: its functions share the stack.</summary>
    public const int SharedBudget = 144, CallbackBudget = 96;

    private int _used;

    /// <summary>The most that was in use at a time, in bytes.</summary>
    public int Peak { get; private set; }

    /// <summary>What a function's stack counts for where several share it: the kernel rounds it up (check_max_stack_depth).</summary>
    public static int Rounded(int bytes) => Math.Max(32, bytes + 31 & ~31);

    /// <summary>What to give to <see cref="Release"/> when a statement ends.</summary>
    public int Mark() => _used;

    /// <summary>Gives back all objects made since the mark.</summary>
    public void Release(int mark) => _used = mark;

    /// <summary>Room for an object, aligned to 8 bytes; null when it has to go elsewhere.</summary>
    /// <param name="size">Bytes.</param>
    /// <param name="largest">Objects above this size go elsewhere.</param>
    public Place? TryAllocate(int size, int largest = LargestObject)
    {
        int rounded = (size + 7) & ~7;
        if (rounded > largest || _used + rounded > budget)
            return null;
        _used += rounded;
        Peak = Math.Max(Peak, _used);
        return new Place(IrBuilder.Frame, -_used);
    }

    /// <summary>Room for words, whatever else there is.</summary>
    public int AllocateWords(int count)
    {
        _used += count * 8;
        Peak = Math.Max(Peak, _used);
        return -_used;
    }

    /// <summary>A word that is always there, for a moment: the key that scratch memory is looked up with when the stack is full.</summary>
    public Place Spare()
    {
        int end = Math.Max(_used, budget) + 8;
        Peak = Math.Max(Peak, end);
        return new Place(IrBuilder.Frame, -end);
    }
}
