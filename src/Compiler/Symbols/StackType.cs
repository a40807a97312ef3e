namespace Ctrace.Compiler.Symbols;

/// <summary>How a stack is shown.</summary>
public enum StackMode
{
    /// <summary>As bpftrace does: a symbol with a distance a line.</summary>
    Symbols,

    /// <summary>As perf does: the address before it, and the module behind.</summary>
    Perf,

    /// <summary>Addresses alone.</summary>
    Raw,

    /// <summary>For each address the build id of the binary that it is in, and the place in that file: what another machine can name later. User stacks only.</summary>
    BuildId,
}

/// <summary>
/// The callers of the code that was running: addresses, innermost first, and zeros behind the last. A user's stack has the process
/// before it (a 64-bit word), which its addresses have a meaning in.
/// </summary>
/// <param name="IsUser">Whether it is the process's stack.</param>
/// <param name="Mode">How it is shown.</param>
/// <param name="Depth">The most addresses that are kept.</param>
public sealed record StackType(bool IsUser, StackMode Mode, int Depth) : TraceType((Depth + (IsUser ? 1 : 0)) * 8, 8)
{
    /// <summary>The kernel's own limit (PERF_MAX_STACK_DEPTH), and the usual depth.</summary>
    public const int Deepest = 127;

    /// <inheritdoc/>
    public override string Name => IsUser ? "ustack" : "kstack";
}
