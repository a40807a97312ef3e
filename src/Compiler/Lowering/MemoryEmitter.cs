using Ctrace.Compiler.Binding;
using Ctrace.Compiler.Bytecode;
using Ctrace.Compiler.Catalog.Builtins;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Targets;

namespace Ctrace.Compiler.Lowering;

/// <summary>Values in memory: where they are put, how they are written, copied and wiped.</summary>
internal sealed class MemoryEmitter(ClauseEmitter emitter)
{
    /// <summary>Up to so many bytes, plain stores beat a helper call.</summary>
    public const int LargestInline = 64;

    /// <summary>Values are kept while no more of the stack than this is in use.</summary>
    private const int MostKept = 128;

    /// <summary>One entry of the scratch map: per-CPU values are limited to 32 KiB (PCPU_MIN_UNIT_SIZE).</summary>
    private const int ScratchPieceSize = 16 << 10;

    private Dictionary<int, int> _bases = [];
    private Dictionary<string, Place> _values = [];
    private Dictionary<string, int> _reads = [];
    private int _piece = -1;
    private int _pieceUsed = ScratchPieceSize;

    private IrBuilder Ir => emitter.Ir;

    /// <summary>Bytes of stack, from the top, that values kept for later use take.</summary>
    public int KeptStack { get; private set; }

    /// <summary>What was looked up or computed so far on this way through the program.</summary>
    public Knowledge SaveKnown() => new(new(_bases), new(_values), new(_reads));

    /// <summary>Forgets what was found out on a way that may not have been taken, and what was read before and changed on it.</summary>
    public void RestoreKnown(Knowledge known)
    {
        var unchanged = known.Reads.Where(r => _reads.TryGetValue(r.Key, out int register) && register == r.Value);
        (_bases, _values, _reads) = (known.Bases, known.Values, unchanged.ToDictionary());
    }

    /// <summary>The register with a map's value that was read before at the same key; null when it has to be read.</summary>
    public int? KnownRead(string? identity) => identity is not null && _reads.TryGetValue(identity, out int register) ? register : null;

    /// <summary>Notes what was read.</summary>
    public void KeepRead(string? identity, int register)
    {
        if (identity is not null)
            _reads[identity] = register;
    }

    /// <summary>Forgets what was read from maps: what follows may run again after they were changed.</summary>
    public void ForgetAllReads() => _reads.Clear();

    /// <summary>Forgets what was read from a map: this program changes it.</summary>
    public void ForgetReads(MapSymbol map)
    {
        foreach (string identity in _reads.Keys.Where(k => k.StartsWith(map.Name + "[", StringComparison.Ordinal)).ToList())
            _reads.Remove(identity);
    }

    /// <summary>
    /// The place of a value that stays the same for the whole event (<paramref name="identity"/> says which): written at its
    /// first use, found again at later ones. Large values are not kept.
    /// </summary>
    public Place Keep(string? identity, int size, Action<Place> write)
    {
        if (identity is not null && _values.TryGetValue(identity, out var known))
            return known;
        var place = Allocate(size);
        write(place);
        if (identity is not null && place.Base == IrBuilder.Frame && emitter.Frame.Mark() <= MostKept)
        {
            _values[identity] = place;
            KeptStack = Math.Max(KeptStack, emitter.Frame.Mark());
        }

        return place;
    }

    /// <summary>Room for a value: small ones on the stack, until the statement ends; others in scratch memory.</summary>
    public Place Allocate(int size) => emitter.Frame.TryAllocate(size) ?? AllocateScratch(size);

    /// <summary>A register with a place's address.</summary>
    public int Address(Place place)
    {
        int address = Ir.Copy(place.Base);
        Ir.AluConstant(Opcodes.Add, address, place.Offset);
        return address;
    }

    /// <summary>The place of a value: where it is already, or a temporary it is written to.</summary>
    public Place Locate(BoundExpression expression)
    {
        switch (expression)
        {
            case BoundVariable e:
                return emitter.PlaceOf(e.Variable);
            case BoundMapRead e:
                return emitter.Maps.LocateValue(e);
            case BoundElement e:
                return Locate(e.Value).At(e.Element.Offset) with { IsOwned = false };
            case BoundBlockExpression e:
                return emitter.Block(e, Locate);
            case BoundIndex e:
                return LocateIndexed(e);
            case BoundReinterpretation { Type.IsScalar: false, Value.Type.IsScalar: false } e when e.Type.Size <= e.Value.Type.Size:
                return Locate(e.Value);
            default:
                return Keep(ValueIdentity.Of(expression), expression.Type.Size, place => Write(expression, place, expression.Type));
        }
    }

