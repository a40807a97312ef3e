using System.Collections.Immutable;
using Ctrace.Compiler.Symbols;

namespace Ctrace.Compiler.Layouts;

/// <summary>
/// A record on the event buffer. It starts with a 32-bit index into <see cref="TraceProgram.Events"/> and 32 unused bits;
/// fields follow at their offsets, counted from the record's start. A record may be cut off inside the last field
/// when that is a string: what is not there is not part of it.
/// </summary>
/// <param name="Fields">The values in it.</param>
public abstract record EventLayout(ImmutableArray<EventField> Fields)
{
    /// <summary>Bytes before the first field.</summary>
    public const int HeaderSize = 8;
}

/// <summary>One value in an event.</summary>
/// <param name="Type">Its type.</param>
/// <param name="Offset">Bytes from the record's start.</param>
public sealed record EventField(TraceType Type, int Offset);

/// <summary>What a <c>printf</c> prints.</summary>
/// <param name="Format">The format, parsed: fixed text and arguments in order.</param>
/// <param name="Fields">The arguments.</param>
public sealed record PrintfEvent(ImmutableArray<FormatPiece> Format, ImmutableArray<EventField> Fields) : EventLayout(Fields);

/// <summary><c>print(value)</c>: its one field on a line of its own, as a map's value would be shown.</summary>
public sealed record PrintValueEvent(ImmutableArray<EventField> Fields) : EventLayout(Fields);

/// <summary><c>time(format)</c>: one field, a timestamp, with no line break of its own.</summary>
public sealed record TimeEvent(ImmutableArray<EventField> Fields) : EventLayout(Fields);

/// <summary>A text that is made as <c>printf</c> makes it, and then used for something.</summary>
/// <param name="Use">For what.</param>
/// <param name="Format">The format, parsed.</param>
/// <param name="Span">The call's place in the program.</param>
/// <param name="Fields">The arguments.</param>
public sealed record FormattedEvent(FormatUse Use, ImmutableArray<FormatPiece> Format, Text.TextSpan Span, ImmutableArray<EventField> Fields)
    : EventLayout(Fields);

/// <summary>What a formatted text is for.</summary>
public enum FormatUse
{
    /// <summary>It is an error message.</summary>
    Error,

    /// <summary>It is a warning.</summary>
    Warning,

    /// <summary>It names a file that is to be printed.</summary>
    File,

    /// <summary>It is a shell command that is to be run.</summary>
    Command,
}

/// <summary>Texts to be printed in a line: each with its NUL, one behind the other, from <see cref="EventLayout.HeaderSize"/> to the end.</summary>
/// <param name="Separator">What stands between them.</param>
public sealed record JoinEvent(string Separator) : EventLayout([]);

/// <summary>A row of an event query: aligned columns, with a header before the first row.</summary>
/// <param name="Names">Column names.</param>
/// <param name="Fields">The columns' values, in order of the names.</param>
public sealed record RowEvent(ImmutableArray<string> Names, ImmutableArray<EventField> Fields) : EventLayout(Fields)
{
    /// <summary>What the columns' numbers stand for, in order of the names; empty where none is known.</summary>
    public ImmutableArray<ColumnMeaning> Meanings { get; init; } = [];

    /// <summary>Index into <see cref="TraceProgram.Handlers"/> of the C# that gets the row instead of the user; -1 for none.</summary>
    public int Handler { get; init; } = -1;
}

/// <summary>
/// A packet for a capture file: behind the header the time since boot in nanoseconds, how many bytes to leave out, and the packet's
/// length (64 bits each), then the packet. It comes by a buffer of its own, the only one that the kernel copies packets to.
/// </summary>
/// <param name="File">The file.</param>
public sealed record PacketEvent(string File) : EventLayout([])
{
    /// <summary>Where these are, in bytes from the record's start.</summary>
    public const int TimeOffset = HeaderSize, SkippedOffset = HeaderSize + 8, LengthOffset = HeaderSize + 16, DataOffset = HeaderSize + 24;
}

/// <summary>C# that stands alone is to run.</summary>
/// <param name="Handler">Index into <see cref="TraceProgram.Handlers"/>.</param>
public sealed record HandlerEvent(int Handler) : EventLayout([]);

/// <summary>A piece of a printf format.</summary>
public abstract record FormatPiece;

/// <summary>Fixed text, as UTF-8 (a <c>\x</c> escape gives that very byte).</summary>
public sealed record FormatText(ImmutableArray<byte> Bytes) : FormatPiece;

/// <summary>A conversion.</summary>
/// <param name="Field">Index of the argument.</param>
/// <param name="Conversion">
/// One of <c>d u x X o b c s p r</c> (<c>i</c> is given as <c>d</c>), or one of the constants here for <c>rh</c> and <c>rx</c>.
/// </param>
/// <param name="Width">Least number of characters, or 0.</param>
/// <param name="Precision">As in C, or -1.</param>
/// <param name="Flags">The flags given.</param>
/// <param name="Bits">The width in bits a length modifier cuts the integer to (8, 16, 32, 64); 0 without one.</param>
public sealed record FormatArgument(int Field, char Conversion, int Width, int Precision, FormatFlags Flags, int Bits) : FormatPiece
{
    /// <summary>Whether the value is a register, and nobody knows how much of it counts: an <c>int</c> of -1 leaves the upper half zero.</summary>
    public bool IsRegister { get; init; }

    /// <summary><c>%rh</c>: a buffer's bytes in hexadecimal.</summary>
    public const char Hexadecimal = 'h';

    /// <summary><c>%gr</c>: the kernel's flags for allocations of memory, by name.</summary>
    public const char AllocationFlags = 'g';

    /// <summary><c>%rx</c>: the same with <c>\x</c> before each.</summary>
    public const char Escaped = 'e';
}

/// <summary>Flags of a conversion, as in C.</summary>
[Flags]
public enum FormatFlags
{
#pragma warning disable CS1591 // Named by their characters in C: - + space # 0.
    None = 0,
    Left = 1,
    Plus = 2,
    Space = 4,
    Alternate = 8,
    Zero = 16,
#pragma warning restore CS1591
}
