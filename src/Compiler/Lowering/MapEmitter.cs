using System.Collections.Immutable;
using Ctrace.Compiler.Binding;
using Ctrace.Compiler.Bytecode;
using Ctrace.Compiler.Catalog.Aggregations;
using Ctrace.Compiler.Layouts;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Targets;

namespace Ctrace.Compiler.Lowering;

/// <summary>What programs do to maps.</summary>
internal sealed class MapEmitter(ClauseEmitter emitter)
{
    /// <summary>bpf_map_update_elem flags, from include/uapi/linux/bpf.h.</summary>
    private const int UpdateAny = 0, UpdateNoExist = 1;

    /// <summary>Larger values start from a map of zeros, not from the stack.</summary>
    private const int LargestInitial = FrameAllocator.LargestObject;

    private IrBuilder Ir => emitter.Ir;

    /// <summary>One look-up, then each aggregate takes its value in place.</summary>
    public void Aggregate(BoundAggregate statement)
    {
        var map = statement.Map;
        int done = Ir.NewLabel();
        int[] values = [.. statement.Updates.Select(u => u.Value is null ? 0 : emitter.Number(u.Value))];
        Ir.Span = statement.Span;
        bool contended = emitter.Program.IsContended(map);
        int slot;
        if (!map.HasKey)
            slot = PerCpuSlot(map);
        else if (contended || map.ContentSize > LargestInitial || !map.Aggregates.All(a => a.Definition.CanStartOnStack))
            slot = FindOrAdd(map, WriteKey(map, statement.Keys), done);
        else
            slot = FindOrStart(statement, values, done, UpdateInFront(statement, values, done));
        Update(statement, values, new Place(slot, 0), contended);
        if (!map.HasKey)
            Ir.StoreConstant(slot, map.ContentSize, 1, 8);
        Ir.Mark(done);
    }

    /// <summary>
    /// Takes the values in the slot of the table in front of the map, if there is one and the slot is the key's; goes on behind
    /// with the place of the key otherwise. On many CPUs the call of a helper costs more than all of this.
    /// </summary>
    private Place UpdateInFront(BoundAggregate statement, int[] values, int done)
    {
        var map = statement.Map;
        var key = WriteKey(map, statement.Keys);
        if (emitter.Program.FrontTable(map) is not { } table)
            return key;
        int miss = Ir.NewLabel();
        int slot = new FrontTableEmitter(Ir, table).FindSlot(key, map.KeyLayout.Size, miss);
        Update(statement, values, new Place(slot, 0), contended: false);
        // Only now may it be read, with this event in it.
        Ir.StoreConstant(slot, table.TakenOffset, 1, 8);
        Ir.Jump(done);
        Ir.Mark(miss);
        return key;
    }

    /// <summary>Each aggregate takes its value in place.</summary>
    private void Update(BoundAggregate statement, int[] values, Place place, bool contended, bool isFirst = false)
    {
        foreach (var (update, value) in statement.Updates.Zip(values))
        {
            var column = statement.Map.Aggregates[update.Column];
            column.Definition.Emit(new AggregateContext(
                Ir, place.Base, place.Offset + column.Offset, value, column.Parameters, column.Signed, contended)
            {
                IsFirst = isFirst,
                WallOffset = emitter.Target.WallOffset,
            });
        }
    }

    /// <summary>
    /// The value of a key. A new key's value is made on the stack, with this event in it, and stored at once: no other
    /// program can interrupt here, and another CPU that adds the same key writes another CPU's value.
    /// </summary>
    private int FindOrStart(BoundAggregate statement, int[] values, int done, Place key)
    {
        var map = statement.Map;
        var kernelMap = Choose(map, key);
        int slot = Find(kernelMap, key), found = Ir.NewLabel();
        Ir.JumpIfConstant(Opcodes.JumpNotEqual, slot, 0, found);
        // What is looked up for a new key (scratch memory) is not there for one that was found.
        var known = emitter.Memory.SaveKnown();
        var initial = emitter.Memory.Allocate(map.ContentSize);
        Update(statement, values, initial, contended: false, isFirst: true);
        Store(map, kernelMap, key, initial, done);
        emitter.Memory.RestoreKnown(known);
        Ir.Jump(done);
        Ir.Mark(found);
        return slot;
    }