    /// <summary>Writes a value to memory as a type.</summary>
    /// <param name="expression">The value.</param>
    /// <param name="place">Where to.</param>
    /// <param name="type">The type there: the value's own, or a wider one.</param>
    /// <param name="padded">Whether every byte up to the type's size must be defined: for what is compared or used as a key.</param>
    public void Write(BoundExpression expression, Place place, TraceType type, bool padded = true)
    {
        var outer = Ir.Span;
        Ir.Span = expression.Span;
        switch (expression)
        {
            case BoundConstant e when type.IsScalar:
                Ir.StoreConstant(place.Base, place.Offset, e.Value, type.Size);
                break;
            case { Type.IsScalar: true }:
                Ir.Store(place.Base, place.Offset, emitter.Scalar(expression), type.Size);
                break;
            case BoundBlockExpression e:
                emitter.Block(e, value =>
                {
                    Write(value, place, type, padded);
                    return 0;
                });
                break;
            case BoundReinterpretation { Value.Type.IsScalar: true } e:
                Ir.Store(place.Base, place.Offset, emitter.Scalar(e.Value), e.Value.Type.Size);
                break;
            case BoundReinterpretation e:
                Convert(place, type, Locate(e.Value), e.Value.Type);
                break;
            case BoundDereference { Type: not StringType } e:
                emitter.Program.SeesUserCode |= e.Type is StackType { IsUser: true };
                ReadInto(place, emitter.Scalar(e.Address), e.Offset, type.Size, MemoryBinder.SpaceOf(e.Address));
                break;
            case BoundField { Type: ArrayType or StructureType } e:
                Copy(place, new Place(emitter.Context, e.Field.Offset), type.Size);
                break;
            case BoundRawArgument { Type: StructureType } e:
                emitter.WriteArgument(e, place);
                break;
            case { Type: StackType } and (BoundCall or BoundBuiltin):
                emitter.Texts.Write(expression, place, type.Size, padded);
                break;
            case BoundTuple e:
                WriteTuple(e, place, (TupleType)type, padded);
                break;
            case BoundTernary e:
                WriteTernary(e, place, type, padded);
                break;
            case BoundBytes e:
                emitter.Texts.WriteLiteral(new BoundString(e.Bytes, e.Span), place, e.Bytes.Length, padded);
                break;
            case BoundString e:
                emitter.Texts.WriteLiteral(e, place, ((StringType)type).Capacity, padded);
                break;
            case BoundVariable or BoundMapRead or BoundElement or BoundIndex:
                Convert(place, type, Locate(expression), expression.Type);
                break;
            default:
                emitter.Texts.Write(expression, place, type is StringType text ? text.Capacity : type.Size, padded);
                break;
        }

        Ir.Span = outer;
    }

    /// <summary>Copies a value to a place of the same or a wider type.</summary>
    public void Convert(Place place, TraceType type, Place source, TraceType sourceType)
    {
        if (type is TupleType to && sourceType is TupleType from && to != from)
        {
            ZeroGaps(to, place);
            foreach (var (target, element) in to.Elements.Zip(from.Elements))
                Convert(place.At(target.Offset), target.Type, source.At(element.Offset), element.Type);
            return;
        }

        if (type.IsScalar && type.Size != sourceType.Size)
        {
            Ir.Store(place.Base, place.Offset, emitter.Load(source, sourceType), type.Size);
            return;
        }

        Copy(place, source, sourceType.Size);
        Zero(place.At(sourceType.Size), type.Size - sourceType.Size);
    }

    /// <summary>Wipes memory.</summary>
    public void Zero(Place place, int size)
    {
        if (size > LargestInline * 2)
        {
            int zeros = Ir.MapValue(emitter.Program.Zeros(size));
            Ir.Call(Helper.ProbeReadKernel, place, Argument.Constant(size), Argument.Of(zeros));
            return;
        }

        foreach (var (offset, length) in Steps(place.Offset, 0, size))
            Ir.StoreConstant(place.Base, place.Offset + offset, 0, length);
    }

    /// <summary>Wipes the bytes of a tuple that no element covers.</summary>
    public void ZeroGaps(TupleType tuple, Place place)
    {
        int end = 0;
        foreach (var element in tuple.Elements.OrderBy(e => e.Offset))
        {
            Zero(place.At(end), element.Offset - end);
            end = element.Offset + element.Type.Size;
        }

        Zero(place.At(end), tuple.Size - end);
    }

    /// <summary>Room in scratch memory, for what is accessed at an offset that only the running program knows.</summary>
    public Place AllocateScratch(int size)
    {
        int rounded = TupleType.Align(size, 8);
        if (_pieceUsed + rounded > ScratchPieceSize)
            NewPiece();
        var place = new Place(Base(_piece), _pieceUsed, true);
        _pieceUsed += rounded;
        emitter.Program.UseScratch(_pieceUsed);
        return place;
    }

    private void NewPiece()
    {
        _piece = emitter.Program.NewScratchPiece();
        _pieceUsed = 0;
    }

    private int Base(int piece)
    {
        if (_bases.TryGetValue(piece, out int register))
            return register;
        int mark = emitter.Frame.Mark();
        var key = emitter.Frame.TryAllocate(4) ?? emitter.Frame.Spare();
        Ir.StoreConstant(key.Base, key.Offset, piece, 4);
        register = Ir.Call(Helper.MapLookupElement, Argument.Map(emitter.Program.ScratchMap), key);
        emitter.ReturnIfNull(register);
        emitter.Frame.Release(mark);
        _bases.Add(piece, register);
        return register;
    }

