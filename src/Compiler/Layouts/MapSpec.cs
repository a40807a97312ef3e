using System.Collections.Immutable;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Text;

namespace Ctrace.Compiler.Layouts;

/// <summary>bpf_map_type, from include/uapi/linux/bpf.h.</summary>
public enum BpfMapType
{
#pragma warning disable CS1591 // The names are the kernel's own.
    Hash = 1,
    Array = 2,
    PerfEventArray = 4,
    PerCpuHash = 5,
    PerCpuArray = 6,
    LruHash = 9,
    LruPerCpuHash = 10,
    RingBuffer = 27,
#pragma warning restore CS1591
}

/// <summary>What a map is for.</summary>
public enum MapRole
{
    /// <summary>A map of the program's: it is printed at exit.</summary>
    User,

    /// <summary>Those entries of a user's map whose long text is short (<see cref="MapSpec.ShortKeys"/>).</summary>
    ShortKeys,

    /// <summary>The same map again, for every other period (<see cref="MapTwin"/>).</summary>
    Twin,

    /// <summary>A one-entry array of 64-bit words that say which of two twins programs write to.</summary>
    Turns,

    /// <summary>Entries of a user's map that programs find without a call (<see cref="FrontTable"/>).</summary>
    FrontTable,

    /// <summary>What spans know of calls that have not returned.</summary>
    Spans,

    /// <summary>Rows that tell how callers are found (<see cref="UnwindLayout"/>): an array that the runtime writes to.</summary>
    UnwindRows,

    /// <summary>Which of a process's addresses belong to which rows.</summary>
    UnwindProcesses,

    /// <summary>Records for the user, in the layout of <see cref="TraceProgram.Events"/>.</summary>
    Events,

    /// <summary>Orders to user space (<see cref="TraceProgram.Orders"/>): a channel no event can fill.</summary>
    Orders,

    /// <summary>Packets for capture files (<see cref="PacketEvent"/>).</summary>
    Packets,

    /// <summary>Per-CPU memory for values too large for the stack.</summary>
    Scratch,

    /// <summary>A one-entry array of 64-bit counters, one for each of <see cref="TraceProgram.Losses"/>.</summary>
    Losses,

    /// <summary>Zero bytes that nobody writes: what a new map entry starts from.</summary>
    Zeros,

    /// <summary>A one-entry array that the runtime fills with <see cref="MapSpec.Initial"/>.</summary>
    Table,

    /// <summary>A one-entry array whose first 8 bytes the runtime sets to the boot-time at which tracing started.</summary>
    StartTime,
}

/// <summary>A map to create.</summary>
/// <param name="Name">As the user writes it (<c>@</c>, <c>@bytes</c>), or an internal name.</param>
/// <param name="Type">The kernel's map type.</param>
/// <param name="KeySize">Bytes; 0 for a ring buffer.</param>
/// <param name="ValueSize">Bytes; a multiple of 8 for per-CPU maps; 0 for a ring buffer.</param>
/// <param name="MaxEntries">Entries, or bytes (a power of two of pages) for a ring buffer, 0 for one slot per CPU.</param>
/// <param name="Role">What it is for.</param>
/// <param name="Shape">How to show it; only for <see cref="MapRole.User"/>.</param>
/// <param name="Span">Where the program names it first.</param>
public sealed record MapSpec(
    string Name, BpfMapType Type, int KeySize, int ValueSize, int MaxEntries, MapRole Role, MapShape? Shape, TextSpan Span)
{
    /// <summary>What the single value holds from the start, for <see cref="MapRole.Table"/>; otherwise empty.</summary>
    public ReadOnlyMemory<byte> Initial { get; init; }

    /// <summary>
    /// Index of the map with the entries whose last text ends within its first bytes, or -1. The kernel hashes a key's whole
    /// room, and most texts are much shorter than their room: those have a map of their own, with the same values and with
    /// keys that are cut off after <see cref="KeySize"/> bytes. The two together are the user's map.
    /// </summary>
    public int ShortKeys { get; init; } = -1;

    /// <summary>Whether entries take memory when they are added, and not all from the start (BPF_F_NO_PREALLOC).</summary>
    public bool Grows { get; init; }

    /// <summary>Whether the runtime has it in its own memory (BPF_F_MMAPABLE).</summary>
    public bool IsShared { get; init; }

    /// <summary>
    /// Whether the kernel's keys begin with 8 bytes for the number of the CPU that has the entry: values that are too large to keep one for
    /// each CPU from the start. The kernel has memory for a per-CPU value ready only when it had time to prepare it, and refuses
    /// what comes before; for a value of one CPU it takes what the machine has.
    /// </summary>
    public bool KeysPerCpu { get; init; }

    /// <summary>Bytes of a key in the kernel.</summary>
    public int KernelKeySize => KeySize + (KeysPerCpu ? CpuPrefix : 0);

    /// <summary>Bytes for the CPU's number in front of a key.</summary>
    public const int CpuPrefix = 8;

    /// <summary>Index into <see cref="TraceProgram.Handlers"/> of the C# that gets it when it would be printed; -1 for none.</summary>
    public int Handler { get; init; } = -1;

    /// <summary>Whether a query owns it: nothing else may update it.</summary>
    public bool IsQuery { get; init; }

    /// <summary>Whether it is shown again and again, each time with what came since (<c>every</c>).</summary>
    public bool IsPeriodic { get; init; }

    /// <summary>The map that takes turns with this one, or null.</summary>
    public MapTwin? Twin { get; init; }

    /// <summary>The table in front of this map, or null.</summary>
    public FrontTable? Front { get; init; }

    /// <summary>Whether there is a value for each possible CPU.</summary>
    public bool IsPerCpu => Type is BpfMapType.PerCpuHash or BpfMapType.PerCpuArray or BpfMapType.LruPerCpuHash;

    /// <summary>Whether it has exactly one slot and no key.</summary>
    public bool IsSingleSlot => Type is BpfMapType.Array or BpfMapType.PerCpuArray;
}

