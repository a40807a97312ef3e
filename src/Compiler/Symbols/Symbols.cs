using System.Collections.Immutable;
using Ctrace.Compiler.Binding;
using Ctrace.Compiler.Text;

namespace Ctrace.Compiler.Symbols;

/// <summary>A scratch variable of one clause.</summary>
internal sealed class VariableSymbol(string name, TraceType type, TextSpan span)
{
    public string Name { get; } = name;

    /// <summary>Settled by the first assignment; a string grows to the largest assigned.</summary>
    public TraceType Type { get; set; } = type;

    public TextSpan Span { get; } = span;

    /// <summary>Whether the program names its type.</summary>
    public bool IsDeclared { get; init; }

    /// <summary>Whether anything asks for its value.</summary>
    public bool IsRead { get; set; }

    /// <summary>Whether it is declared without a value, and nothing was assigned to it so far.</summary>
    public bool IsUnassigned { get; set; }

    /// <summary>Whether it is changed after its first value.</summary>
    public bool IsChanged { get; set; }

    /// <summary>How wide the integers are that it is assigned.</summary>
    public AssignedType Assigned { get; init; } = new();

    /// <summary>Whether the program takes its address: it lives in memory then, and in no register.</summary>
    public bool HasAddress { get; set; }
}

/// <summary>A map of the program's. What it holds is inferred from its uses, over all clauses.</summary>
internal sealed class MapSymbol(string name, TextSpan span)
{
    /// <summary>With the <c>@</c>.</summary>
    public string Name { get; } = name;

    /// <summary>Where the program names it first.</summary>
    public TextSpan Span { get; set; } = span;

    /// <summary>The map of a running program that it is, or null.</summary>
    public Layouts.MapSpec? Living { get; init; }

    /// <summary>Whether this program names it: it may have been there before.</summary>
    public bool IsUsed { get; set; }

    /// <summary>Whether the program only reads it.</summary>
    public bool IsNeverStored { get; set; }

    /// <summary>Index into <see cref="TraceProgram.Maps"/>; set when the tree is complete.</summary>
    public int Index { get; set; }

    /// <summary>Types of the key's parts; null until it is known whether there is a key.</summary>
    public ImmutableArray<TraceType>? Keys { get; set; }

    /// <summary>The type of a plain value; null until known, or when the map holds aggregates.</summary>
    public TraceType? Plain { get; set; }

    /// <summary>How wide the integers are that its entries are assigned.</summary>
    public AssignedType Assigned { get; } = new();

    /// <summary>The same of the parts of its key: elements, also where there is one.</summary>
    public AssignedType AssignedKeys { get; } = new();

    /// <summary>Whether all that it was assigned so far are literals that are not negative: they say nothing of a sign.</summary>
    public bool HasOnlyNaturals { get; set; }

    /// <summary>The aggregates side by side; empty when the map holds a plain value.</summary>
    public ImmutableArray<AggregateColumn> Aggregates { get; set; } = [];

    /// <summary>The query that owns it, or null.</summary>
    public BoundQuery? Query { get; set; }

    /// <summary>How many entries it is declared to have, or null.</summary>
    public int? DeclaredEntries { get; set; }

    /// <summary>Whether it is declared to drop the entry that was not used for longest when it is full.</summary>
    public bool DropsOldest { get; set; }

    /// <summary>Whether the program removes entries, sets them back, or asks for them while it runs: the kernel's map must have them all.</summary>
    public bool IsEmptied { get; set; }

    /// <summary>Whether the program removes or asks for single entries: then a key must have one.</summary>
    public bool IsLookedUp { get; set; }

    /// <summary>Whether programs read its aggregates: then all of them must be in one place.</summary>
    public bool IsRead { get; set; }

    /// <summary>Whether programs go over its entries: then all of them must be in one kernel map.</summary>
    public bool IsIterated { get; set; }

    /// <summary>
    /// Whether each CPU has entries of its own for a key, in a map that all CPUs share (<see cref="Layouts.MapSpec.KeysPerCpu"/>); set when
    /// the tree is complete.
    /// </summary>
    public bool KeysPerCpu { get; set; }

    public bool HasKey => Keys is { Length: > 0 };

    public bool IsAggregate => !Aggregates.IsEmpty;

    /// <summary>Bytes of the largest key of a hash before 5.18: MAX_BPF_STACK (kernel/bpf/hashtab.c, htab_map_alloc_check).</summary>
    public const int LargestKeyOfOldKernels = 512;

    /// <summary>The key's parts as they lie in memory: as few bytes as possible, because the kernel hashes and compares them all.</summary>
    public TupleType KeyLayout => TupleType.Packed(Keys ?? [], 4);

    /// <summary>
    /// The key's last element, when it is a text so long that short ones get a map of their own (index
    /// <see cref="ShortIndex"/>); otherwise null.
    /// </summary>
    public TupleElement? LongText => IsIterated ? null : KeyLayout.Elements.MaxBy(e => e.Offset) is { Type: StringType { Capacity: > 2 * ShortText } } last ? last : null;

    /// <summary>Texts that end within so many bytes, the NUL included, are short: a multiple of 4.</summary>
    public const int ShortText = 64;

    /// <summary>Index of the map for keys with a short text; set when the tree is complete.</summary>
    public int ShortIndex { get; set; }

    /// <summary>The map that takes turns with it, period by period, or null; set when the tree is complete.</summary>
    public Layouts.MapTwin? Twin { get; set; }

    /// <summary>Index of the twin's map for keys with a short text; set when the tree is complete.</summary>
    public int TwinShortIndex { get; set; }

    /// <summary>
    /// Whether it shows one period after another, and these are not merely differences: those of sums without a key are; a key takes room, and
    /// must go when its period has gone.
    /// </summary>
    public bool TakesTurns => Living is null && Query is { EveryNanoseconds: > 0 } && (HasKey || !Aggregates.All(a => a.Definition.IsAdditive));

    /// <summary>Bytes of the value, without the presence word of a single-slot map; a multiple of 8.</summary>
    public int ContentSize => IsAggregate
        ? Aggregates.Max(a => a.Offset + a.Size)
        : TupleType.Align(Plain!.Size, 8);

    /// <summary>The name of the value's type, for messages.</summary>
    public string ValueName => IsAggregate ? string.Join(", ", Aggregates.Select(a => a.Definition.Name + "()")) : Plain?.Name ?? "?";
}