    private void WriteTuple(BoundTuple tuple, Place place, TupleType type, bool padded)
    {
        ZeroGaps(type, place);
        foreach (var (item, element) in tuple.Items.Zip(type.Elements))
            Write(item, place.At(element.Offset), element.Type, padded);
    }

    private void WriteTernary(BoundTernary choice, Place place, TraceType type, bool padded)
    {
        int otherwise = Ir.NewLabel(), done = Ir.NewLabel();
        emitter.Conditions.JumpUnless(choice.Condition, otherwise);
        var known = SaveKnown();
        // Two expressions write here: neither knows what the other left.
        var shared = place with { IsOwned = false };
        Write(choice.Then, shared, type, padded);
        RestoreKnown(known);
        Ir.Jump(done);
        Ir.Mark(otherwise);
        known = SaveKnown();
        Write(choice.Else, shared, type, padded);
        RestoreKnown(known);
        Ir.Mark(done);
    }

    /// <summary>Reads memory that may not be there: zeros then.</summary>
    public void ReadInto(Place place, int address, int offset, int size, AddressSpace space) =>
        InSpace(address, space, user => emitter.NoteFailure(Ir.Call(user ? Helper.ProbeReadUser : Helper.ProbeReadKernel,
            place, Argument.Constant(size), Argument.Address(address, offset)), user ? "probe_read_user" : "probe_read_kernel"));

    /// <summary>
    /// Emits code for the memory that an address is in. Where that is not known, the address tells: the kernel's have the top bit
    /// set, on every CPU we run on.
    /// </summary>
    public void InSpace(int address, AddressSpace space, Action<bool> emit)
    {
        if (space != AddressSpace.Any)
        {
            emit(space == AddressSpace.User);
            return;
        }

        int kernel = Ir.NewLabel(), done = Ir.NewLabel();
        Ir.JumpIfConstant(Opcodes.JumpSignedLess, address, 0, kernel);
        emit(true);
        Ir.Jump(done);
        Ir.Mark(kernel);
        emit(false);
        Ir.Mark(done);
    }

    /// <summary>The place of an element at a computed index; goes to a label where the array has no such element.</summary>
    public Place LocateElement(BoundIndex e, int outside)
    {
        var array = Locate(e.Value);
        // The stack is read at places that are known when compiling: older kernels ask for that.
        if (array.Base == IrBuilder.Frame)
        {
            var copy = AllocateScratch(e.Value.Type.Size);
            Copy(copy, array, e.Value.Type.Size);
            array = copy;
        }

        int index = Ir.Copy(emitter.Scalar(e.Index)), address = Ir.Copy(array.Base);
        Ir.JumpIfConstant(Opcodes.JumpGreater, index, e.Length - 1, outside);
        Ir.AluConstant(Opcodes.Multiply, index, e.Type.Size);
        Ir.Alu(Opcodes.Add, address, index);
        return new Place(address, array.Offset);
    }

    private Place LocateIndexed(BoundIndex e)
    {
        int address = Ir.NewRegister(), outside = Ir.NewLabel(), done = Ir.NewLabel();
        var found = LocateElement(e, outside);
        Ir.Move(address, found.Base);
        Ir.AluConstant(Opcodes.Add, address, found.Offset);
        Ir.Jump(done);
        Ir.Mark(outside);
        Ir.Move(address, Ir.MapValue(emitter.Program.Zeros(e.Type.Size)));
        Ir.Mark(done);
        return new Place(address, 0);
    }

    /// <summary>Copies bytes.</summary>
    public void Copy(Place target, Place source, int size)
    {
        if (size > LargestInline)
        {
            Ir.Call(Helper.ProbeReadKernel, target, Argument.Constant(size), source);
            return;
        }

        foreach (var (offset, length) in Steps(target.Offset, source.Offset, size))
            Ir.Store(target.Base, target.Offset + offset, Ir.Load(source.Base, source.Offset + offset, length), length);
    }

    /// <summary>Cuts a range in the largest accesses that are aligned on both sides.</summary>
    public static IEnumerable<(int Offset, int Length)> Steps(int first, int second, int size)
    {
        for (int offset = 0; offset < size;)
        {
            int length = 8;
            while (length > size - offset || ((first + offset) & (length - 1)) != 0 || ((second + offset) & (length - 1)) != 0)
                length /= 2;
            yield return (offset, length);
            offset += length;
        }
    }
}

/// <summary>What is known at a point of a program.</summary>
/// <param name="Bases">Registers with the addresses of pieces of scratch memory.</param>
/// <param name="Values">Places of values that stay the same for the event.</param>
/// <param name="Reads">Registers with values that were read from maps.</param>
internal sealed record Knowledge(Dictionary<int, int> Bases, Dictionary<string, Place> Values, Dictionary<string, int> Reads);
