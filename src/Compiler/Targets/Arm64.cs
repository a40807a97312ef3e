namespace Ctrace.Compiler.Targets;

/// <summary>
/// 64-bit Arm, from arch/arm64/include/asm/ptrace.h and AAPCS64. A system call's first argument is
/// kept in <c>orig_x0</c>, because <c>x0</c> takes the return value.
/// </summary>
public static class Arm64
{
    private const int OriginalX0 = 34 * 8;

    /// <summary>The 32-bit <c>syscallno</c> after <c>orig_x0</c>.</summary>
    private const int SyscallNumber = OriginalX0 + 8;

    private static readonly Dictionary<string, int> Offsets = Enumerable.Range(0, 31)
        .Select(i => ($"r{i}", i * 8))
        .Append(("sp", 31 * 8)).Append(("pc", 32 * 8)).Append(("pstate", 33 * 8))
        .ToDictionary(r => r.Item1, r => r.Item2);

    /// <summary>The one value of this CPU.</summary>
    public static Architecture Architecture { get; } = new(
        "aarch64",
        [.. Enumerable.Range(0, 8).Select(i => i * 8)],
        [OriginalX0, 8, 16, 24, 32, 40],
        0, Offsets["pc"], Offsets["sp"], SyscallNumber, 4, Offsets);
}
