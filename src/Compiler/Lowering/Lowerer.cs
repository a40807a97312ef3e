using System.Collections.Immutable;
using System.Text;
using Ctrace.Compiler.Binding;
using Ctrace.Compiler.Bytecode;
using Ctrace.Compiler.Catalog.Probes;
using Ctrace.Compiler.Diagnostics;
using Ctrace.Compiler.Targets;
using Ctrace.Compiler.Text;

namespace Ctrace.Compiler.Lowering;

/// <summary>From bound clauses to bytecode.</summary>
internal static class Lowerer
{
    /// <summary>Lowers a program. Null after a diagnostic.</summary>
    public static TraceProgram? Lower(
        SourceText source, BoundProgram bound, ITarget target, CompilationOptions options, DiagnosticBag diagnostics, StringBuilder? irText)
    {
        var program = new ProgramLowering(bound, target, options);
        for (int i = 0; i < bound.Clauses.Length; i++)
        {
            foreach (var statement in bound.Clauses[i].Statements)
                MapUpdates.Visit(statement, map => program.NoteDomain(map, Domain(bound.Clauses[i], i)));
            // A program that another task may run in the middle of is its own competitor.
            if (bound.Clauses[i].Probes[0].Kind.IsPreemptible)
                foreach (var statement in bound.Clauses[i].Statements)
                    MapUpdates.Visit(statement, map => program.NoteDomain(map, "preempted"));
        }

        // Orders record where the event buffer stood: whether there is one must be known before the first.
        if (bound.Clauses.Any(clause => clause.Statements.Any(EventFinder.SendsEvents)))
            _ = program.EventsMap;

        var programs = ImmutableArray.CreateBuilder<BpfProgram>();
        var attachments = ImmutableArray.CreateBuilder<Attachment>();
        var pairs = Sessions.Pairs(bound, target);
        var paired = pairs.Values.Select(p => p.Return).ToHashSet(ReferenceEqualityComparer.Instance);
        foreach (var clause in bound.Clauses)
        {
            if (pairs.TryGetValue(clause, out var pair))
            {
                LowerSession((clause, null, SpanPart.Return), (pair.Return, null, SpanPart.Return), pair.Session);
                continue;
            }

            if (clause.Span is null)
            {
                if (!paired.Contains(clause))
                    Lower(clause, null, SpanPart.Return);
                continue;
            }

            var table = program.SpanTable(clause);
            if (Sessions.Of(clause, target) is { } session)
            {
                LowerSession((clause, table, SpanPart.Entry), (clause, table, SpanPart.Return), session);
            }
            else
            {
                Lower(clause, table, SpanPart.Entry);
                Lower(clause, table, SpanPart.Return);
            }

            // What a system call has left there, the next one takes; a thread may die in a function, and then it must be told.
            if (table.Table.Depth > 1)
                Lower(clause, table, SpanPart.Death);
        }

        List<List<IrInstruction>>? Emit(BoundClause clause, (SpanTable, int)? table, SpanPart part, bool isSession = false)
        {
            var emitter = new ClauseEmitter(program, clause, table, part) { IsSession = isSession };
            emitter.Run();
            irText?.Append(clause.ProbeText).Append('\n');
            var functions = new List<List<IrInstruction>>();
            return Assign(emitter, functions, irText) is <= FrameAllocator.StackSize ? functions : null;
        }

        void LowerSession((BoundClause Clause, (SpanTable, int)? Table, SpanPart Part) entry, (BoundClause Clause, (SpanTable, int)? Table, SpanPart Part) exit, Sessions.Session session)
        {
            var span = entry.Clause.Syntax.Span;
            if (Emit(entry.Clause, entry.Table, entry.Part, true) is not { } first || Emit(exit.Clause, exit.Table, exit.Part, true) is not { } second
                || Assembler.Assemble(Sessions.Join(first, second, session.IsReturn)) is not var (instructions, callbacks))
            {
                diagnostics.ReportTooLarge(span, "this clause is too large for one BPF program");
                return;
            }

            attachments.Add(new Attachment(programs.Count, session.Plan, session.Names));
            programs.Add(new BpfProgram(Name(entry.Clause), BpfProgramType.Kprobe, instructions, span) { AttachType = session.AttachType, Callbacks = callbacks });
        }

        void Lower(BoundClause clause, (SpanTable, int)? table, SpanPart part)
        {
            if (Emit(clause, table, part) is not { } functions || Assembler.Assemble(functions) is not var (instructions, callbacks))
            {
                diagnostics.ReportTooLarge(clause.Syntax.Span, "this clause is too large for one BPF program");
                return;
            }

            if (part == SpanPart.Death)
            {
                attachments.Add(new Attachment(programs.Count, new RawTracepointPlan("sched_process_exit"), []));
                programs.Add(new BpfProgram("span_death", BpfProgramType.RawTracepoint, instructions, clause.Syntax.Span));
                return;
            }

            // The entry of a span is no probe of the user's.
            bool atEntry = part == SpanPart.Entry;
            attachments.AddRange(clause.Probes.Select(p => new Attachment(programs.Count, atEntry ? p.Entry!.Plan : p.Plan, atEntry ? [] : [.. p.Names])));
            var probe = atEntry ? clause.Probes[0].Entry! : clause.Probes[0];
            programs.Add(new BpfProgram(Name(clause), probe.Kind.ProgramType, instructions, clause.Syntax.Span)
            {
                AttachType = probe.AttachType,
                Function = probe.Function,
                Callbacks = callbacks,
            });
        }

        if (!diagnostics.HasErrors)
            ProgramLimits.Check(programs, attachments, options, diagnostics);
        if (diagnostics.HasErrors)
            return null;
        var refreshes = bound.Maps.Where(m => m.Query is { EveryNanoseconds: > 0 }).Select(m => new Refresh(m.Index, m.Query!.EveryNanoseconds));
        var maps = program.FinishMaps();
        return new TraceProgram(source, maps, programs.ToImmutable(), attachments.ToImmutable(), [.. program.Events],
            [.. program.Orders], [.. program.Losses], bound.ProbeNames, [.. refreshes]) 
        {
            Handlers = bound.Handlers, PrintMapsOnExit = options.PrintMapsOnExit, MissingProbes = options.MissingProbes, MaxFileBytes = options.MaxFileBytes, Demangles = options.Demangles, ShowsLines = options.ShowsLines, SeesUserCode = program.SeesUserCode, WritesTracePipe = program.WritesTracePipe,
        };
    }

