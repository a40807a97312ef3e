using System.Collections.Immutable;
using Ctrace.Compiler.Binding;
using Ctrace.Compiler.Bytecode;
using Ctrace.Compiler.Catalog.Builtins;
using Ctrace.Compiler.Layouts;
using Ctrace.Compiler.Symbols;

namespace Ctrace.Compiler.Lowering;

/// <summary>Records to user space: events on one buffer, orders on another.</summary>
internal sealed class EventEmitter(ClauseEmitter emitter)
{
    /// <summary>
    /// Up to this size a record is built on the stack and sent by one helper call; reserving and submitting take two, and a
    /// call costs more than the copy.
    /// </summary>
    private const int LargestOnStack = 96;

    /// <summary>Larger records are built in scratch memory, and only what is used of them is sent.</summary>
    private const int LargestReserved = 256;

    /// <summary>BPF_F_CURRENT_CPU, BPF_RB_PROD_POS from include/uapi/linux/bpf.h.</summary>
    private const long CurrentCpu = 0xffffffff, ProducerPosition = 3;

    /// <summary>Register with the length of the last text, where that was made before the record was there.</summary>
    private int _preparedLength;

    private IrBuilder Ir => emitter.Ir;

    private ProgramLowering Program => emitter.Program;

    /// <summary>A row of an event query.</summary>
    public void EmitRow(BoundRow row) =>
        Emit(fields => new RowEvent(row.Names, fields) { Handler = row.Handler, Meanings = [.. row.Columns.Select(c => SyscallFields.MeaningOf(c, emitter.Probe))] }, row.Columns);

    /// <summary>Sends an event.</summary>
    /// <param name="layout">Makes the layout from the fields' places.</param>
    /// <param name="values">The fields.</param>
    public void Emit(Func<ImmutableArray<EventField>, EventLayout> layout, ImmutableArray<BoundExpression> values)
    {
        var fields = Place(values, out int size, out int last);
        int index = Program.Events.Count;
        Program.Events.Add(layout(fields));
        // Values first: nothing may leave the program between reserving and submitting.
        object[] prepared = new object[values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            prepared[i] = Prepare(values[i]);
            if (i == last)
                _preparedLength = emitter.Texts.LastLength;
        }


        int done = Ir.NewLabel();
        if (Program.HasRingBuffer && size <= LargestReserved && size > LargestOnStack)
            EmitReserved(Program.EventsMap, LossCause.EventBufferFull, size, done, record => Fill(record, index, fields, values, prepared, -1));
        else
            EmitFromMemory(index, fields, values, prepared, size, last, done);
        Ir.Mark(done);
    }

    /// <summary>Sends the texts of an array that ends with a null pointer, packed one behind the other.</summary>
    public void EmitTexts(string separator, int most, int size, int array, bool user)
    {
        int index = Program.Events.Count, done = Ir.NewLabel(), send = Ir.NewLabel();
        Program.Events.Add(new JoinEvent(separator));
        // The largest record, and room for one more text, so that the verifier sees that none is written outside.
        var record = emitter.Memory.AllocateScratch(EventLayout.HeaderSize + most * size) with { IsOwned = false };
        var pointer = emitter.Memory.Allocate(8);
        Ir.StoreConstant(record.Base, record.Offset, index, 8);
        int used = Ir.Constant(0);
        for (int i = 0; i < most; i++)
        {
            int next = Ir.NewLabel();
            Ir.StoreConstant(pointer.Base, pointer.Offset, 0, 8);
            Ir.Call(user ? Helper.ProbeReadUser : Helper.ProbeReadKernel, pointer, Argument.Constant(8), Argument.Address(array, i * 8));
            int text = Ir.Load(pointer.Base, pointer.Offset, 8);
            Ir.JumpIfConstant(Opcodes.JumpEqual, text, 0, send);
            Ir.JumpIfConstant(Opcodes.JumpGreater, used, i * size, send);
            int target = emitter.Memory.Address(record.At(EventLayout.HeaderSize));
            Ir.Alu(Opcodes.Add, target, used);
            int length = Ir.Call(user ? Helper.ProbeReadUserString : Helper.ProbeReadKernelString,
                Argument.Of(target), Argument.Constant(size), Argument.Of(text));
            Ir.JumpIfConstant(Opcodes.JumpGreater, length, size, next);
            Ir.Alu(Opcodes.Add, used, length);
            Ir.Mark(next);
        }

        Ir.Mark(send);
        Ir.JumpIfConstant(Opcodes.JumpGreater, used, most * size, done);
        Ir.AluConstant(Opcodes.Add, used, EventLayout.HeaderSize);
        Send(Program.EventsMap, LossCause.EventBufferFull, record, Argument.Of(used), done);
        Ir.Mark(done);
    }

