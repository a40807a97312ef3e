namespace Ctrace.Runtime.Symbols;

/// <summary>Gives addresses their names. What it needs is read when it is first needed, and kept.</summary>
public sealed class Symbolizer
{
    private KernelSymbols? _kernel;
    private readonly ProcessSymbols _processes = new();

    /// <summary>The kernel symbol that an address is in.</summary>
    /// <param name="address">The address.</param>
    /// <returns>Its name and how far the address is from its start, in bytes; null where no name is known.</returns>
    public (string Name, ulong Distance)? Kernel(ulong address) => (_kernel ??= KernelSymbols.Read()).Find(address);

    /// <summary>The symbol of a process that an address is in.</summary>
    /// <param name="process">The process (thread group id).</param>
    /// <param name="address">The address.</param>
    /// <returns>Its name, or null; the distance from its start in bytes; the file that it is in, or null.</returns>
    public (string? Name, ulong Distance, string? File) User(int process, ulong address) => _processes.Find(process, address);
}
