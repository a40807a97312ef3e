using System.Collections.Immutable;
using System.Numerics;
using Ctrace.Compiler.Binding;
using Ctrace.Compiler.Catalog.Probes;
using Ctrace.Compiler.Layouts;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Targets;

namespace Ctrace.Compiler.Lowering;

/// <summary>What the clauses of a program share while they are lowered: maps, event layouts, loss counters.</summary>
internal sealed class ProgramLowering
{
    /// <summary>Bytes: values above this take memory only when they are there.</summary>
    private const int LargestPreallocated = 4096;

    /// <summary>Order records are few and small; this holds thousands.</summary>
    private const int OrderBufferSize = 256 << 10;

    /// <summary>Bytes: what is larger gains less from a table in front.</summary>
    private const int LargestFrontKey = 24, LargestFrontValue = 32;

    /// <summary>The verifier allows a program 64 maps.</summary>
    private const int MostFrontedMaps = 16;

    /// <summary>Who asks for few entries wants no more memory than that.</summary>
    private const int FewestFrontedEntries = 4096;

    private readonly BoundProgram _program;
    private readonly CompilationOptions _options;
    private readonly List<MapSpec> _maps = [];
    private readonly Dictionary<MapRole, int> _internalMaps = [];
    private readonly Dictionary<MapSymbol, HashSet<string>> _domains = [];
    private int _scratchSize = 8, _zerosSize = 8, _turns;

    public ProgramLowering(BoundProgram program, ITarget target, CompilationOptions options)
    {
        _program = program;
        _options = options;
        Target = target;
        foreach (var map in program.Maps)
        {
            map.Index = _maps.Count;
            // Quantiles for 4096 keys would take 30 MB for each CPU from the start.
            bool grows = map.HasKey && !map.DropsOldest && map.ContentSize > LargestPreallocated && target.Supports(KernelFeature.GrowingMaps);
            map.KeysPerCpu = map.Living?.KeysPerCpu ?? (grows && map.IsAggregate && !map.IsLookedUp && !map.IsRead);
            var spec = MapShapes.Spec(map, map.Living?.MaxEntries ?? options.MaxMapKeys) with { Grows = grows };
            map.ShortIndex = AddWithShort(map, spec);
            if (!map.TakesTurns)
                continue;
            map.Twin = new MapTwin(_maps.Count, 8 * _turns++);
            _maps[map.Index] = _maps[map.Index] with { Twin = map.Twin };
            map.TwinShortIndex = AddWithShort(map, spec with { Role = MapRole.Twin });
        }
    }

    /// <summary>Adds a map and, where its keys end in a long text, one for those of them that are short.</summary>
    /// <returns>The index of the latter.</returns>
    private int AddWithShort(MapSymbol map, MapSpec spec)
    {
        if (map.LongText is not { } text)
        {
            _maps.Add(spec);
            return -1;
        }

        _maps.Add(spec with { ShortKeys = _maps.Count + 1 });
        _maps.Add(spec with { KeySize = text.Offset + MapSymbol.ShortText, Role = MapRole.ShortKeys });
        return _maps.Count - 1;
    }

    public ITarget Target { get; }

    public CompilationOptions Options => _options;

    private readonly Dictionary<BoundClause, (SpanTable Table, int Map)> _spans = new(ReferenceEqualityComparer.Instance);

    /// <summary>Bytes of a table in one map entry. Before 6.0 the kernel limits them to what kmalloc gives (KMALLOC_MAX_SIZE).</summary>
    private int LargestTable => Target.Supports(KernelFeature.GrowingMaps) ? 8 << 20 : 4 << 20;

    public bool HasRingBuffer => Target.Supports(KernelFeature.RingBuffer);

    /// <summary>Whether addresses of processes' code leave the kernel.</summary>
    public bool SeesUserCode { get; set; }

    /// <summary>Whether some program writes to the trace pipe.</summary>
    public bool WritesTracePipe { get; set; }

    public List<EventLayout> Events { get; } = [];

    public List<Order> Orders { get; } = [];

    public List<LossCounter> Losses { get; } = [];

    public int StartTimeMap => Internal(MapRole.StartTime);

    /// <summary>Index of the map that says which of two twins is written to.</summary>
    public int TurnsMap => Internal(MapRole.Turns);

    public int ScratchMap => Internal(MapRole.Scratch);

    public int LossesMap => Internal(MapRole.Losses);

