using System.Collections.Immutable;
using System.Text;
using Ctrace.Compiler.Binding;
using Ctrace.Compiler.Bytecode;
using Ctrace.Compiler.Layouts;

namespace Ctrace.Compiler.Lowering;

/// <summary>Text that the kernel makes of a format and 64-bit values: for whoever reads an iterator's file, or the trace pipe.</summary>
internal static class SequenceEmitter
{
    /// <summary><c>printf</c> in the clause of an iterator that stays in the file system.</summary>
    public static void Printf(ClauseEmitter emitter, ImmutableArray<FormatPiece> pieces, ImmutableArray<BoundExpression> arguments)
    {
        var ir = emitter.Ir;
        int[] values = Values(emitter, arguments);
        var data = emitter.Memory.Allocate(Math.Max(8, 8 * values.Length));
        for (int i = 0; i < values.Length; i++)
            ir.Store(data.Base, data.Offset + 8 * i, values[i], 8);
        var text = Format(emitter, pieces, out int length);
        // struct bpf_iter__KIND begins with the address of struct bpf_iter_meta, and that with the file's.
        int file = ir.Load(ir.Load(emitter.Context, 0, 8), 0, 8);
        ir.Call(Helper.SeqPrintf, Argument.Of(file), text, Argument.Constant(length), values.Length == 0 ? Argument.Constant(0) : data, Argument.Constant(8 * values.Length));
    }

    /// <summary><c>debugf</c>: a line for the kernel's trace pipe (bpf_trace_printk), with at most three values.</summary>
    public static void Debugf(ClauseEmitter emitter, ImmutableArray<FormatPiece> pieces, ImmutableArray<BoundExpression> arguments)
    {
        int[] values = Values(emitter, arguments);
        var text = Format(emitter, pieces, out int length);
        emitter.Ir.Call(Helper.TracePrintk, [text, Argument.Constant(length), .. values.Select(Argument.Of)]);
    }

    private static int[] Values(ClauseEmitter emitter, ImmutableArray<BoundExpression> arguments) => [.. arguments.Select(a => a.Type.IsScalar ? emitter.Scalar(a) : Text(emitter, a))];

    /// <summary>The format in memory, its NUL included.</summary>
    private static Place Format(ClauseEmitter emitter, ImmutableArray<FormatPiece> pieces, out int length)
    {
        byte[] format = [.. pieces.SelectMany(Spell), 0];
        length = format.Length;
        var text = emitter.Memory.Allocate(length + 7 & ~7);
        for (int i = 0; i < length; i += 8)
            emitter.Ir.StoreConstant(text.Base, text.Offset + i, BitConverter.ToInt64([.. format.Skip(i).Take(8), .. new byte[8]], 0), 8);
        return text;
    }

    /// <summary>The address of a text with a NUL behind it.</summary>
    private static int Text(ClauseEmitter emitter, BoundExpression value)
    {
        var place = emitter.Memory.Allocate((value.Type.Size + 7 & ~7) + 8);
        emitter.Ir.StoreConstant(place.Base, place.Offset + (value.Type.Size & ~7), 0, 8);
        emitter.Ir.StoreConstant(place.Base, place.Offset + (value.Type.Size + 7 & ~7), 0, 8);
        emitter.Memory.Write(value, place, value.Type);
        return emitter.Memory.Address(place);
    }

    /// <summary>Numbers have 64 bits, of which <c>%d</c> alone would take half.</summary>
    private static byte[] Spell(FormatPiece piece)
    {
        if (piece is FormatText text)
            return [.. text.Bytes.SelectMany(b => b == '%' ? new[] { b, b } : [b])];
        var argument = (FormatArgument)piece;
        string width = argument.Width > 0 ? $"{argument.Width}" : "";
        string flags = string.Concat(((FormatFlags[])[FormatFlags.Left, FormatFlags.Plus, FormatFlags.Space, FormatFlags.Zero]).Where(f => (argument.Flags & f) != 0).Select(f => "-+ #0"[(int)Math.Log2((int)f)]));
        return Encoding.ASCII.GetBytes(argument.Conversion switch
        {
            's' => $"%{flags}{width}s",
            'p' => $"0x%{flags}{width}llx",
            var number => $"%{flags}{width}{(argument.Bits == 32 ? "" : "ll")}{number}",
        });
    }
}
