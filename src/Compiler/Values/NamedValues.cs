using Ctrace.Compiler.Symbols;

namespace Ctrace.Compiler.Values;

/// <summary>Bytes that need not be text.</summary>
public sealed record BufferValue(ReadOnlyMemory<byte> Bytes) : TraceValue;

/// <summary>Bytes shown as a list of numbers.</summary>
public sealed record BytesValue(ReadOnlyMemory<byte> Bytes) : TraceValue;

/// <summary>An IP address.</summary>
/// <param name="Family">AF_INET or AF_INET6; another one is shown as nothing.</param>
/// <param name="Bytes">16 bytes, of which IPv4 uses the first four.</param>
public sealed record InternetAddressValue(int Family, ReadOnlyMemory<byte> Bytes) : TraceValue;

/// <summary>The address of a network card.</summary>
public sealed record HardwareAddressValue(ReadOnlyMemory<byte> Bytes) : TraceValue;

/// <summary>A number that is shown by its name.</summary>
public sealed record LookupValue(LookupKind Kind, long Number) : TraceValue;

/// <summary>An address in a process, shown as its function.</summary>
public sealed record UserSymbolValue(ulong Address, int Process) : TraceValue;
