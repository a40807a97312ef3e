using System.Buffers.Binary;
using System.Collections.Immutable;
using Ctrace.Compiler.Layouts;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Values;

namespace Ctrace.Repl.Rendering;

/// <summary>
/// One <c>printf</c>, prepared: each piece knows the bytes it reads and how, so that an event is one pass over an array.
/// Plain <c>%d</c>, <c>%u</c> and <c>%s</c>, which is nearly all there is, take a short way.
/// </summary>
public sealed class PrintfRenderer
{
    private enum Way
    {
        Text,
        Signed32,
        Signed64,
        Unsigned32,
        Unsigned64,
        String,
        General,
    }

    private readonly record struct Piece(Way Way, byte[] Bytes, int Offset, TraceType? Type, FormatArgument? Argument);

    private readonly Piece[] _pieces;
    private readonly IReadOnlyList<string> _probeNames;
    private readonly ValueFormatter _values;
    private readonly ByteWriter _scratch = new();

    /// <summary>Prepares a layout.</summary>
    public PrintfRenderer(PrintfEvent layout, IReadOnlyList<string> probeNames, ValueFormatter values)
        : this(layout.Format, layout.Fields, probeNames, values)
    {
    }

    /// <summary>Prepares a format.</summary>
    public PrintfRenderer(ImmutableArray<FormatPiece> format, ImmutableArray<EventField> fields, IReadOnlyList<string> probeNames, ValueFormatter values)
    {
        _probeNames = probeNames;
        _values = values;
        _pieces = [.. format.Select(p => Prepare(p, fields))];
    }

    /// <summary>Writes an event's text.</summary>
    public void Write(ByteWriter output, ReadOnlySpan<byte> record)
    {
        foreach (ref readonly var piece in _pieces.AsSpan())
        {
            var bytes = piece.Offset < record.Length ? record[piece.Offset..] : default;
            switch (piece.Way)
            {
                case Way.Text:
                    output.Write(piece.Bytes);
                    break;
                case Way.Signed32:
                    output.WriteNumber((long)BinaryPrimitives.ReadInt32LittleEndian(bytes));
                    break;
                case Way.Signed64:
                    output.WriteNumber(BinaryPrimitives.ReadInt64LittleEndian(bytes));
                    break;
                case Way.Unsigned32:
                    output.WriteNumber((ulong)BinaryPrimitives.ReadUInt32LittleEndian(bytes));
                    break;
                case Way.Unsigned64:
                    output.WriteNumber(BinaryPrimitives.ReadUInt64LittleEndian(bytes));
                    break;
                case Way.String:
                    WriteText(output, (StringType)piece.Type!, bytes);
                    break;
                default:
                    WriteGeneral(output, piece, bytes);
                    break;
            }
        }
    }

    private Piece Prepare(FormatPiece piece, ImmutableArray<EventField> fields)
    {
        if (piece is FormatText text)
            return new Piece(Way.Text, [.. text.Bytes], 0, null, null);
        var argument = (FormatArgument)piece;
        var field = fields[argument.Field];
        return new Piece(Choose(argument, field.Type), [], field.Offset, field.Type, argument);
    }

    private static Way Choose(FormatArgument argument, TraceType type)
    {
        bool plain = argument is { Width: 0, Precision: < 0, Flags: FormatFlags.None };
        if (!plain || argument.IsRegister)
            return Way.General;
        return (argument.Conversion, type) switch
        {
            ('s', StringType) => Way.String,
            ('d', IntegerType { Size: 4 }) when argument.Bits is 0 or 32 => Way.Signed32,
            ('d', IntegerType { Size: 8 }) when argument.Bits is 0 or 64 => Way.Signed64,
            ('u', IntegerType { Size: 4 }) when argument.Bits is 0 or 32 => Way.Unsigned32,
            ('u', IntegerType { Size: 8 } integer) when argument.Bits == 64 || argument.Bits == 0 && !integer.Signed => Way.Unsigned64,
            _ => Way.General,
        };
    }

