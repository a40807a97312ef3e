using System.Collections.Immutable;
using Ctrace.Compiler.Binding;
using Ctrace.Compiler.Catalog.Aggregations;
using Ctrace.Compiler.Layouts;
using Ctrace.Compiler.Lowering;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Syntax;

namespace Ctrace.Compiler.Catalog.Builtins;

/// <summary><c>printf(format, …)</c>.</summary>
internal sealed class PrintfFunction : FunctionDefinition
{
    public override string Name => "printf";
    public override string Signature => "printf(format, value, …)";
    public override string Summary => "Prints values as a format says, as in C.";
    public override string Example => "tracepoint:syscalls:sys_enter_openat { printf(\"%-16s %s\\n\", comm, str(args.filename)); }";
    public override (int Least, int Most) Arity => (1, 64);

    internal override BoundExpression Bind(CallBinding call)
    {
        var arguments = call.BindAll(1);
        if (call.Syntax.Arguments[0] is not StringSyntax format)
            return call.Problem(call.Syntax.Arguments[0].Span, "the format must be a string literal", "printf(\"%d\\n\", value)");
        if (arguments.Any(a => a.Type is ErrorType))
            return call.Failed;
        var pieces = FormatParser.Parse(format, arguments, call);
        return pieces is null ? call.Failed : call.Done(arguments, pieces, TraceType.None);
    }

    internal override bool SendsEvents(BoundCall call) => true;

    internal override int Emit(ClauseEmitter emitter, BoundCall call)
    {
        var pieces = (ImmutableArray<FormatPiece>)call.Data!;
        if (emitter.Probe.Plan is IteratorPlan { Pin: not null })
            SequenceEmitter.Printf(emitter, pieces, call.Arguments);
        else
            emitter.Events.Emit(fields => new PrintfEvent(pieces, fields), call.Arguments);
        return 0;
    }
}

/// <summary><c>print(@map[, top[, div]])</c>, <c>print(value)</c>.</summary>
internal sealed class PrintFunction : FunctionDefinition
{
    public override string Name => "print";
    public override string Signature => "print(@map[, top[, div]]) or print(value)";
    public override string Summary => "Prints a map, only the top entries if so told, values divided by div; or a value.";
    public override string Example => "tracepoint:sched:sched_switch { @[comm] = count(); } interval:s:1 { print(@, 5); }";
    public override (int Least, int Most) Arity => (1, 3);

    internal override BoundExpression Bind(CallBinding call)
    {
        if (call.Syntax.Arguments[0] is MapSyntax { Keys.Length: 0 } map && call.FindMap(map) is { } symbol)
        {
            long? top = call.OptionalConstant(1, 0, int.MaxValue, "the number of entries to print");
            long? divisor = call.OptionalConstant(2, 0, long.MaxValue, "the divisor");
            if (top is null || divisor is null)
                return call.Failed;
            if (call.Syntax.Arguments.Length > 1 && symbol.Query is null && symbol.Aggregates is [{ Definition.IgnoresTop: true }])
                call.Diagnostics.Warn("CT2038", call.Syntax.Span, $"{symbol.Name} is printed whole, as it is: stats() has no one number to sort or divide by");
            return call.Done([], (symbol, (int)top.Value, divisor.Value), TraceType.None);
        }

        if (call.Syntax.Arguments[0] is MapSyntax { Keys: [] } nothing && call.FindMap(nothing) is null)
            return call.Undefined(nothing);
        if (call.Syntax.Arguments.Length > 1)
            return call.Problem(call.Syntax.Arguments[1].Span, "only a map without a key takes a number of entries and a divisor", "print(@map, 10)");
        if (call.Syntax.Arguments[0] is MapSyntax entry && call.FindMap(entry) is { IsAggregate: true } aggregate)
        {
            if (aggregate.Aggregates.Any(a => a.Definition is HistogramBase))
                return call.Problem(entry.Span, $"one entry of a histogram can't be printed alone", $"print the whole map: print({entry.Name})");
            var keys = call.BindKeys(aggregate, entry);
            return keys is null ? call.Failed : call.Done([], (aggregate, keys.Value), TraceType.None);
        }

        var value = call.Bind(0);
        if (value.Type is NoneType)
            return call.Problem(value.Span, "this gives no value to print", null);
        return value.Type is ErrorType ? call.Failed : call.Done([value], null, TraceType.None);
    }