    /// <summary>Stores a whole value; goes on at the label when that succeeded, and counts the loss otherwise.</summary>
    private void Store(MapSymbol map, Argument kernelMap, Place key, Place value, int done)
    {
        int error = Ir.Call(Helper.MapUpdateElement, kernelMap, key, value, Argument.Constant(UpdateAny));
        Ir.JumpIfConstant(Opcodes.JumpEqual, error, 0, done);
        emitter.CountLoss(LossCause.MapFull, map);
    }

    /// <summary><c>@m[k] = v</c>.</summary>
    public void Assign(MapSymbol map, ImmutableArray<BoundExpression> keys, BoundExpression value)
    {
        if (!map.HasKey)
        {
            AssignSingle(map, value);
            return;
        }

        var place = emitter.Memory.Allocate(map.ContentSize);
        WriteValue(map, value, place);
        var key = WriteKey(map, keys);
        emitter.Memory.ForgetReads(map);
        int done = Ir.NewLabel();
        Store(map, Choose(map, key), key, place, done);
        Ir.Mark(done);
    }

    /// <summary><c>@m[k] += v</c>: an atomic addition, so that CPUs do not lose each other's.</summary>
    public void Add(MapSymbol map, ImmutableArray<BoundExpression> keys, BoundExpression value, bool subtract)
    {
        int amount = Ir.Copy(emitter.Number(value)), done = Ir.NewLabel();
        if (subtract)
            Ir.Negate(amount);
        int slot = SharedSlot(map, keys, done);
        emitter.Memory.ForgetReads(map);
        Ir.AtomicAdd(slot, 0, amount);
        Ir.Mark(done);
    }

    /// <summary><c>@m[k]++</c> and the like.</summary>
    public int Increment(BoundMapRead target, int step, bool isPostfix, bool isUsed)
    {
        int done = Ir.NewLabel(), result = Ir.Constant(0), amount = Ir.Constant(step);
        int slot = SharedSlot(target.Map, target.Keys, done);
        emitter.Memory.ForgetReads(target.Map);
        if (!isUsed)
        {
            Ir.AtomicAdd(slot, 0, amount);
        }
        else
        {
            // Where the kernel has no fetching atomics, another CPU may come between.
            if (emitter.Target.Supports(KernelFeature.FetchAtomics))
            {
                Ir.AtomicFetchAdd(slot, 0, amount);
                Ir.Move(result, amount);
            }
            else
            {
                Ir.Move(result, Ir.Load(slot, 0, 8));
                Ir.AtomicAdd(slot, 0, amount);
            }

            if (!isPostfix)
                Ir.AluConstant(Opcodes.Add, result, step);
        }

        Ir.Mark(done);
        return result;
    }

    /// <summary>A scalar value; 0 where there is no entry.</summary>
    public int Read(BoundMapRead read)
    {
        if (!read.Map.HasKey)
            return emitter.Load(new Place(Ir.MapValue(read.Map.Index), 0), read.Type);
        // Read once, a value serves the whole event, unless this program changes the map in between.
        string? identity = ValueIdentity.Of(read.Keys, read.Map.KeyLayout) is { } key ? $"{read.Map.Name}[{key}" : null;
        if (emitter.Memory.KnownRead(identity) is { } known)
            return known;
        int result = Ir.Constant(0), done = Ir.NewLabel();
        var place = WriteKey(read.Map, read.Keys);
        int slot = Find(Choose(read.Map, place), place);
        emitter.JumpIfZero(slot, done, LossCounter.Lookup);
        Ir.Move(result, emitter.Load(new Place(slot, 0), read.Type));
        Ir.Mark(done);
        emitter.Memory.KeepRead(identity, result);
        return result;
    }