    private void WriteGeneral(ByteWriter output, in Piece piece, ReadOnlySpan<byte> bytes)
    {
        var argument = piece.Argument!;
        if (argument.Conversion == 's')
        {
            _scratch.Clear();
            if (piece.Type is StringType type)
                WriteText(_scratch, type, bytes);
            else
                _values.Write(_scratch, ValueDecoder.Decode(piece.Type!, bytes, _probeNames));
            CFormat.WriteText(output, argument, _scratch.Written);
            return;
        }

        if (piece.Type is BufferType)
        {
            _scratch.Clear();
            if (argument.Conversion == 'r')
                BufferText.WriteEscaped(_scratch, ValueDecoder.BufferBytes(bytes));
            else if (argument.Conversion == FormatArgument.Hexadecimal)
                BufferText.WriteHexadecimal(_scratch, ValueDecoder.BufferBytes(bytes), " "u8, beforeFirst: false);
            else
                BufferText.WriteHexadecimal(_scratch, ValueDecoder.BufferBytes(bytes), "\\x"u8, beforeFirst: true);
            CFormat.WriteText(output, argument, _scratch.Written);
            return;
        }

        long bits = ReadBits(piece.Type!, bytes);
        if (argument.Conversion == FormatArgument.AllocationFlags)
            CFormat.WriteText(output, argument, System.Text.Encoding.ASCII.GetBytes(AllocationFlags.Text(piece.Type!.Size <= 4 ? (uint)bits : (ulong)bits)));
        else if (argument.Conversion == 'c')
            CFormat.WriteText(output, argument, [(byte)bits]);
        else
            CFormat.WriteInteger(output, argument, Cut(bits, piece.Type!, argument));
    }

    private static void WriteText(ByteWriter output, StringType type, ReadOnlySpan<byte> bytes)
    {
        var text = ValueDecoder.TextBytes(type, bytes);
        output.Write(text);
        if (ValueDecoder.IsCut(type, text))
            output.Write(type.Trailer);
    }

    private static long ReadBits(TraceType type, ReadOnlySpan<byte> bytes) => type switch
    {
        IntegerType integer => ValueDecoder.ReadInteger(integer, bytes),
        EnumType choice => ValueDecoder.ReadInteger(choice.Integer, bytes),
        BoolType => bytes[0] != 0 ? 1 : 0,
        ProbeNameType => BinaryPrimitives.ReadInt32LittleEndian(bytes),
        PointerType or TimestampType => BinaryPrimitives.ReadInt64LittleEndian(bytes),
        // A string under a number's conversion; the compiler refuses it, so this is only to have an answer.
        _ => 0,
    };

    /// <summary>
    /// As C does: without a length modifier a value of up to four bytes is an <c>int</c>, or an <c>unsigned</c> for <c>u x o</c>.
    /// So is a small negative number of eight bytes, such as a literal: what is larger is shown as it is, where C would cut it.
    /// What a register holds is taken for an <c>int</c> where it fits into one. An address (<c>%p</c>) is always whole.
    /// </summary>
    private static long Cut(long bits, TraceType type, FormatArgument argument)
    {
        bool isInt = type.Size <= 4 || argument.IsRegister && (ulong)bits <= uint.MaxValue || type is IntegerType { Signed: true } && bits is < 0 and >= int.MinValue && argument.Conversion is 'u' or 'x' or 'X' or 'o';
        int width = argument.Conversion == 'p' ? 64 : argument.Bits != 0 ? argument.Bits : isInt ? 32 : 64;
        return (argument.Conversion, width) switch
        {
            (_, 64) => bits,
            ('d', 8) => (sbyte)bits,
            ('d', 16) => (short)bits,
            ('d', _) => (int)bits,
            (_, 8) => (byte)bits,
            (_, 16) => (ushort)bits,
            _ => (uint)bits,
        };
    }
}
