using System.Collections.Immutable;
using Ctrace.Compiler.Binding;
using Ctrace.Compiler.Bytecode;
using Ctrace.Compiler.Catalog.Probes;
using Ctrace.Compiler.Targets;

namespace Ctrace.Compiler.Lowering;

/// <summary>
/// Two programs that become one, where the kernel has sessions: what runs at the entry of functions, and what runs at their return. One link
/// attaches it to both ends. The program asks which end it is at:
/// <code>
/// r6 = r1
/// call bpf_session_is_return
/// r1 = r6
/// if r0 != 0 goto return
/// … the entry's program
/// return: … the return's program
/// </code>
/// </summary>
internal static class Sessions
{
    /// <summary>BPF_TRACE_KPROBE_SESSION and BPF_TRACE_UPROBE_SESSION of enum bpf_attach_type.</summary>
    private const int KprobeSession = 56, UprobeSession = 57;

    /// <summary>A place that programs are attached to: a function of the kernel, or bytes in a binary.</summary>
    private readonly record struct Place(string File, string Symbol, long Offset);

    /// <summary>How a session is attached, and what it is called.</summary>
    /// <param name="Plan">How.</param>
    /// <param name="AttachType">enum bpf_attach_type.</param>
    /// <param name="Names">The probes' names: the entries', unless they have none, then the returns'.</param>
    /// <param name="IsReturn">The number of the function that tells which end it is at.</param>
    public sealed record Session(AttachPlan Plan, int AttachType, ImmutableArray<string> Names, int IsReturn);

    /// <summary>The clauses at entries whose partner at the returns is in one program with it. Each is alone with its partner at its functions: so nothing runs in another order.</summary>
    public static Dictionary<BoundClause, (BoundClause Return, Session Session)> Pairs(BoundProgram program, ITarget target)
    {
        var pairs = new Dictionary<BoundClause, (BoundClause, Session)>(ReferenceEqualityComparer.Instance);
        var clauses = program.Clauses.Where(c => c.Probes.Any(p => p.HasRegisters)).ToList();
        if (!clauses.Exists(c => c.Span is null && c.Probes[0].IsReturn) || !clauses.Exists(c => c.Span is null && !c.Probes[0].IsReturn))
            return pairs;
        var places = clauses.ToDictionary(c => c, c => c.Probes.Concat(c.Probes.Select(p => p.Entry).OfType<ResolvedProbe>()).SelectMany(p => Places(p)).Select(p => p.Place).ToHashSet(),
            (IEqualityComparer<BoundClause>)ReferenceEqualityComparer.Instance);
        var users = clauses.SelectMany(c => places[c].Select(p => (Clause: c, Place: p))).ToLookup(u => u.Place, u => u.Clause);
        foreach (var entry in clauses.Where(c => c.Span is null && !c.Probes[0].IsReturn && places[c].Count > 0))
        {
            var pair = users[places[entry].First()].ToList();
            if (pair.Count != 2 || pair.Find(c => !ReferenceEquals(c, entry)) is not { Span: null } exit || !places[entry].SetEquals(places[exit]) || places[entry].Any(p => users[p].Count() != 2))
                continue;
            if (Find(entry.Probes, exit.Probes, target) is { } session)
                pairs.Add(entry, (exit, session));
        }

        return pairs;
    }

    /// <summary>The session of a span that is traced by kprobes or uprobes; null where there is none.</summary>
    public static Session? Of(BoundClause span, ITarget target) =>
        span.Probes.All(p => p is { HasRegisters: true, Entry.HasRegisters: true }) && Find([.. span.Probes.Select(p => p.Entry!)], span.Probes, target) is { } session
            // The entry of a span is no probe of the user's.
            ? session with { Names = session.Names[(session.Names.Length / 2)..] } : null;

