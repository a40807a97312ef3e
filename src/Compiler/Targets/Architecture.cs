namespace Ctrace.Compiler.Targets;

/// <summary>What code generation must know of a CPU. One value per CPU.</summary>
/// <param name="Name">As <c>uname -m</c> prints it.</param>
/// <param name="FunctionArguments">pt_regs byte offsets of a C function's register arguments, in order.</param>
/// <param name="SyscallArguments">pt_regs byte offsets of a system call's arguments, in order.</param>
/// <param name="ReturnValue">pt_regs byte offset of a function's return value.</param>
/// <param name="InstructionPointer">pt_regs byte offset of the program counter.</param>
/// <param name="StackPointer">pt_regs byte offset of the stack pointer.</param>
/// <param name="SyscallNumber">pt_regs byte offset of the system call's number, as it stands when the call returns.</param>
/// <param name="SyscallNumberSize">Its size in bytes.</param>
/// <param name="Registers">pt_regs byte offsets by register name.</param>
public sealed record Architecture(
    string Name,
    IReadOnlyList<int> FunctionArguments,
    IReadOnlyList<int> SyscallArguments,
    int ReturnValue,
    int InstructionPointer,
    int StackPointer,
    int SyscallNumber,
    int SyscallNumberSize,
    IReadOnlyDictionary<string, int> Registers);
