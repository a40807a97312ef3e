using Ctrace.Compiler.Binding;
using Ctrace.Compiler.Bytecode;
using Ctrace.Compiler.Catalog.Builtins;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Targets;

namespace Ctrace.Compiler.Lowering;

/// <summary>Texts in memory: of the program, of records and behind pointers; how they are written, and their room wiped.</summary>
internal sealed class TextEmitter(ClauseEmitter emitter)
{
    private readonly Dictionary<Place, Place> _lengths = [];

    private IrBuilder Ir => emitter.Ir;

    /// <summary>Register with what the last read of a text returned: its length with the NUL, or a negative error.</summary>
    public int LastLength { get; private set; }

    /// <summary>Writes a text, or other bytes that a function gives, to memory.</summary>
    /// <param name="expression">The value.</param>
    /// <param name="place">Where to.</param>
    /// <param name="capacity">Bytes there: the value's own size or more.</param>
    /// <param name="padded">Whether every byte of them must be defined.</param>
    public void Write(BoundExpression expression, Place place, int capacity, bool padded)
    {
        int own = expression.Type.Size;
        if (padded && capacity > own)
            emitter.Memory.Zero(place.At(own), capacity - own);
        switch (expression)
        {
            case BoundBuiltin e:
                e.Definition.EmitInto!(emitter, e, place);
                break;
            case BoundCall e:
                e.Definition.EmitInto(emitter, e, place, padded);
                break;
            case BoundField e:
                WriteField(e, place, own, padded);
                break;
            case BoundDereference e:
                ReadText(e, place, own, padded);
                break;
            default:
                throw new InvalidOperationException($"{expression.GetType().Name} is no text");
        }
    }

    /// <summary>Writes a text that the program has.</summary>
    public void WriteLiteral(BoundString text, Place place, int capacity, bool padded)
    {
        var bytes = new byte[padded ? capacity : Math.Min(capacity, text.Bytes.Length + 1)];
        text.Bytes.AsSpan()[..Math.Min(text.Bytes.Length, bytes.Length)].CopyTo(bytes);
        int used = Math.Min(bytes.Length, TupleType.Align(text.Bytes.Length + 1, 8));
        foreach (var (offset, length) in MemoryEmitter.Steps(place.Offset, 0, used))
        {
            long word = 0;
            for (int i = length - 1; i >= 0; i--)
                word = word << 8 | bytes[offset + i];
            Ir.StoreConstant(place.Base, place.Offset + offset, word, length);
        }

        emitter.Memory.Zero(place.At(used), bytes.Length - used);
    }

    /// <summary>
    /// Wipes a text's room. Where only this text is ever written there, it is enough to wipe what the last event wrote: a
    /// few bytes instead of a thousand.
    /// </summary>
    public void Zero(Place place, int capacity)
    {
        if (!place.IsOwned || capacity <= MemoryEmitter.LargestInline)
        {
            emitter.Memory.Zero(place, capacity);
            return;
        }

        var length = emitter.Memory.AllocateScratch(8);
        _lengths[place] = length;
        int last = Ir.Load(length.Base, length.Offset, 8), done = Ir.NewLabel();
        Ir.JumpIfConstant(Opcodes.JumpSignedLessOrEqual, last, 0, done);
        Ir.JumpIfConstant(Opcodes.JumpGreater, last, capacity, done);
        Ir.Call(Helper.ProbeReadKernel, place, Argument.Of(last), Argument.Of(Ir.MapValue(emitter.Program.Zeros(capacity))));
        Ir.Mark(done);
    }

    /// <summary>Notes how long the text is that was just written (an error counts as nothing: the kernel wiped it).</summary>
    public void Remember(Place place, int capacity, int length, bool padded)
    {
        LastLength = length;
        if (padded && place.IsOwned && capacity > MemoryEmitter.LargestInline && _lengths.TryGetValue(place, out var slot))
            Ir.Store(slot.Base, slot.Offset, length, 8);
    }

    /// <summary>A <c>char</c> array in the record, or one whose place the record tells.</summary>
    private void WriteField(BoundField e, Place place, int capacity, bool padded)
    {
        int address = emitter.LocateInRecord(e.Field);
        if (padded)
            Zero(place, capacity);
        int length = Ir.Call(Helper.ProbeReadKernelString, place, Argument.Constant(capacity), Argument.Of(address));
        Remember(place, capacity, length, padded);
    }

    /// <summary>A <c>char</c> array behind a pointer.</summary>
    private void ReadText(BoundDereference e, Place place, int capacity, bool padded)
    {
        int address = emitter.Scalar(e.Address), length = Ir.NewRegister();
        if (padded)
            Zero(place, capacity);
        emitter.Memory.InSpace(address, MemoryBinder.SpaceOf(e.Address), user => Ir.Move(length, emitter.NoteFailure(Ir.Call(
            user ? Helper.ProbeReadUserString : Helper.ProbeReadKernelString, place, Argument.Constant(capacity), Argument.Address(address, e.Offset)),
            user ? "probe_read_user_str" : "probe_read_kernel_str")));
        Remember(place, capacity, length, padded);
    }
}