    /// <summary>Gives a function's values their registers, and then those of its callbacks, in the order in which it names them.</summary>
    /// <returns>Bytes of stack that it takes, with the deepest of its callbacks; null where there are too many instructions.</returns>
    private static int? Assign(ClauseEmitter emitter, List<List<IrInstruction>> functions, StringBuilder? irText)
    {
        var code = LoopWidening.Apply(emitter.ShowPointers(ControlFlow.Clean(emitter.Ir.Code)), emitter.Numbers, emitter.ContextHeld);
        irText?.Append(IrPrinter.Print(code)).Append('\n');
        var allocator = new RegisterAllocator(code, emitter.Frame.Peak);
        if (allocator.Run() is not { } assigned)
            return null;
        functions.Add(assigned);
        int own = allocator.StackUsed + (code.Exists(i => i.IsMayGoto) ? FrameAllocator.LoopRoom : 0);
        if (emitter.Callbacks.Count == 0)
            return emitter.IsCallback ? FrameAllocator.Rounded(own) : own;
        int deepest = 0;
        foreach (var callback in emitter.Callbacks)
        {
            if (Assign(callback, functions, irText) is not { } inner)
                return null;
            deepest = Math.Max(deepest, inner);
        }

        return FrameAllocator.Rounded(own) + deepest;
    }

    private static string Domain(BoundClause clause, int index)
    {
        var kind = clause.Probes[0].Kind;
        return kind.Domain ?? $"program {index}";
    }

    /// <summary>What bpftool shows: the last part of the probe's name, in the characters the kernel takes.</summary>
    private static string Name(BoundClause clause)
    {
        string name = clause.Probes[0].Name.Split(':')[^1];
        name = string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '_'));
        return name.Length > 15 ? name[..15] : name;
    }
}
