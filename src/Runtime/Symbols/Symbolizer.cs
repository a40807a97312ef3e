using Ctrace.Runtime.Symbols.History;

namespace Ctrace.Runtime.Symbols;

/// <summary>Gives addresses their names. What it needs is read when it is first needed, and kept. Safe from any thread.</summary>
/// <param name="demangles">Whether functions of C++ and Rust get the names that their source has, and not their symbols.</param>
/// <param name="findsLines">Whether lines of the source are looked for.</param>
public sealed class Symbolizer(bool demangles = true, bool findsLines = false) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly ProcessSymbols _processes = new(demangles, findsLines);
    private KernelSymbols? _kernel;

    /// <summary>The kernel symbol that an address is in.</summary>
    /// <param name="address">The address.</param>
    /// <returns>Its name and how far the address is from its start, in bytes; null where no name is known.</returns>
    public (string Name, ulong Distance)? Kernel(ulong address)
    {
        lock (_lock)
            return (_kernel ??= KernelSymbols.Read()).Find(address);
    }

    /// <summary>The symbol of a process that an address is in.</summary>
    /// <param name="process">The process (thread group id).</param>
    /// <param name="address">The address.</param>
    /// <returns>Its name, or null; the distance from its start in bytes; the file that it is in, or null.</returns>
    public (string? Name, ulong Distance, string? File) User(int process, ulong address) => User(process, address, default);

    /// <summary>The symbol of a process that an address of a stack is in.</summary>
    /// <param name="process">The process (thread group id).</param>
    /// <param name="address">The address.</param>
    /// <param name="stack">All addresses of the stack: of the programs that the process has run, they tell which one it was.</param>
    /// <returns>Its name, or null; the distance from its start in bytes; the file that it is in, or null.</returns>
    public (string? Name, ulong Distance, string? File) User(int process, ulong address, ReadOnlySpan<ulong> stack)
    {
        lock (_lock)
            return _processes.Find(process, address, stack);
    }

    /// <summary>The place in a binary that an address of a stack means on any machine; null where it is in none, or in one that the linker gave no number.</summary>
    /// <param name="process">The process (thread group id).</param>
    /// <param name="address">The address.</param>
    /// <param name="stack">All addresses of the stack.</param>
    /// <returns>The binary's build id, in hexadecimal digits, and bytes from the file's start.</returns>
    public (string BuildId, ulong Offset)? UserPlace(int process, ulong address, ReadOnlySpan<ulong> stack)
    {
        lock (_lock)
            return _processes.FindPlace(process, address, stack);
    }

    /// <summary>The line of the source that an address of a stack belongs to; null where that is not known, or nobody wants to know it.</summary>
    /// <param name="process">The process (thread group id).</param>
    /// <param name="address">The address: of a call, the one before the address to return to.</param>
    /// <param name="stack">All addresses of the stack.</param>
    public (string File, int Line)? UserLine(int process, ulong address, ReadOnlySpan<ulong> stack)
    {
        if (!findsLines)
            return null;
        lock (_lock)
            return _processes.FindLine(process, address, stack);
    }

    /// <summary>Has a process that compiles its code while it runs (.NET) tell us the names of what it compiles from here on.</summary>
    /// <param name="process">The process (thread group id).</param>
    public void Prepare(int process)
    {
        lock (_lock)
            _processes.Prepare(process);
    }

    /// <summary>Has all processes stop that write names for us. What is known of them stays known.</summary>
    public void Dispose()
    {
        lock (_lock)
            _processes.Release();
    }

    /// <summary>What is remembered of processes.</summary>
    internal ProcessHistory? History
    {
        get => _processes.History;
        set => _processes.History = value;
    }
}