    /// <summary>One program of two.</summary>
    /// <param name="entry">The functions of the one at the entry: the program itself, and those that it hands to the kernel.</param>
    /// <param name="exit">The same of the one at the return.</param>
    /// <param name="isReturn">The function that tells which end it is at.</param>
    public static List<List<IrInstruction>> Join(List<List<IrInstruction>> entry, List<List<IrInstruction>> exit, int isReturn)
    {
        const int context = 6;
        int labels = entry[0].Concat(exit[0]).Max(i => i.Label) + 1, atReturn = 2 * labels;
        var span = entry[0][0].Span;
        var start = new IrBuilder { Span = span };
        start.Move(context, 1);
        start.CallKernel(isReturn);
        start.Move(1, context);
        start.JumpIfConstant(Opcodes.JumpNotEqual, 0, 0, atReturn);
        // Labels are each function's own, the other functions' numbers are not.
        var moved = exit[0].Select(i => i.Label >= 0 ? i with { Label = i.Label + labels } : i);
        var end = new IrBuilder { Span = span };
        end.Mark(atReturn);
        List<List<IrInstruction>> joined = [[.. start.Code, .. entry[0], .. end.Code, .. moved], .. entry.Skip(1), .. exit.Skip(1)];
        for (int f = 0; f < joined.Count; f++)
            if (f == 0 || f >= entry.Count)
                joined[f] = [.. joined[f].Select((i, index) => IsFunction(i) && (f > 0 || index >= start.Code.Count + entry[0].Count) ? i with { Immediate = i.Immediate + entry.Count - 1 } : i)];
        return joined;
    }

    private static bool IsFunction(IrInstruction i) => i.Kind == IrKind.LoadImmediate && i.Source == Opcodes.PseudoFunction;

    private static Session? Find(ImmutableArray<ResolvedProbe> entries, ImmutableArray<ResolvedProbe> exits, ITarget target)
    {
        // At a single function of the kernel, two probes cost less than a link for many.
        if (entries.All(p => p.Plan is KprobePlan))
            return null;
        if (entries.Any(p => p.IsReturn || !IsWhole(p, target)) || exits.Any(p => !p.IsReturn || !IsWhole(p, target)))
            return null;
        var first = entries.SelectMany(Places).ToList();
        var second = exits.SelectMany(Places).DistinctBy(p => p.Place).ToDictionary(p => p.Place, p => p.Name);
        if (first.Count == 0 || first.Count != second.Count || first.Exists(p => !second.ContainsKey(p.Place)) || first.Select(p => p.Place.File).Distinct().Count() != 1)
            return null;
        string file = first[0].Place.File;
        if (!target.Supports(file.Length == 0 ? KernelFeature.KprobeSession : KernelFeature.UprobeSession) || target.FindPrototype(KernelFeatures.SessionFunction, null) is not { } function)
            return null;
        AttachPlan plan = file.Length == 0
            ? new KprobeMultiPlan([.. first.Select(p => p.Place.Symbol)], false) { IsSession = true }
            : new UprobeMultiPlan(file, [.. first.Select(p => p.Place.Offset)], [], false) { IsSession = true };
        return new Session(plan, file.Length == 0 ? KprobeSession : UprobeSession, [.. first.Select(p => p.Name), .. first.Select(p => second[p.Place])], function.TypeId);
    }

    /// <summary>Whether a probe is at the very beginning of functions, or at their return, and a link on many would find the same ones.</summary>
    private static bool IsWhole(ResolvedProbe probe, ITarget target) => probe.Plan switch
    {
        // A link takes the first of several functions of a name; a kprobe is refused, with the reason.
        KprobePlan plan => plan is { Offset: 0, Symbol.Length: > 0 } && target.KernelFunctions.Count(f => f.Name == Symbol(plan)) == 1,
        KprobeMultiPlan => true,
        UprobePlan { SemaphoreOffset: 0 } => probe.IsReturn || probe.IsFunctionEntry,
        UprobeMultiPlan { SemaphoreOffsets.IsEmpty: true } => probe.IsReturn || probe.IsFunctionEntry,
        _ => false,
    };

    private static IEnumerable<(Place Place, string Name)> Places(ResolvedProbe probe) => probe.Plan switch
    {
        KprobePlan plan => [(new Place("", Symbol(plan), plan.Offset), probe.Name)],
        KprobeMultiPlan plan => plan.Symbols.Zip(probe.Names, (symbol, name) => (new Place("", symbol, 0), name)),
        UprobePlan plan => [(new Place(plan.Path, "", plan.FileOffset), probe.Name)],
        // Static probes have one name for several places.
        UprobeMultiPlan plan => plan.FileOffsets.Select((offset, i) => (new Place(plan.Path, "", offset), probe.AllNames is { } all ? all[i] : probe.Name)),
        _ => [],
    };

    /// <summary>The function without its module.</summary>
    private static string Symbol(KprobePlan plan) => plan.Symbol[(plan.Symbol.LastIndexOf(':') + 1)..];
}