    /// <summary>Index of the rows that stacks are unwound with, and how many there are.</summary>
    public (int Map, int Rows) UnwindRows => (Internal(MapRole.UnwindRows), LargestTable / UnwindLayout.RowSize);

    public int UnwindProcessesMap => Internal(MapRole.UnwindProcesses);

    public int EventsMap => Internal(MapRole.Events);

    public int OrdersMap => Internal(MapRole.Orders);

    public int PacketsMap => Internal(MapRole.Packets);

    /// <summary>Whether an event's position is worth recording with an order: there is an event ring buffer.</summary>
    public bool HasEvents => _internalMaps.ContainsKey(MapRole.Events);

    /// <summary>Number of pieces of scratch memory handed out; each belongs to one program.</summary>
    public int ScratchPieces { get; private set; }

    /// <summary>The map of zero bytes, at least so many.</summary>
    public int Zeros(int size)
    {
        _zerosSize = Math.Max(_zerosSize, TupleType.Align(size, 8));
        return Internal(MapRole.Zeros);
    }

    /// <summary>A fresh piece of scratch memory.</summary>
    public int NewScratchPiece() => ScratchPieces++;

    /// <summary>Tells how much of a piece is used.</summary>
    public void UseScratch(int size) => _scratchSize = Math.Max(_scratchSize, TupleType.Align(size, 8));

    /// <summary>A table from system call numbers to probe names: index in <see cref="TraceProgram.ProbeNames"/> + 1, or 0.</summary>
    public int AddSyscallTable(ResolvedProbe probe, out int entries)
    {
        entries = probe.Syscalls!.Max(s => s.Number) + 1;
        var bytes = new byte[TupleType.Align(entries * 4, 8)];
        foreach (var (number, name) in probe.Syscalls!)
            BitConverter.TryWriteBytes(bytes.AsSpan(number * 4), ProbeIndex(name) + 1);
        _maps.Add(new MapSpec("syscalls", BpfMapType.Array, 4, bytes.Length, 1, MapRole.Table, null, default) { Initial = bytes });
        return _maps.Count - 1;
    }

    /// <summary>The numbers of the probes whose names meet a condition.</summary>
    public IEnumerable<int> ProbeIndices(Func<string, bool> condition) => Enumerable.Range(0, _program.ProbeNames.Length).Where(i => condition(_program.ProbeNames[i]));

    public int ProbeIndex(string name) => _program.ProbeNames.IndexOf(name);

    public int AddLoss(LossCause cause, string probe, string? subject, int map)
    {
        int capacity = map >= 0 ? _maps[map].MaxEntries : cause switch
        {
            LossCause.EventBufferFull => _options.EventBufferSize,
            LossCause.TextCut => _options.MaxStringLength,
            _ => OrderBufferSize,
        };
        var counter = new LossCounter(cause, probe, subject, map, capacity) { TakesMemory = map >= 0 && _maps[map].Grows };
        int index = Losses.IndexOf(counter);
        if (index >= 0)
            return index;
        Losses.Add(counter);
        return Losses.Count - 1;
    }

    /// <summary>Two words, one behind the other, for a helper's failures at a place: how many, and the error code.</summary>
    public int AddFailure(string helper, string probe, Text.TextSpan span)
    {
        var counter = new LossCounter(LossCause.HelperFailed, probe, helper, -1, 0) { Span = span };
        int index = Losses.IndexOf(counter);
        if (index >= 0)
            return index;
        Losses.Add(counter);
        Losses.Add(new LossCounter(LossCause.HelperFailed, probe, null, -1, 0) { Span = span });
        return Losses.Count - 2;
    }

    public int AddOrder(Order order)
    {
        int index = Orders.IndexOf(order);
        if (index >= 0)
            return index;
        Orders.Add(order);
        return Orders.Count - 1;
    }

    /// <summary>Notes that programs of a domain change a map's aggregates in place.</summary>
    public void NoteDomain(MapSymbol map, string domain)
    {
        if (!_domains.TryGetValue(map, out var domains))
            _domains.Add(map, domains = []);
        domains.Add(domain);
    }

    /// <summary>Whether one program can interrupt another's update of a map's aggregates on the same CPU.</summary>
    public bool IsContended(MapSymbol map) => _options.SharesMaps || _domains[map].Count > 1;