    internal override bool SendsEvents(BoundCall call) => call.Data is null;

    internal override int Emit(ClauseEmitter emitter, BoundCall call)
    {
        switch (call.Data)
        {
            case (MapSymbol map, int top, long divisor):
                emitter.Events.EmitOrder(new PrintMapOrder(map.Index, top, divisor));
                break;
            case (MapSymbol map, ImmutableArray<BoundExpression> keys):
                emitter.Events.EmitEntryOrder(map, keys);
                break;
            default:
                emitter.Events.Emit(fields => new PrintValueEvent(fields), call.Arguments);
                break;
        }

        return 0;
    }
}

/// <summary><c>clear(@map)</c> and <c>zero(@map)</c>: orders about a whole map.</summary>
internal abstract class MapOrderFunction : FunctionDefinition
{
    public override (int Least, int Most) Arity => (1, 1);

    protected abstract Order Order(int mapIndex);

    internal override BoundExpression Bind(CallBinding call)
    {
        if (call.Syntax.Arguments[0] is not MapSyntax { Keys.Length: 0 } map)
            return call.Problem(call.Syntax.Arguments[0].Span, $"{Name}() takes a map without a key", $"{Name}(@map)");
        if (call.FindMap(map) is not { } symbol)
            return call.Undefined(map);
        symbol.IsEmptied = true;
        return call.Done([], symbol, TraceType.None);
    }

    internal override int Emit(ClauseEmitter emitter, BoundCall call)
    {
        emitter.Events.EmitOrder(Order(((MapSymbol)call.Data!).Index));
        return 0;
    }
}

/// <summary><c>clear(@map)</c>.</summary>
internal sealed class ClearFunction : MapOrderFunction
{
    public override string Name => "clear";
    public override string Signature => "clear(@map)";
    public override string Summary => "Removes all entries of a map.";
    public override string Example => "tracepoint:sched:sched_switch { @[comm] = count(); } interval:s:1 { print(@); clear(@); }";
    protected override Order Order(int mapIndex) => new ClearMapOrder(mapIndex);
}

/// <summary><c>zero(@map)</c>.</summary>
internal sealed class ZeroFunction : MapOrderFunction
{
    public override string Name => "zero";
    public override string Signature => "zero(@map)";
    public override string Summary => "Sets all values of a map to zero and keeps the keys.";
    public override string Example => "tracepoint:sched:sched_switch { @[comm] = count(); } interval:s:1 { print(@); zero(@); }";
    protected override Order Order(int mapIndex) => new ZeroMapOrder(mapIndex);
}

/// <summary><c>exit([code])</c>.</summary>
internal sealed class ExitFunction : FunctionDefinition
{
    public override string Name => "exit";
    public override string Signature => "exit([code])";
    public override string Summary => "Ends tracing; the maps are printed as at Ctrl-C.";
    public override string Example => "interval:s:10 { exit(); }";
    public override (int Least, int Most) Arity => (0, 1);

    internal override BoundExpression Bind(CallBinding call)
    {
        var arguments = call.BindAll(0);
        return arguments.Any(a => a.Type is not (IntegerType or BoolType))
            ? call.Problem(arguments[0].Span, "the exit code must be an integer", "exit(1)")
            : call.Done(arguments, null, TraceType.None);
    }

    internal override int Emit(ClauseEmitter emitter, BoundCall call)
    {
        emitter.Events.EmitExit(call.Arguments.IsEmpty ? null : call.Arguments[0]);
        // Nothing after exit() runs, as in bpftrace.
        emitter.Return();
        return 0;
    }
}
