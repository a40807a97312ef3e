namespace Ctrace.Compiler.Layouts;

/// <summary>
/// What a program asks user space to do. A record on the order buffer: a 32-bit index into <see cref="TraceProgram.Orders"/>,
/// 32 unused bits, then (64 bits) the event ring buffer's producer position at the time of the order, or 0 where there is
/// no event ring buffer: output of earlier events comes first. A payload follows at <see cref="HeaderSize"/>.
/// </summary>
public abstract record Order
{
    /// <summary>Bytes before the payload.</summary>
    public const int HeaderSize = 16;
}

/// <summary>Stop tracing. The payload is the exit code, 32 bits.</summary>
public sealed record ExitOrder : Order;

/// <summary>Print a map.</summary>
/// <param name="MapIndex">Index into <see cref="TraceProgram.Maps"/>.</param>
/// <param name="Top">Only that many entries, the largest; 0 for all.</param>
/// <param name="Divisor">Divide values by it; 0 or 1 leaves them.</param>
public sealed record PrintMapOrder(int MapIndex, int Top, long Divisor) : Order;

/// <summary>Print one entry's value of a per-CPU map. The payload is the key.</summary>
/// <param name="MapIndex">Index into <see cref="TraceProgram.Maps"/>.</param>
/// <param name="KeySize">Bytes of the key.</param>
public sealed record PrintEntryOrder(int MapIndex, int KeySize) : Order;

/// <summary>Remove all entries.</summary>
public sealed record ClearMapOrder(int MapIndex) : Order;

/// <summary>Keep the keys and set all values to zero.</summary>
public sealed record ZeroMapOrder(int MapIndex) : Order;