    /// <summary>The value of an aggregate: each CPU has its own part.</summary>
    public int Read(BoundAggregateRead read)
    {
        var column = read.Map.Aggregates[0];
        var reader = column.Definition.Reader(column.Signed)!;
        Place key;
        if (read.Map.HasKey)
            key = WriteKey(read.Map, read.Keys);
        else
        {
            key = emitter.Memory.Allocate(8);
            Ir.StoreConstant(key.Base, key.Offset, 0, 4);
        }

        return Gather(Choose(read.Map, key), key, reader);
    }

    /// <summary>
    /// An entry as a tuple of its key and its value, copied: so that the two stay what they are while the entry changes.
    /// </summary>
    /// <param name="map">The map.</param>
    /// <param name="type">The tuple.</param>
    /// <param name="key">Register with the key's address.</param>
    /// <param name="value">Register with the address of the value, on this CPU.</param>
    public Place ReadEntry(MapSymbol map, TupleType type, int key, int value)
    {
        var entry = emitter.Memory.Allocate(type.Size) with { IsOwned = false };
        var (keyPart, valuePart) = (type.Elements[0], type.Elements[1]);
        emitter.Memory.ZeroGaps(type, entry);
        var layout = map.KeyLayout;
        emitter.Memory.Convert(entry.At(keyPart.Offset), keyPart.Type, new Place(key, 0), map.Keys!.Value.Length == 1 ? layout.Elements[0].Type : layout);
        var place = entry.At(valuePart.Offset);
        if (map.IsAggregate)
            Ir.Store(place.Base, place.Offset, Gather(Argument.Map(map.Index), Argument.Of(key), map.Aggregates[0].Definition.Reader(map.Aggregates[0].Signed)!), 8);
        else
            emitter.Memory.Convert(place, valuePart.Type, new Place(value, 0), map.Plain!);
        return entry;
    }

    /// <summary>Instructions that a CPU's part takes, about.</summary>
    private const int GatherSize = 12;

    /// <summary>An aggregate's value, put together from all CPUs' parts.</summary>
    private int Gather(Argument map, Argument key, AggregateReader reader)
    {
        int[] words = [.. Enumerable.Range(0, reader.Words).Select(_ => Ir.Constant(0))];
        emitter.Repeat(emitter.Target.PossibleCpus, GatherSize, cpu =>
        {
            int next = Ir.NewLabel(), slot = Ir.Call(Helper.MapLookupPercpuElement, map, key, Argument.Of(cpu));
            Ir.JumpIfConstant(Opcodes.JumpEqual, slot, 0, next);
            reader.Gather(Ir, words, slot);
            Ir.Mark(next);
        });
        return reader.Result(Ir, words);
    }

    /// <summary>Where a text or tuple is; zero bytes where there is no entry.</summary>
    public Place LocateValue(BoundMapRead read)
    {
        if (!read.Map.HasKey)
            return new Place(Ir.MapValue(read.Map.Index), 0);
        int address = Ir.NewRegister(), done = Ir.NewLabel();
        var place = WriteKey(read.Map, read.Keys);
        Ir.Move(address, Find(Choose(read.Map, place), place));
        Ir.JumpIfConstant(Opcodes.JumpNotEqual, address, 0, done);
        if (emitter.Program.Options.TellsFailures)
            emitter.NoteFailure(LossCounter.Lookup);
        Ir.Move(address, Ir.MapValue(emitter.Program.Zeros(read.Map.ContentSize)));
        Ir.Mark(done);
        return new Place(address, 0);
    }

