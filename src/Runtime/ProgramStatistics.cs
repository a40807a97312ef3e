namespace Ctrace.Runtime;

/// <summary>What the kernel knows of a loaded program (struct bpf_prog_info).</summary>
/// <param name="Name">The program's name.</param>
/// <param name="RunCount">How often it ran; counted only while the sysctl <c>kernel.bpf_stats_enabled</c> is 1.</param>
/// <param name="RunNanoseconds">For how long in all; counted under the same condition, the counting included.</param>
/// <param name="RecursionMisses">Events it missed because another program was running on the CPU; always counted.</param>
/// <param name="Instructions">Eight-byte slots after the verifier's rewriting.</param>
/// <param name="MachineCodeBytes">Bytes of machine code; 0 without the JIT compiler.</param>
/// <param name="VerifiedInstructions">Instructions the verifier looked at (5.16).</param>
public sealed record ProgramStatistics(
    string Name, ulong RunCount, ulong RunNanoseconds, ulong RecursionMisses, int Instructions, int MachineCodeBytes,
    int VerifiedInstructions);
