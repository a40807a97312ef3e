namespace Ctrace.Scripting.Protocol;

/// <summary>
/// What travels between ctrace and ctrace-cs. A message is its length (4 bytes, without these), its kind (1 byte) and its content
/// in the form of <see cref="System.IO.BinaryWriter"/>. Both are built from the same sources, so that there is one version.
/// </summary>
internal enum Message : byte
{
    /// <summary>To the host: parameters, and the handlers with the types of what they get.</summary>
    Program = 1,

    /// <summary>To the host: the maps there are, with their types.</summary>
    Maps,

    /// <summary>To the host: rows for a handler.</summary>
    Rows,

    /// <summary>To the host: a handler is to run, with a table's rows (their number, -1 for none) or alone.</summary>
    Run,

    /// <summary>To the host: a map's rows, as asked for.</summary>
    Snapshot,

    /// <summary>To the host: a line of C#.</summary>
    Evaluate,

    /// <summary>To the host: what may stand at a place?</summary>
    Complete,

    /// <summary>To the host: rows that wait are not run any more.</summary>
    Stop,

    /// <summary>To ctrace: the handlers are compiled, or what is wrong with them.</summary>
    Compiled = 65,

    /// <summary>To ctrace: a map is asked for.</summary>
    Ask,

    /// <summary>To ctrace: how many rows of the present batch were run, and the text for the output that they printed.</summary>
    Print,

    /// <summary>To ctrace: a handler failed.</summary>
    Failed,

    /// <summary>To ctrace: rows or a run are done with, and so many of them were run.</summary>
    Done,

    /// <summary>To ctrace: end, with an exit code.</summary>
    Exit,

    /// <summary>To ctrace: a line's result.</summary>
    Evaluated,

    /// <summary>To ctrace: what may stand there.</summary>
    Completed,

    /// <summary>To ctrace: ready for lines.</summary>
    Ready,
}

/// <summary>What a value on the wire is.</summary>
internal enum Tag : byte
{
#pragma warning disable CS1591 // Named after the C# types that they become.
    Null,
    Int64,
    UInt64,
    Boolean,
    Double,
    String,
    Bytes,
    TimeSpan,
    Time,
    Address,
    List,
    Record,
    Stats,
    Histogram,
    Stack,
#pragma warning restore CS1591
}

/// <summary>A type as C# has it: a name, or what a tuple or array is made of.</summary>
/// <param name="Name">A C# type, <c>tuple</c> or <c>array</c>.</param>
/// <param name="Items">The parts of a tuple, the element of an array.</param>
internal sealed record WireType(string Name, IReadOnlyList<WireType> Items)
{
    internal const string Tuple = "tuple", Array = "array";

    /// <summary>A type that has no parts.</summary>
    internal static WireType Of(string name) => new(name, []);

    /// <summary>As C# writes it.</summary>
    internal string CSharp => Name switch
    {
        Tuple => $"({string.Join(", ", Items.Select(i => i.CSharp))})",
        Array => Items[0].CSharp + "[]",
        _ => Name,
    };

    internal void Write(BinaryWriter writer)
    {
        writer.Write(Name);
        writer.Write7BitEncodedInt(Items.Count);
        foreach (var item in Items)
            item.Write(writer);
    }

    internal static WireType Read(BinaryReader reader)
    {
        string name = reader.ReadString();
        var items = new WireType[reader.Read7BitEncodedInt()];
        for (int i = 0; i < items.Length; i++)
            items[i] = Read(reader);
        return new WireType(name, items);
    }
}

/// <summary>A column, or a part of a key.</summary>
internal sealed record WireColumn(string Name, WireType Type)
{
    internal static void Write(BinaryWriter writer, IReadOnlyCollection<WireColumn> columns)
    {
        writer.Write7BitEncodedInt(columns.Count);
        foreach (var column in columns)
        {
            writer.Write(column.Name);
            column.Type.Write(writer);
        }
    }

    internal static WireColumn[] Read(BinaryReader reader)
    {
        var columns = new WireColumn[reader.Read7BitEncodedInt()];
        for (int i = 0; i < columns.Length; i++)
            columns[i] = new WireColumn(reader.ReadString(), WireType.Read(reader));
        return columns;
    }
}

/// <summary>A map's name and types.</summary>
internal sealed record WireMap(string Name, WireColumn[] Keys, WireColumn[] Columns)
{
    internal void Write(BinaryWriter writer)
    {
        writer.Write(Name);
        WireColumn.Write(writer, Keys);
        WireColumn.Write(writer, Columns);
    }

    internal static WireMap Read(BinaryReader reader) => new(reader.ReadString(), WireColumn.Read(reader), WireColumn.Read(reader));

    /// <summary>What changes when the types do.</summary>
    internal string Signature => $"{Name}[{string.Join(",", Keys.Select(k => k.Name + ":" + k.Type.CSharp))}]={string.Join(",", Columns.Select(c => c.Name + ":" + c.Type.CSharp))}";
}

/// <summary>A handler's code, and what it gets.</summary>
/// <param name="Kind">0: a row; 1: a table; 2: nothing.</param>
/// <param name="Code">Its C#.</param>
/// <param name="Line">The line of the program that the code begins in, counted from 1.</param>
/// <param name="Columns">A row's columns.</param>
/// <param name="Map">The table's map, or an empty string.</param>
internal sealed record WireHandler(byte Kind, string Code, int Line, WireColumn[] Columns, string Map)
{
    internal const byte Row = 0, Table = 1, Alone = 2;

    internal void Write(BinaryWriter writer)
    {
        writer.Write(Kind);
        writer.Write(Code);
        writer.Write(Line);
        WireColumn.Write(writer, Columns);
        writer.Write(Map);
    }

    internal static WireHandler Read(BinaryReader reader) =>
        new(reader.ReadByte(), reader.ReadString(), reader.ReadInt32(), WireColumn.Read(reader), reader.ReadString());
}
