using System.Collections.Immutable;
using Ctrace.Compiler.Bytecode;
using Ctrace.Compiler.Layouts;
using Ctrace.Compiler.Text;

namespace Ctrace.Compiler;

/// <summary>A compiled program: all that the runtime needs to load, attach, read and render. Immutable.</summary>
/// <param name="Source">The text it was made from.</param>
/// <param name="Maps">Maps to create; instructions name them by index.</param>
/// <param name="Programs">eBPF programs to load.</param>
/// <param name="Attachments">What to attach each program to, in source order.</param>
/// <param name="Events">Layouts of the records on the event buffer; a record's first word is the index.</param>
/// <param name="Orders">Layouts of the records on the order buffer; a record's first word is the index.</param>
/// <param name="Losses">One counter for each place where something can get lost.</param>
/// <param name="ProbeNames">What a <see cref="Symbols.ProbeNameType"/> value indexes.</param>
/// <param name="Refreshes">Queries that print by themselves every so often.</param>
public sealed record TraceProgram(
    SourceText Source,
    ImmutableArray<MapSpec> Maps,
    ImmutableArray<BpfProgram> Programs,
    ImmutableArray<Attachment> Attachments,
    ImmutableArray<EventLayout> Events,
    ImmutableArray<Order> Orders,
    ImmutableArray<LossCounter> Losses,
    ImmutableArray<string> ProbeNames,
    ImmutableArray<Refresh> Refreshes)
{
    /// <summary>Whether its maps are printed when it ends.</summary>
    public bool PrintMapsOnExit { get; init; } = true;

    /// <summary>What becomes of a probe that the kernel turns out not to have when it is attached.</summary>
    public MissingProbes MissingProbes { get; init; }

    /// <summary>Whether functions of C++ and Rust are shown by the names that their source has, and not by their symbols.</summary>
    public bool Demangles { get; init; } = true;

    /// <summary>Whether it shows addresses of processes' code, whose names are looked up later, when the process may have ended.</summary>
    public bool SeesUserCode { get; init; }

    /// <summary>Whether it writes lines to the kernel's trace pipe.</summary>
    public bool WritesTracePipe { get; init; }

    /// <summary>Whether functions in user stacks have their source's file and line behind them.</summary>
    public bool ShowsLines { get; init; }

    /// <summary>The most bytes of a file that <c>cat</c> shows; 0 for the usual 10 KiB.</summary>
    public int MaxFileBytes { get; init; }

    /// <summary>Its C#, in the order of the clauses.</summary>
    public ImmutableArray<Handler> Handlers { get; init; } = [];
}

/// <summary>C# in a program.</summary>
/// <param name="Code">What stands between the braces.</param>
/// <param name="Kind">When it runs.</param>
public sealed record Handler(TextSpan Code, HandlerKind Kind);

/// <summary>When C# runs.</summary>
public enum HandlerKind
{
    /// <summary>For each row of an event query.</summary>
    Row,

    /// <summary>For an aggregation query's table, at each refresh and at exit.</summary>
    Refresh,

    /// <summary>When its probe fires.</summary>
    Alone,
}

/// <summary>A query with <c>every</c>: its map is printed and then cleared.</summary>
/// <param name="MapIndex">Index into <see cref="TraceProgram.Maps"/>.</param>
/// <param name="Nanoseconds">The period.</param>
public sealed record Refresh(int MapIndex, long Nanoseconds);

/// <summary>One eBPF program.</summary>
/// <param name="Name">At most 15 characters of <c>[A-Za-z0-9_]</c>: what bpftool shows.</param>
/// <param name="Type">The kernel's program type.</param>
/// <param name="Code">Its instructions.</param>
/// <param name="Span">The clause it was made from.</param>
public sealed record BpfProgram(string Name, BpfProgramType Type, ImmutableArray<Instruction> Code, TextSpan Span)
{
    /// <summary>enum bpf_attach_type that the program is made for; 0 where the kernel need not know when it loads.</summary>
    public int AttachType { get; init; }

    /// <summary>The kernel function that a tracing program is made for; null for others.</summary>
    public Targets.FunctionPrototype? Function { get; init; }

    /// <summary>The slots at which the functions start that the program hands to the kernel to be called back.</summary>
    public ImmutableArray<int> Callbacks { get; init; } = [];

