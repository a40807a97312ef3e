using System.Collections.Immutable;
using Ctrace.Compiler.Symbols;

namespace Ctrace.Compiler.Catalog.Dotnet;

/// <summary>How a field is written in an event of a .NET runtime or library.</summary>
public enum DotnetEncoding
{
    /// <summary>One byte.</summary>
    Byte,

    /// <summary>Two bytes.</summary>
    Half,

    /// <summary>Four bytes.</summary>
    Word,

    /// <summary>Eight bytes; also addresses: only 64-bit processes are traced.</summary>
    Long,

    /// <summary>A floating-point number of eight bytes; programs get the next integer.</summary>
    Real,

    /// <summary>UTF-16 with a NUL at its end.</summary>
    Text,
}

/// <summary>A field of an event.</summary>
/// <param name="Name">As in <c>args.NAME</c>: what the runtime's documentation calls it, unless that has no unit. An empty one is not shown.</param>
/// <param name="Encoding">How it is written.</param>
public sealed record DotnetField(string Name, DotnetEncoding Encoding)
{
    /// <summary>Its type in programs.</summary>
    public TraceType Type => Encoding switch
    {
        DotnetEncoding.Byte => new IntegerType(1, false),
        DotnetEncoding.Half => new IntegerType(2, false),
        DotnetEncoding.Word => TraceType.UInt32,
        DotnetEncoding.Text => new StringType(DotnetRecord.TextSize),
        _ => TraceType.UInt64,
    };
}

/// <summary>An event that .NET programs tell of (EventPipe), or one that is put together from several of these.</summary>
/// <param name="Name">As in <c>dotnet:PROCESS:NAME</c>: the runtime's own.</param>
/// <param name="Summary">What it tells, in a line.</param>
/// <param name="Provider">Who tells it; empty for one that is put together.</param>
/// <param name="Id">Its number there.</param>
/// <param name="Keywords">The kinds of events that have to be asked for.</param>
/// <param name="Level">How much has to be asked for: 2 errors, 4 what is of interest, 5 all.</param>
/// <param name="Fields">Its fields, in their order.</param>
public sealed record DotnetEvent(string Name, string Summary, string Provider, int Id, ulong Keywords, int Level, ImmutableArray<DotnetField> Fields)
{
    /// <summary>The events that it is put together from, by their names.</summary>
    public ImmutableArray<string> Parts { get; init; } = [];

    /// <summary>The fields that programs see, with their places in <see cref="DotnetRecord"/>.</summary>
    public IEnumerable<RecordField> Places()
    {
        int offset = DotnetRecord.FieldsOffset;
        foreach (var field in Fields)
        {
            if (field.Name.Length > 0)
                yield return new RecordField(field.Name, offset, field.Type);
            offset += DotnetRecord.SizeOf(field);
        }
    }
}

/// <summary>A field of a record that a program reads from ctrace's own memory.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Offset">Bytes from the record's start.</param>
/// <param name="Type">What is there.</param>
public sealed record RecordField(string Name, int Offset, TraceType Type);

/// <summary>A record that user space makes of an event, and runs a program for: its address is the program's only argument.</summary>
/// <param name="Fields">What <c>args</c> has.</param>
/// <param name="Builtins">What stands there for builtin values: who runs the program is ctrace, and not who the event is about.</param>
internal sealed record EventRecord(ImmutableArray<RecordField> Fields, ImmutableArray<RecordField> Builtins);

/// <summary>The layout of an event's record: who, when, where, and then the fields, each in whole words.</summary>
public static class DotnetRecord
{
    /// <summary>Bytes to the time (CLOCK_BOOTTIME, nanoseconds), the process, the thread and its name.</summary>
    public const int TimeOffset = 0, ProcessOffset = 8, ThreadOffset = 12, CommOffset = 16, CommSize = 16;

    /// <summary>Bytes to the stack: the process, then the addresses.</summary>
    public const int StackOffset = 32;

    /// <summary>Bytes to the first field.</summary>
    public const int FieldsOffset = StackOffset + 8 + StackType.Deepest * 8;

    /// <summary>Bytes of a text with its NUL: what is longer is cut.</summary>
    public const int TextSize = 256;

    /// <summary>The most fields.</summary>
    public const int MostFields = 20;

    /// <summary>Bytes of a record.</summary>
    public const int Size = FieldsOffset + MostFields * TextSize;

    /// <summary>Bytes that a field takes.</summary>
    public static int SizeOf(DotnetField field) => field.Encoding == DotnetEncoding.Text ? TextSize : 8;
}