    /// <summary>Sends an order without a payload.</summary>
    public void EmitOrder(Order order) => EmitOrder(order, 0, _ => { });

    /// <summary>Sends <c>exit</c> with its code.</summary>
    public void EmitExit(BoundExpression? code)
    {
        int value = code is null ? Ir.Constant(0) : emitter.Scalar(code);
        EmitOrder(new ExitOrder(), 8, payload => Ir.Store(payload.Base, payload.Offset, value, 8));
    }

    /// <summary>Sends the order to print one entry of a map.</summary>
    public void EmitEntryOrder(MapSymbol map, ImmutableArray<BoundExpression> keys)
    {
        int size = map.HasKey ? map.KeyLayout.Size : 0;
        var place = size == 0 ? default : emitter.Maps.WriteKey(map, keys);
        EmitOrder(new PrintEntryOrder(map.Index, size), size, payload =>
        {
            if (size > 0)
                emitter.Memory.Convert(payload, map.KeyLayout, place, map.KeyLayout);
        });
    }

    private void EmitOrder(Order order, int payload, Action<Place> write)
    {
        int index = Program.AddOrder(order), size = Order.HeaderSize + TupleType.Align(payload, 8), done = Ir.NewLabel();
        int position = Program.HasRingBuffer && Program.HasEvents
            ? Ir.Call(Helper.RingbufQuery, Argument.Map(Program.EventsMap), Argument.Constant(ProducerPosition))
            : Ir.Constant(0);
        void Fill(Place record)
        {
            Ir.StoreConstant(record.Base, record.Offset, index, 8);
            Ir.Store(record.Base, record.Offset + 8, position, 8);
            write(record.At(Order.HeaderSize));
        }

        if (Program.HasRingBuffer)
        {
            EmitReserved(Program.OrdersMap, LossCause.OrderBufferFull, size, done, Fill);
        }
        else
        {
            var record = emitter.Memory.Allocate(size);
            Fill(record);
            Send(Program.OrdersMap, LossCause.OrderBufferFull, record, Argument.Constant(size), done);
        }

        Ir.Mark(done);
    }

    private void EmitReserved(int map, LossCause cause, int size, int done, Action<Place> fill)
    {
        int record = Ir.Call(Helper.RingbufReserve, Argument.Map(map), Argument.Constant(size), Argument.Constant(0)), reserved = Ir.NewLabel();
        Ir.JumpIfConstant(Opcodes.JumpNotEqual, record, 0, reserved);
        emitter.CountLoss(cause, null);
        Ir.Jump(done);
        Ir.Mark(reserved);
        fill(new Place(record, 0));
        Ir.Call(Helper.RingbufSubmit, Argument.Of(record), Argument.Constant(0));
    }