/// <summary>
/// A map's twin. Of two maps of the same shape, programs write to one in a period and to the other in the next: once no program is left
/// that began in the old period, the old one stands still, and is read and emptied without a race. Sums without a key don't need this: their
/// periods are differences.
/// </summary>
/// <param name="Map">Index of the twin.</param>
/// <param name="TurnOffset">Bytes in the <see cref="MapRole.Turns"/> map to the word that is 0 in the periods of the map itself, 1 in its twin's.</param>
public sealed record MapTwin(int Map, int TurnOffset);

/// <summary>
/// A table in front of a map: for each CPU some slots, each for the one key that came first of those whose hash leads to it. What
/// finds no slot is in the map itself. A key may be in both, and on several CPUs: its values are merged. A slot is the value,
/// the key, and a word that is not zero once the slot is taken.
/// </summary>
/// <param name="Map">Index of the single-slot array that holds it.</param>
/// <param name="KeySize">Bytes of a key, up to a multiple of 8.</param>
/// <param name="ValueSize">Bytes of a value: a multiple of 8.</param>
/// <param name="CpuBits">The number of CPUs that it has room for, as a power of two.</param>
public sealed record FrontTable(int Map, int KeySize, int ValueSize, int CpuBits)
{
    /// <summary>Each CPU has 2^10 slots.</summary>
    public const int SlotBits = 10;

    /// <summary>Bytes from a slot's start to its key.</summary>
    public int KeyOffset => ValueSize;

    /// <summary>Bytes from a slot's start to the word that says whether it is taken.</summary>
    public int TakenOffset => ValueSize + KeySize;

    /// <summary>Bytes of a slot.</summary>
    public int SlotSize => ValueSize + KeySize + 8;

    /// <summary>Bytes of the whole table.</summary>
    public int Size => SlotSize << (SlotBits + CpuBits);
}

/// <summary>What a user's map holds and how it is shown.</summary>
/// <param name="Keys">Parts of the key with their byte offsets in it; empty for a map without a key.</param>
/// <param name="KeyNames">Column names of the key's parts (for tables); as many as <paramref name="Keys"/>.</param>
/// <param name="Columns">The value's parts: one, or (a query with several aggregations) many.</param>
/// <param name="PresenceOffset">
/// Byte offset in the value of a 64-bit word that is not zero once the map was set; -1 where the entry's existence
/// says so. A single-slot map always exists in the kernel, and yet is not printed before it was set.
/// For per-CPU maps the words of all CPUs are or-ed.
/// </param>
/// <param name="IsTable">Whether it is shown as a table (a query with several aggregations).</param>
/// <param name="Top">Show only that many rows, largest first; 0 shows all, smallest first.</param>
/// <param name="SortColumn">Index into <paramref name="Columns"/>, or into keys as -1 - index.</param>
public sealed record MapShape(
    ImmutableArray<TupleElement> Keys,
    ImmutableArray<string> KeyNames,
    ImmutableArray<MapColumn> Columns,
    int PresenceOffset,
    bool IsTable,
    int Top,
    int SortColumn)
{
    /// <summary>The columns with bytes of their own: several may be read from the same ones.</summary>
    public ImmutableArray<MapColumn> Stored => [.. Columns.DistinctBy(c => c.Offset)];
}

/// <summary>One part of a map's value.</summary>
/// <param name="Name">Its column name.</param>
/// <param name="Offset">Bytes from the value's start.</param>
/// <param name="Content">A plain value, or an aggregate.</param>
public sealed record MapColumn(string Name, int Offset, ColumnContent Content);