    /// <summary><c>delete(@m[k])</c>: 1 when there was an entry.</summary>
    public int Delete(MapSymbol map, ImmutableArray<BoundExpression> keys)
    {
        int result = Ir.Constant(0), done = Ir.NewLabel();
        emitter.Memory.ForgetReads(map);
        if (map.HasKey)
        {
            var place = WriteKey(map, keys);
            int error = Ir.Call(Helper.MapDeleteElement, Choose(map, place), place);
            emitter.NoteFailure(error, "map_delete_elem");
            Ir.JumpIfConstant(Opcodes.JumpNotEqual, error, 0, done);
            Ir.SetConstant(result, 1);
        }
        else
        {
            int slot = map.IsAggregate ? PerCpuSlot(map) : Ir.MapValue(map.Index);
            emitter.Memory.Zero(new Place(slot, 0), map.ContentSize);
            Ir.Move(result, Ir.Load(slot, map.ContentSize, 8));
            Ir.StoreConstant(slot, map.ContentSize, 0, 8);
        }

        Ir.Mark(done);
        return result;
    }

    /// <summary><c>find(@m, k, $v)</c>: 1 when there is an entry, and its value is taken.</summary>
    public int Find(MapSymbol map, ImmutableArray<BoundExpression> keys, Action<Place> take)
    {
        int result = Ir.Constant(0), done = Ir.NewLabel();
        var place = WriteKey(map, keys);
        int slot = Find(Choose(map, place), place);
        Ir.JumpIfConstant(Opcodes.JumpEqual, slot, 0, done);
        take(new Place(slot, 0));
        Ir.SetConstant(result, 1);
        Ir.Mark(done);
        return result;
    }

    /// <summary><c>has_key(@m, k)</c>: 1 when there is an entry.</summary>
    public int HasKey(MapSymbol map, ImmutableArray<BoundExpression> keys)
    {
        int result = Ir.Constant(0), done = Ir.NewLabel();
        var place = WriteKey(map, keys);
        Ir.JumpIfConstant(Opcodes.JumpEqual, Find(Choose(map, place), place), 0, done);
        Ir.SetConstant(result, 1);
        Ir.Mark(done);
        return result;
    }

    /// <summary>Writes a key to memory.</summary>
    public Place WriteKey(MapSymbol map, ImmutableArray<BoundExpression> keys)
    {
        var layout = map.KeyLayout;
        int prefix = map.KeysPerCpu ? MapSpec.CpuPrefix : 0;
        string? identity = ValueIdentity.Of(keys, layout);
        return emitter.Memory.Keep(identity is null || prefix == 0 ? identity : "cpu " + identity, prefix + layout.Size, place =>
        {
            if (prefix > 0)
                Ir.Store(place.Base, place.Offset, Ir.Call(Helper.GetSmpProcessorId), prefix);
            place = place.At(prefix);
            emitter.Memory.ZeroGaps(layout, place);
            foreach (var (key, element) in keys.Zip(layout.Elements))
                emitter.Memory.Write(key, place.At(element.Offset), element.Type);
        }).At(prefix);
    }

    private int Find(Argument kernelMap, Place key) => Ir.Call(Helper.MapLookupElement, kernelMap, key);

    /// <summary>
    /// The kernel's map for a key: a user's map with long texts in its keys is two (<see cref="MapSpec.ShortKeys"/>). A text is
    /// wiped up to its end, so its 64th byte tells whether it is short. And a map whose periods are not differences is two that
    /// take turns (<see cref="MapTwin"/>).
    /// </summary>
    private Argument Choose(MapSymbol map, Place key)
    {
        if (map.LongText is null && map.Twin is null)
            return Argument.Map(map.Index);
        int chosen = Ir.NewRegister(), done = Ir.NewLabel();
        if (map.Twin is { } twin)
        {
            int first = Ir.NewLabel(), turn = Ir.Load(Ir.MapValue(emitter.Program.TurnsMap), twin.TurnOffset, 8);
            Ir.JumpIfConstant(Opcodes.JumpEqual, turn, 0, first);
            ChooseByText(map, key, chosen, twin.Map, map.TwinShortIndex);
            Ir.Jump(done);
            Ir.Mark(first);
        }

        ChooseByText(map, key, chosen, map.Index, map.ShortIndex);
        Ir.Mark(done);
        return Argument.Of(chosen);
    }

