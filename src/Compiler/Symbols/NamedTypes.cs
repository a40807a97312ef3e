namespace Ctrace.Compiler.Symbols;

/// <summary>Bytes that need not be text: their number (32 bits), then the bytes, with zeros behind them.</summary>
/// <param name="Length">The most bytes there can be.</param>
public sealed record BufferType(int Length) : TraceType(TupleType.Align(LengthSize + Length, 4), 4)
{
    /// <summary>Bytes before the content.</summary>
    public const int LengthSize = 4;

    /// <inheritdoc/>
    public override string Name => $"buffer[{Length}]";
}

/// <summary>A fixed number of bytes, shown as numbers: what <c>pton</c> gives.</summary>
/// <param name="Length">How many.</param>
public sealed record BytesType(int Length) : TraceType(Length, Length % 8 == 0 ? 8 : Length % 4 == 0 ? 4 : 1)
{
    /// <inheritdoc/>
    public override string Name => $"uint8[{Length}]";
}

/// <summary>An IP address: the family (32 bits, AF_INET or AF_INET6), then 16 bytes, of which IPv4 uses the first four.</summary>
public sealed record InternetAddressType() : TraceType(20, 4)
{
    /// <summary>Address families, from include/linux/socket.h.</summary>
    public const int Version4 = 2, Version6 = 10;

    /// <inheritdoc/>
    public override string Name => "inet";
}

/// <summary>The six bytes of a network card's address.</summary>
public sealed record HardwareAddressType() : TraceType(6, 2)
{
    /// <inheritdoc/>
    public override string Name => "mac address";
}

/// <summary>A number that user space shows by its name: only the number travels.</summary>
/// <param name="Kind">What it is the number of.</param>
/// <param name="Size">4 or 8 bytes.</param>
public sealed record LookupType(LookupKind Kind, int Size) : TraceType(Size, Size)
{
    /// <inheritdoc/>
    public override string Name => Kind switch
    {
        LookupKind.KernelSymbol => "ksym",
        LookupKind.User => "username",
        LookupKind.CgroupPath => "cgroup path",
        LookupKind.Signal => "signal name",
        LookupKind.Syscall => "syscall name",
        LookupKind.Process => "process name",
        _ => "error text",
    };

    /// <inheritdoc/>
    public override bool IsScalar => true;
}

/// <summary>What numbers are looked up as.</summary>
public enum LookupKind
{
    /// <summary>A positive error number: its description.</summary>
    Error,

    /// <summary>A signal's number: its description.</summary>
    Signal,

    /// <summary>A system call's number: its name.</summary>
    Syscall,

    /// <summary>A user's number: the login name.</summary>
    User,

    /// <summary>An address in the kernel: the function and the distance from its start.</summary>
    KernelSymbol,

    /// <summary>A cgroup's number: its path.</summary>
    CgroupPath,

    /// <summary>A process: its name.</summary>
    Process,
}

/// <summary>An address in a process (64 bits), then the process (32 bits) and 32 bits of zeros: shown as function and distance.</summary>
public sealed record UserSymbolType() : TraceType(16, 8)
{
    /// <inheritdoc/>
    public override string Name => "usym";
}
