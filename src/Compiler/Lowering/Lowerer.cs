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
        foreach (var clause in bound.Clauses)
        {
            foreach (var half in clause.Span is null ? [null] : new bool?[] { true, false })
                Lower(clause, half is null ? null : program.SpanTable(clause), half == true);
        }

        void Lower(BoundClause clause, (SpanTable, int)? table, bool atEntry)
        {
            var emitter = new ClauseEmitter(program, clause, table, atEntry);
            emitter.Run();
            var code = LoopWidening.Apply(ControlFlow.Clean(emitter.Ir.Code));
            irText?.Append(clause.ProbeText).Append('\n').Append(IrPrinter.Print(code)).Append('\n');
            var allocator = new RegisterAllocator(code, emitter.Frame.Peak);
            if (allocator.Run() is not { } assigned || allocator.StackUsed > FrameAllocator.StackSize - (code.Exists(i => i.IsMayGoto) ? FrameAllocator.LoopRoom : 0) || Assembler.Assemble(assigned) is not { } instructions)
            {
                diagnostics.ReportTooLarge(clause.Syntax.Span, "this clause is too large for one BPF program");
                return;
            }

            // The entry of a span is no probe of the user's.
            attachments.AddRange(clause.Probes.Select(p => new Attachment(programs.Count, atEntry ? p.Entry!.Plan : p.Plan, atEntry ? [] : [.. p.Names])));
            var probe = atEntry ? clause.Probes[0].Entry! : clause.Probes[0];
            programs.Add(new BpfProgram(Name(clause), probe.Kind.ProgramType, instructions, clause.Syntax.Span)
            {
                AttachType = probe.AttachType,
                Function = probe.Function,
            });
        }

        if (diagnostics.HasErrors)
            return null;
        var refreshes = bound.Maps.Where(m => m.Query is { EveryNanoseconds: > 0 }).Select(m => new Refresh(m.Index, m.Query!.EveryNanoseconds));
        var maps = program.FinishMaps();
        return new TraceProgram(source, maps, programs.ToImmutable(), attachments.ToImmutable(), [.. program.Events],
            [.. program.Orders], [.. program.Losses], bound.ProbeNames, [.. refreshes]) { Handlers = bound.Handlers };
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