    /// <summary>Number of 8-byte slots, which is how the kernel counts.</summary>
    public int SlotCount => Code.Sum(i => i.Slots);

    /// <summary>The instruction that holds a slot: the verifier speaks of slots.</summary>
    public Instruction? InstructionAtSlot(int slot)
    {
        foreach (var instruction in Code)
        {
            if (slot < instruction.Slots)
                return instruction;
            slot -= instruction.Slots;
        }

        return null;
    }
}

/// <summary>bpf_prog_type, from include/uapi/linux/bpf.h.</summary>
public enum BpfProgramType
{
    /// <summary>On functions of the kernel or of processes, seen by their registers.</summary>
    Kprobe = 2,

    /// <summary>On a tracepoint, by way of perf.</summary>
    Tracepoint = 5,

    /// <summary>On a perf event such as a timer.</summary>
    PerfEvent = 7,

    /// <summary>On a raw tracepoint; also what user space can run by itself (BPF_PROG_TEST_RUN).</summary>
    RawTracepoint = 17,

    /// <summary>On functions of the kernel, with typed arguments.</summary>
    Tracing = 26,
}

/// <summary>A program and what runs it.</summary>
/// <param name="ProgramIndex">Index into <see cref="TraceProgram.Programs"/>.</param>
/// <param name="Plan">How to attach.</param>
/// <param name="ProbeNames">
/// The probes this stands for, one or (a wildcard served by one attachment) many; of a session all entries, then all returns, or the returns alone.
/// </param>
public sealed record Attachment(int ProgramIndex, AttachPlan Plan, ImmutableArray<string> ProbeNames);

/// <summary>How a program is attached: one case per kernel mechanism.</summary>
public abstract record AttachPlan;

/// <summary>A perf tracepoint.</summary>
/// <param name="Category">The tracefs folder.</param>
/// <param name="Name">The event.</param>
/// <param name="Id">perf_event_attr.config.</param>
public sealed record TracepointPlan(string Category, string Name, ulong Id) : AttachPlan;

/// <summary>A raw tracepoint by name (BPF_RAW_TRACEPOINT_OPEN).</summary>
public sealed record RawTracepointPlan(string Name) : AttachPlan;

/// <summary>A kernel function's entry or return, by a perf event.</summary>
/// <param name="Symbol">The function, with <c>MODULE:</c> before it where that matters; empty for an address.</param>
/// <param name="Offset">Bytes from the function's start, or the address.</param>
/// <param name="IsReturn">Whether it is the return.</param>
public sealed record KprobePlan(string Symbol, long Offset, bool IsReturn) : AttachPlan
{
    /// <summary>Whether it is made in tracefs (kprobe_events), because perf has no such events of its own.</summary>
    public bool InTracefs { get; init; }
}

/// <summary>Many kernel functions by one link (BPF_TRACE_KPROBE_MULTI, 5.18).</summary>
public sealed record KprobeMultiPlan(ImmutableArray<string> Symbols, bool IsReturn) : AttachPlan
{
    /// <summary>Whether the program runs at both ends (BPF_TRACE_KPROBE_SESSION, 6.10).</summary>
    public bool IsSession { get; init; }
}

/// <summary>A place in a binary, by a perf event.</summary>
/// <param name="Path">The file.</param>
/// <param name="FileOffset">Bytes from its start.</param>
/// <param name="IsReturn">Whether it is the return of the function that starts there.</param>
/// <param name="SemaphoreOffset">Where in the file a counter of attached tracers is, or 0.</param>
public sealed record UprobePlan(string Path, long FileOffset, bool IsReturn, long SemaphoreOffset) : AttachPlan
{
    /// <summary>Whether a wildcard found it among others: it is left out where the kernel can't probe it.</summary>
    public bool IsOneOfMany { get; init; }
}

/// <summary>Many places in a binary by one link (BPF_TRACE_UPROBE_MULTI, 6.6).</summary>
public sealed record UprobeMultiPlan(string Path, ImmutableArray<long> FileOffsets, ImmutableArray<long> SemaphoreOffsets, bool IsReturn) : AttachPlan
{
    /// <summary>Whether the program runs at both ends (BPF_TRACE_UPROBE_SESSION, 6.13).</summary>
    public bool IsSession { get; init; }
}

/// <summary>A kernel function by its trampoline (fentry and fexit).</summary>
public sealed record TracingPlan(string Function) : AttachPlan;

