using Ctrace.Compiler.Bytecode;

namespace Ctrace.Compiler.Lowering;

/// <summary>Reads of memory that may not be there.</summary>
internal static class MemoryReads
{
    /// <summary>Copies bytes from an address; zeros where it can't be read.</summary>
    /// <param name="e">The clause.</param>
    /// <param name="target">Where to.</param>
    /// <param name="address">Register with the address.</param>
    /// <param name="size">Bytes: a constant, or a register whose bounds the verifier knows.</param>
    /// <param name="user">Whose address it is; null where only the address itself tells.</param>
    public static void ReadMemory(this ClauseEmitter e, Place target, int address, Argument size, bool? user)
    {
        if (user is { } known)
        {
            e.NoteFailure(e.Ir.Call(known ? Helper.ProbeReadUser : Helper.ProbeReadKernel, target, size, Argument.Of(address)), known ? "probe_read_user" : "probe_read_kernel");
            return;
        }

        // The kernel's addresses have the top bit set, on every CPU we run on.
        int kernel = e.Ir.NewLabel(), done = e.Ir.NewLabel();
        e.Ir.JumpIfConstant(Opcodes.JumpSignedLess, address, 0, kernel);
        e.NoteFailure(e.Ir.Call(Helper.ProbeReadUser, target, size, Argument.Of(address)), "probe_read_user");
        e.Ir.Jump(done);
        e.Ir.Mark(kernel);
        e.NoteFailure(e.Ir.Call(Helper.ProbeReadKernel, target, size, Argument.Of(address)), "probe_read_kernel");
        e.Ir.Mark(done);
    }

    /// <summary>The same for a known number of bytes.</summary>
    public static void ReadMemory(this ClauseEmitter e, Place target, int address, int size, bool? user) =>
        e.ReadMemory(target, address, Argument.Constant(size), user);
}
