using System.Collections.Immutable;
using System.Text;
using Ctrace.Compiler.Binding;
using Ctrace.Compiler.Bytecode;
using Ctrace.Compiler.Layouts;

namespace Ctrace.Compiler.Lowering;

/// <summary>Text for whoever reads an iterator's file: the kernel makes it of a format and an array of 64-bit values (bpf_seq_printf).</summary>
internal static class SequenceEmitter
{
    /// <summary><c>printf</c> in the clause of an iterator that stays in the file system.</summary>
    public static void Printf(ClauseEmitter emitter, ImmutableArray<FormatPiece> pieces, ImmutableArray<BoundExpression> arguments)
    {
        var ir = emitter.Ir;
        int[] values = [.. arguments.Select(a => a.Type.IsScalar ? emitter.Scalar(a) : Text(emitter, a))];
        var data = emitter.Memory.Allocate(Math.Max(8, 8 * values.Length));
        for (int i = 0; i < values.Length; i++)
            ir.Store(data.Base, data.Offset + 8 * i, values[i], 8);
        byte[] format = [.. pieces.SelectMany(Spell), 0];
        var text = emitter.Memory.Allocate(format.Length + 7 & ~7);
        for (int i = 0; i < format.Length; i += 8)
            ir.StoreConstant(text.Base, text.Offset + i, BitConverter.ToInt64([.. format.Skip(i).Take(8), .. new byte[8]], 0), 8);
        // struct bpf_iter__KIND begins with the address of struct bpf_iter_meta, and that with the file's.
        int file = ir.Load(ir.Load(emitter.Context, 0, 8), 0, 8);
        ir.Call(Helper.SeqPrintf, Argument.Of(file), text, Argument.Constant(format.Length), values.Length == 0 ? Argument.Constant(0) : data, Argument.Constant(8 * values.Length));
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