/// <summary>A perf event that counts, on every CPU that is online.</summary>
/// <param name="Type">enum perf_type_id.</param>
/// <param name="Config">The event's number.</param>
/// <param name="Every">How many of them run the program once.</param>
public sealed record CounterPlan(uint Type, ulong Config, ulong Every) : AttachPlan;

/// <summary>A cpu-clock perf event on every CPU that is online.</summary>
/// <param name="Value">The period in nanoseconds, or the frequency in hertz.</param>
/// <param name="IsFrequency">Which of the two.</param>
public sealed record ProfilePlan(ulong Value, bool IsFrequency) : AttachPlan;

/// <summary>
/// A timer in user space that runs the program by BPF_PROG_TEST_RUN. Unlike a perf event it is never skipped because
/// another BPF program was running on the CPU, and a tick that came late is still run.
/// </summary>
/// <param name="Nanoseconds">The period.</param>
public sealed record IntervalPlan(ulong Nanoseconds) : AttachPlan;

/// <summary>Run when ctrace gets a signal.</summary>
/// <param name="Number">The signal's number.</param>
public sealed record SignalPlan(int Number) : AttachPlan;

/// <summary>Run for each event that .NET programs tell of.</summary>
/// <param name="Process">A number, or a name that those have which start later too.</param>
/// <param name="Processes">The processes that run already.</param>
/// <param name="Event">The event.</param>
public sealed record DotnetPlan(string Process, ImmutableArray<int> Processes, Catalog.Dotnet.DotnetEvent Event) : AttachPlan;

/// <summary>Run once, when all is attached (<c>begin</c>) or when all is detached (<c>end</c>).</summary>
public sealed record OncePlan(bool AtEnd) : AttachPlan;

/// <summary>An access to memory.</summary>
/// <param name="Address">Where.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Access">HW_BREAKPOINT_ flags: 1 read, 2 write, 4 execute.</param>
public sealed record BreakpointPlan(ulong Address, int Length, int Access) : AttachPlan;

/// <summary>Each of the kernel's objects of a kind (BPF_TRACE_ITER).</summary>
public sealed record IteratorPlan(string Name) : AttachPlan
{
    /// <summary>The file of its own in which it stays, and runs when that is read; null where it runs once, and at once.</summary>
    public string? Pin { get; init; }
}

/// <summary>Run by ctrace when it is asked to (<c>--test</c>, <c>--bench</c>).</summary>
public sealed record TestPlan(string Name, bool IsBenchmark) : AttachPlan;

/// <summary>A counter of lost things.</summary>
/// <param name="Cause">What happened.</param>
/// <param name="Probe">The clause's probes as written.</param>
/// <param name="Subject">The map concerned, as the user knows it, or null.</param>
/// <param name="MapIndex">The map concerned, or -1.</param>
/// <param name="Capacity">Entries that the map holds, or bytes of the buffer, or of a text.</param>
public sealed record LossCounter(LossCause Cause, string Probe, string? Subject, int MapIndex, int Capacity)
{
    /// <summary>The subject where a map has no such entry.</summary>
    public const string Lookup = "map_lookup_elem";

    /// <summary>Whether the map's entries take memory when they are added: the kernel has only so much at hand while programs run, and can't wait for more.</summary>
    public bool TakesMemory { get; init; }

    /// <summary>The place in the program, where the user is to see that.</summary>
    public Text.TextSpan? Span { get; init; }

    /// <summary>The kernel's latest error code there, which is negative; 0 where there is none.</summary>
    public int Error { get; init; }
}

/// <summary>Why something was lost.</summary>
public enum LossCause
{
    /// <summary>The event buffer was full.</summary>
    EventBufferFull,

    /// <summary>The order buffer was full.</summary>
    OrderBufferFull,

    /// <summary>A map was full: the update was dropped.</summary>
    MapFull,

    /// <summary>A loop was ended before its condition was, because the kernel wants an end.</summary>
    LoopCut,

    /// <summary>Too many threads were in spans at once: a call was not seen.</summary>
    SpanTableFull,

    /// <summary>A function called itself more often than spans keep levels.</summary>
    SpanTooDeep,

    /// <summary>A helper of the kernel failed (<c>-k</c>). The next counter, which has no subject, is the error code and no count.</summary>
    HelperFailed,

    /// <summary>A text was longer than <c>str</c> reads.</summary>
    TextCut,
}