    /// <summary>
    /// The table in front of a map of aggregates, made when it is first asked for; null where there can be none: programs that
    /// interrupt each other can't share a slot, nor can one take entries away while another CPU's program uses them.
    /// </summary>
    public FrontTable? FrontTable(MapSymbol map)
    {
        var spec = _maps[map.Index];
        if (spec.Front is not null || !_options.FrontTables || map.IsEmptied || map.IsRead || map.DropsOldest || map.Query is { EveryNanoseconds: > 0 } || map.LongText is not null || IsContended(map)
            || map.KeyLayout.Size > LargestFrontKey || map.ContentSize > LargestFrontValue || spec.MaxEntries < FewestFrontedEntries
            || _program.Maps.Length > MostFrontedMaps)
            return spec.Front;
        var table = new FrontTable(_maps.Count, TupleType.Align(map.KeyLayout.Size, 8), map.ContentSize, BitOperations.Log2((uint)Target.PossibleCpus * 2 - 1));
        if (table.Size > LargestTable)
            return null;
        _maps[map.Index] = spec with { Front = table };
        _maps.Add(new MapSpec(map.Name, BpfMapType.Array, 4, table.Size, 1, MapRole.FrontTable, null, map.Span));
        return table;
    }

    /// <summary>The table of a clause's span, and the index of its map.</summary>
    public (SpanTable Table, int Map) SpanTable(BoundClause clause)
    {
        if (_spans.TryGetValue(clause, out var known))
            return known;
        var table = new SpanTable(clause.Span!, nests: clause.Probes[0].HasRegisters || clause.Probes[0].Function is not null, LargestTable);
        _maps.Add(new MapSpec("spans", BpfMapType.Array, 4, table.Size, 1, MapRole.Spans, null, clause.Syntax.Span));
        return _spans[clause] = (table, _maps.Count - 1);
    }

    /// <summary>All maps, with the sizes that turned out to be needed.</summary>
    public ImmutableArray<MapSpec> FinishMaps() => [.. _maps.Select(map => map.Role switch
    {
        MapRole.Scratch => map with { ValueSize = _scratchSize, MaxEntries = Math.Max(1, ScratchPieces) },
        MapRole.Losses => map with { ValueSize = Math.Max(1, Losses.Count) * 8 },
        MapRole.Zeros => map with { ValueSize = _zerosSize },
        _ => map,
    })];

    private static MapSpec UnwindProcesses(bool grows) =>
        new("unwind_process", BpfMapType.Hash, 4, UnwindLayout.ProcessSize, UnwindLayout.Processes(grows), MapRole.UnwindProcesses, null, default) { Grows = grows };

    private int Internal(MapRole role)
    {
        if (_internalMaps.TryGetValue(role, out int index))
            return index;
        _maps.Add(role switch
        {
            MapRole.Events => HasRingBuffer
                ? new MapSpec("events", BpfMapType.RingBuffer, 0, 0, _options.EventBufferSize, role, null, default)
                : new MapSpec("events", BpfMapType.PerfEventArray, 4, 4, 0, role, null, default),
            MapRole.Orders => HasRingBuffer
                ? new MapSpec("orders", BpfMapType.RingBuffer, 0, 0, OrderBufferSize, role, null, default)
                : new MapSpec("orders", BpfMapType.PerfEventArray, 4, 4, 0, role, null, default),
            MapRole.Packets => new MapSpec("packets", BpfMapType.PerfEventArray, 4, 4, 0, role, null, default),
            MapRole.Scratch => new MapSpec("scratch", BpfMapType.PerCpuArray, 4, 8, 1, role, null, default),
            MapRole.Losses => new MapSpec("losses", BpfMapType.Array, 4, 8, 1, role, null, default),
            MapRole.Turns => new MapSpec("turns", BpfMapType.Array, 4, 8 * _turns, 1, role, null, default),
            MapRole.Zeros => new MapSpec("zeros", BpfMapType.Array, 4, 8, 1, role, null, default),
            MapRole.UnwindRows => new MapSpec("unwind_rows", BpfMapType.Array, 4, LargestTable, 1, role, null, default) { IsShared = true },
            MapRole.UnwindProcesses => UnwindProcesses(Target.Supports(KernelFeature.GrowingMaps)),
            _ => new MapSpec("start_time", BpfMapType.Array, 4, 8, 1, role, null, default),
        });
        _internalMaps.Add(role, _maps.Count - 1);
        return _maps.Count - 1;
    }
}