    private void ChooseByText(MapSymbol map, Place key, int chosen, int whole, int shorter)
    {
        if (map.LongText is not { } text)
        {
            Ir.SetMap(chosen, whole);
            return;
        }

        int done = Ir.NewLabel();
        Ir.SetMap(chosen, shorter);
        Ir.JumpIfConstant(Opcodes.JumpEqual, Ir.Load(key.Base, key.Offset + text.Offset + MapSymbol.ShortText - 1, 1), 0, done);
        Ir.SetMap(chosen, whole);
        Ir.Mark(done);
    }

    /// <summary>The value of a key. A new key starts from zero; when the map is full, that is counted and the update skipped.</summary>
    private int FindOrAdd(MapSymbol map, Place key, int skip)
    {
        var kernelMap = Choose(map, key);
        if (map.KeysPerCpu)
            key = key.At(-MapSpec.CpuPrefix);
        int slot = Ir.NewRegister(), found = Ir.NewLabel();
        Ir.Move(slot, Find(kernelMap, key));
        Ir.JumpIfConstant(Opcodes.JumpNotEqual, slot, 0, found);
        // Another CPU may add the same key meanwhile: then this fails, and the second look-up finds the other's.
        int zeros = Ir.MapValue(emitter.Program.Zeros(map.ContentSize));
        Ir.Call(Helper.MapUpdateElement, kernelMap, key, Argument.Of(zeros), Argument.Constant(UpdateNoExist));
        Ir.Move(slot, Find(kernelMap, key));
        Ir.JumpIfConstant(Opcodes.JumpNotEqual, slot, 0, found);
        emitter.CountLoss(LossCause.MapFull, map);
        Ir.Jump(skip);
        Ir.Mark(found);
        return slot;
    }

    /// <summary>This CPU's value of a map without a key.</summary>
    private int PerCpuSlot(MapSymbol map)
    {
        var key = emitter.Memory.Allocate(4);
        Ir.StoreConstant(key.Base, key.Offset, 0, 4);
        int slot = Find(Choose(map, key), key);
        emitter.ReturnIfNull(slot);
        return slot;
    }

    /// <summary>The value, shared by all CPUs, of an integer map; it is marked as set.</summary>
    private int SharedSlot(MapSymbol map, ImmutableArray<BoundExpression> keys, int skip)
    {
        if (map.HasKey)
            return FindOrAdd(map, WriteKey(map, keys), skip);
        int slot = Ir.MapValue(map.Index);
        Ir.StoreConstant(slot, map.ContentSize, 1, 8);
        return slot;
    }

    private void AssignSingle(MapSymbol map, BoundExpression value)
    {
        if (value.Type.IsScalar)
        {
            int result = emitter.Scalar(value), slot = Ir.MapValue(map.Index);
            Ir.Store(slot, 0, result, map.Plain!.Size);
            Ir.StoreConstant(slot, map.ContentSize, 1, 8);
            return;
        }

        // Complete before it is stored: the value may be made from the map's own.
        var source = emitter.Memory.Locate(value);
        int target = Ir.MapValue(map.Index);
        emitter.Memory.Convert(new Place(target, 0), map.Plain!, source, value.Type);
        Ir.StoreConstant(target, map.ContentSize, 1, 8);
    }

    private void WriteValue(MapSymbol map, BoundExpression value, Place place)
    {
        emitter.Memory.Zero(place.At(map.Plain!.Size), map.ContentSize - map.Plain.Size);
        emitter.Memory.Write(value, place, map.Plain);
    }
}