    private void EmitFromMemory(
        int index, ImmutableArray<EventField> fields, ImmutableArray<BoundExpression> values, object[] prepared, int size, int last, int done)
    {
        var record = (emitter.Frame.TryAllocate(size, LargestOnStack) ?? emitter.Memory.Allocate(size)) with { IsOwned = false };
        int length = Fill(record, index, fields, values, prepared, last);
        Argument sent = Argument.Constant(size);
        if (length != 0 && size > LargestReserved)
        {
            // Only the last text's used part is sent. A failed read sends none of it; its length is negative then.
            int end = fields[last].Offset, capacity = fields[last].Type.Size, good = Ir.NewLabel(), bounded = Ir.NewLabel();
            int used = Ir.Copy(length);
            Ir.JumpIfConstant(Opcodes.JumpSignedGreaterOrEqual, used, 0, good);
            Ir.SetConstant(used, 0);
            Ir.Mark(good);
            Ir.JumpIfConstant(Opcodes.JumpLessOrEqual, used, capacity, bounded);
            Ir.SetConstant(used, capacity);
            Ir.Mark(bounded);
            Ir.AluConstant(Opcodes.Add, used, end);
            sent = Argument.Of(used);
        }

        Send(Program.EventsMap, LossCause.EventBufferFull, record, sent, done);
    }

    private void Send(int map, LossCause cause, Place record, Argument size, int done)
    {
        int error = Program.HasRingBuffer
            ? Ir.Call(Helper.RingbufOutput, Argument.Map(map), record, size, Argument.Constant(0))
            : Ir.Call(Helper.PerfEventOutput, Argument.Of(emitter.Context), Argument.Map(map), Argument.Constant(CurrentCpu), record, size);
        Ir.JumpIfConstant(Opcodes.JumpEqual, error, 0, done);
        emitter.CountLoss(cause, null);
    }

    /// <summary>
    /// Writes a record. Gives the register with the length of the last field's text when only the used part of it is to be sent.
    /// </summary>
    private int Fill(Place record, int index, ImmutableArray<EventField> fields, ImmutableArray<BoundExpression> values, object[] prepared, int last)
    {
        int length = 0;
        Ir.StoreConstant(record.Base, record.Offset, index, 8);
        for (int i = 0; i < fields.Length; i++)
        {
            var place = record.At(fields[i].Offset);
            if (prepared[i] is int register)
                Ir.Store(place.Base, place.Offset, register, fields[i].Type.Size);
            else if (prepared[i] is Place source)
                emitter.Memory.Convert(place, fields[i].Type, source, values[i].Type);
            else
                emitter.Memory.Write(values[i], place, fields[i].Type, padded: false);
            // Other texts' lengths are not known, or not those of the whole text.
            if (i == last && values[i] is BoundCall { Definition: StrFunction })
                length = prepared[i] is Place ? _preparedLength : emitter.Texts.LastLength;
        }

        return length;
    }

    /// <summary>
    /// Scalars are computed before the record is there; texts that come straight from a helper are written into it; all else
    /// is made complete elsewhere and then copied.
    /// </summary>
    private object Prepare(BoundExpression value) => value switch
    {
        { Type.IsScalar: true } => emitter.Scalar(value),
        BoundString or BoundBuiltin or BoundField => Unprepared,
        BoundCall { Definition: StrFunction, Arguments: [BoundField or BoundBuiltin or BoundConstant or BoundVariable] } => Unprepared,
        _ => emitter.Memory.Locate(value),
    };

    private static readonly object Unprepared = new();

    /// <summary>Fields in order, but the largest text last, where it can be cut off.</summary>
    private static ImmutableArray<EventField> Place(ImmutableArray<BoundExpression> values, out int size, out int last)
    {
        int largest = -1;
        for (int i = 0; i < values.Length; i++)
            if (values[i].Type is StringType && (largest < 0 || values[i].Type.Size > values[largest].Type.Size))
                largest = i;
        var fields = new EventField[values.Length];
        int offset = EventLayout.HeaderSize;
        foreach (int i in Enumerable.Range(0, values.Length).OrderBy(i => i == largest))
        {
            offset = TupleType.Align(offset, values[i].Type.Alignment);
            fields[i] = new EventField(values[i].Type, offset);
            offset += values[i].Type.Size;
        }

        size = TupleType.Align(offset, 8);
        last = largest;
        return [.. fields];
    }
}
