using System.Text;
using Ctrace.Compiler.Layouts;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Values;

namespace Ctrace.Repl.Rendering;

/// <summary>
/// The rows of one event query. Rows are shown as they come, so a column's width follows from its type; a value that is
/// wider shifts the rest of its own row only.
/// </summary>
public sealed class RowRenderer
{
    private readonly record struct Column(EventField Field, byte[] Header, int Width, bool Right, Measure Measure, ColumnMeaning Meaning);

    private readonly Column[] _columns;
    private readonly IReadOnlyList<string> _probeNames;
    private readonly ValueFormatter _values;
    private readonly ByteWriter _cell = new(), _safe = new(), _line = new();
    private bool _headerShown;

    /// <summary>Prepares a layout.</summary>
    public RowRenderer(RowEvent layout, IReadOnlyList<string> probeNames, ValueFormatter values)
    {
        (_probeNames, _values) = (probeNames, values);
        _columns = [.. layout.Fields.Select((field, i) => new Column(
            field,
            Encoding.UTF8.GetBytes(layout.Names[i]),
            Math.Max(layout.Names[i].Length, TypeWidth(field.Type)),
            field.Type is IntegerType,
            Units.Of(layout.Names[i]),
            layout.Meanings.Length > i ? layout.Meanings[i] : ColumnMeaning.None))];
    }

    /// <summary>Writes a row, and the header before the first one, cut to a terminal's width (0: not cut).</summary>
    public void Write(ByteWriter output, ReadOnlySpan<byte> record, int width)
    {
        if (!_headerShown)
        {
            _headerShown = true;
            _line.Clear();
            for (int i = 0; i < _columns.Length; i++)
                Cells.Write(_line, _columns[i].Header, _columns[i].Width, _columns[i].Right, i == _columns.Length - 1);
            WriteLine(output, width);
        }

        _line.Clear();
        for (int i = 0; i < _columns.Length; i++)
        {
            ref readonly var column = ref _columns[i];
            var bytes = column.Field.Offset < record.Length ? record[column.Field.Offset..] : default;
            var text = width > 0 && column.Field.Type is IntegerType integer ? ForPeople(column, integer, bytes) : null;
            Cells.Write(_line, text is null ? Text(column.Field.Type, bytes) : text, column.Width, column.Right, i == _columns.Length - 1);
        }

        WriteLine(output, width);
    }

    /// <summary>A number with its unit or name; null where it has none.</summary>
    private static byte[]? ForPeople(in Column column, IntegerType type, ReadOnlySpan<byte> bytes)
    {
        long value = ValueDecoder.ReadInteger(type, bytes);
        return column.Meaning != ColumnMeaning.None ? KernelNames.Text(column.Meaning, value)
            : column.Measure is Measure.Duration or Measure.Bytes ? Units.Text(value, type.Signed, column.Measure) : null;
    }

    private void WriteLine(ByteWriter output, int width)
    {
        output.Write(Cells.Cut(_line.Written, width));
        output.Write((byte)'\n');
    }

    private ReadOnlySpan<byte> Text(TraceType type, ReadOnlySpan<byte> bytes)
    {
        _cell.Clear();
        switch (type)
        {
            case IntegerType { Signed: true } integer:
                _cell.WriteNumber(ValueDecoder.ReadInteger(integer, bytes));
                return _cell.Written;
            case IntegerType integer:
                _cell.WriteNumber((ulong)ValueDecoder.ReadInteger(integer, bytes));
                return _cell.Written;
            case StringType text:
                var content = ValueDecoder.TextBytes(text, bytes);
                Cells.WriteOneLine(_cell, content);
                if (ValueDecoder.IsCut(text, content))
                    _cell.Write(text.Trailer);
                return _cell.Written;
            case StackType:
                _values.Stacks.WriteFolded(_cell, (StackValue)ValueDecoder.Decode(type, bytes, _probeNames));
                return _cell.Written;
            default:
                _values.Write(_cell, ValueDecoder.Decode(type, bytes, _probeNames));
                _safe.Clear();
                Cells.WriteOneLine(_safe, _cell.Written);
                return _safe.Written;
        }
    }

    /// <summary>Wide enough for nearly all values: a process id has up to 7 digits, a process name 15 characters.</summary>
    private int TypeWidth(TraceType type) => type switch
    {
        BoolType => 5,
        IntegerType { Size: 1 } => 4,
        IntegerType { Size: 2 } => 6,
        IntegerType { Size: 4 } => 7,
        IntegerType => 12,
        PointerType => 18,
        StringType text => text.Capacity <= 16 ? 16 : 32,
        ProbeNameType => Math.Min(40, _probeNames.Select(n => n.Length).DefaultIfEmpty(0).Max()),
        TimestampType => TimestampWidth(type),
        InternetAddressType => 15,
        HardwareAddressType => 17,
        LookupType { Kind: LookupKind.User or LookupKind.Syscall or LookupKind.Process } => 16,
        LookupType or UserSymbolType => 24,
        BufferType buffer => Math.Min(32, buffer.Length),
        BytesType array => array.Length * 4,
        TupleType tuple => 2 * tuple.Elements.Length + tuple.Elements.Sum(e => Math.Min(16, TypeWidth(e.Type))),
        _ => 0,
    };

    private int TimestampWidth(TraceType type)
    {
        _cell.Clear();
        _values.Write(_cell, ValueDecoder.Decode(type, new byte[8], _probeNames));
        return Cells.Width(_cell.Written);
    }
}
