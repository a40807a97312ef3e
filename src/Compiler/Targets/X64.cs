namespace Ctrace.Compiler.Targets;

/// <summary>x86-64, from arch/x86/include/uapi/asm/ptrace.h and the System V calling convention.</summary>
public static class X64
{
    private static readonly string[] Order =
    [
        "r15", "r14", "r13", "r12", "bp", "bx", "r11", "r10", "r9", "r8",
        "ax", "cx", "dx", "si", "di", "orig_ax", "ip", "cs", "flags", "sp", "ss",
    ];

    private static readonly Dictionary<string, int> Offsets =
        Order.Select((name, index) => (name, index)).ToDictionary(r => r.name, r => r.index * 8);

    /// <summary>The one value of this CPU.</summary>
    public static Architecture Architecture { get; } = new(
        "x86_64",
        [.. new[] { "di", "si", "dx", "cx", "r8", "r9" }.Select(r => Offsets[r])],
        [.. new[] { "di", "si", "dx", "r10", "r8", "r9" }.Select(r => Offsets[r])],
        Offsets["ax"], Offsets["ip"], Offsets["sp"], Offsets["orig_ax"], 8, Offsets);
}
