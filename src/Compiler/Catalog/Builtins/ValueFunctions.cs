using Ctrace.Compiler.Binding;
using Ctrace.Compiler.Bytecode;
using Ctrace.Compiler.Layouts;
using Ctrace.Compiler.Lowering;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Syntax;

namespace Ctrace.Compiler.Catalog.Builtins;

/// <summary><c>str(pointer[, size])</c>.</summary>
internal sealed class StrFunction : FunctionDefinition
{
    public override string Name => "str";
    public override string Signature => "str(pointer[, size])";
    public override string Summary => "Reads text, up to its NUL or size bytes, from the traced process or the kernel.";
    public override string Example => "tracepoint:syscalls:sys_enter_openat { printf(\"%s\\n\", str(args.filename)); }";
    public override (int Least, int Most) Arity => (1, 2);

    internal override BoundExpression Bind(CallBinding call)
    {
        // str($1): the parameter as text, even if it looks like a number.
        if (call.Syntax.Arguments[0] is ParameterSyntax { Index: > 0 } parameter)
            return call.ParameterText(parameter);
        var pointer = call.Bind(0);
        if (pointer.Type is ErrorType or StringType)
            return pointer;
        if (pointer.Type is not (IntegerType or PointerType))
            return call.Problem(pointer.Span, $"str() reads from an address, not from {pointer.Type.WithArticle}", "str(args.filename)");
        int capacity = call.Options.MaxStringLength;
        if (call.Syntax.Arguments.Length > 1)
        {
            if (call.Constant(1, 1, 4096, "the size of a string") is not { } size)
                return call.Failed;
            capacity = (int)Math.Min(size, capacity);
        }

        return call.Done([pointer], null, new StringType(capacity));
    }

    internal override void EmitInto(ClauseEmitter e, BoundCall call, Place place, bool padded)
    {
        var pointer = call.Arguments[0];
        int capacity = ((StringType)call.Type).Capacity;
        int address = e.Scalar(pointer);
        if (padded)
            e.Memory.ZeroText(place, capacity);
        int length = e.Ir.NewRegister();
        if (pointer.Type is PointerType { Space: var space and not AddressSpace.Any })
        {
            e.Ir.Move(length, Read(e, space == AddressSpace.User, place, capacity, address));
        }
        else
        {
            // An address of unknown kind: the kernel's have the top bit set, on every CPU we run on.
            int kernel = e.Ir.NewLabel(), done = e.Ir.NewLabel();
            e.Ir.JumpIfConstant(Opcodes.JumpSignedLess, address, 0, kernel);
            e.Ir.Move(length, Read(e, true, place, capacity, address));
            e.Ir.Jump(done);
            e.Ir.Mark(kernel);
            e.Ir.Move(length, Read(e, false, place, capacity, address));
            e.Ir.Mark(done);
        }

        e.Memory.RememberText(place, capacity, length, padded);
    }

    private static int Read(ClauseEmitter e, bool user, Place place, int capacity, int address) =>
        e.Ir.Call(user ? Helper.ProbeReadUserString : Helper.ProbeReadKernelString,
            Argument.Address(place.Base, place.Offset), Argument.Constant(capacity), Argument.Of(address));
}

/// <summary><c>delete(@map[key])</c>.</summary>
internal sealed class DeleteFunction : FunctionDefinition
{
    public override string Name => "delete";
    public override string Signature => "delete(@map, key) or delete(@map[key])";
    public override string Summary => "Removes one entry of a map; true when there was one.";
    public override string Example => "tracepoint:syscalls:sys_enter_read { @start[tid] = nsecs; } tracepoint:syscalls:sys_exit_read { delete(@start, tid); }";
    public override (int Least, int Most) Arity => (1, 2);

    internal override BoundExpression Bind(CallBinding call)
    {
        if (call.Syntax.Arguments[0] is not MapSyntax map)
            return call.Problem(call.Syntax.Arguments[0].Span, "delete() takes a map", "delete(@map, key)");
        if (call.Syntax.Arguments.Length == 2)
        {
            var key = call.Syntax.Arguments[1];
            map = map with { Keys = key is TupleSyntax tuple ? tuple.Items : [key] };
        }

        if (call.FindMap(map) is not { } symbol)
            return call.Undefined(map);
        symbol.IsEmptied = true;
        var keys = call.BindKeys(symbol, map);
        return keys is null ? call.Failed : call.Done(keys.Value, symbol, TraceType.Bool);
    }

    internal override int Emit(ClauseEmitter e, BoundCall call) => e.Maps.Delete((MapSymbol)call.Data!, call.Arguments);
}

/// <summary><c>strftime(format, nanoseconds)</c>: a moment that is formatted in user space.</summary>
internal sealed class StrftimeFunction : FunctionDefinition
{
    public override string Name => "strftime";
    public override string Signature => "strftime(format, nsecs)";
    public override string Summary => "A moment as text: %H:%M:%S and so on.";
    public override string Example => "tracepoint:sched:sched_process_exec { printf(\"%s %s\\n\", strftime(\"%H:%M:%S\", nsecs), comm); }";
    public override (int Least, int Most) Arity => (2, 2);

    internal override BoundExpression Bind(CallBinding call)
    {
        if (call.Syntax.Arguments[0] is not StringSyntax format)
            return call.Problem(call.Syntax.Arguments[0].Span, "the format must be a string literal", "strftime(\"%H:%M:%S\", nsecs)");
        var moment = call.Bind(1);
        if (moment.Type is ErrorType)
            return call.Failed;
        if (moment is BoundCall { Definition: NsecsFunction, Data: string and not "boot" and var clock })
        {
            if (clock == "monotonic")
                return call.Problem(moment.Span, "the monotonic clock does not tell the time of day", "strftime(\"%H:%M:%S\", nsecs)");
            // What is formatted counts from boot.
            var offset = new BoundConstant(call.Target.TaiOffset, TraceType.Int64, moment.Span);
            moment = new BoundBinary(moment, Operators.Binary["-"], offset, TraceType.UInt64, moment.Span);
        }

        return moment.Type is IntegerType
            ? call.Done([moment], null, new TimestampType(format.Value))
            : call.Problem(moment.Span, $"strftime() takes nanoseconds, not {moment.Type.WithArticle}", "strftime(\"%H:%M:%S\", nsecs)");
    }

    internal override int Emit(ClauseEmitter e, BoundCall call) => e.Scalar(call.Arguments[0]);
}

/// <summary><c>time([format])</c>: prints the time.</summary>
internal sealed class TimeFunction : FunctionDefinition
{
    private const string DefaultFormat = "%H:%M:%S\n";

    public override string Name => "time";
    public override string Signature => "time([format])";
    public override string Summary => "Prints the time of the event.";
    public override string Example => "interval:s:1 { time(\"%H:%M:%S\\n\"); }";
    public override (int Least, int Most) Arity => (0, 1);

    internal override BoundExpression Bind(CallBinding call)
    {
        string format = DefaultFormat;
        if (call.Syntax.Arguments.Length == 1)
        {
            if (call.Syntax.Arguments[0] is not StringSyntax given)
                return call.Problem(call.Syntax.Arguments[0].Span, "the format must be a string literal", "time(\"%H:%M:%S\\n\")");
            format = given.Value;
        }

        var now = CatalogIndex.FindBuiltin("nsecs")!;
        return call.Done([new BoundBuiltin(now, call.Probe, new TimestampType(format), call.Syntax.Span)], null, TraceType.None);
    }

    internal override bool SendsEvents(BoundCall call) => true;

    internal override int Emit(ClauseEmitter e, BoundCall call)
    {
        e.Events.Emit(fields => new TimeEvent(fields), call.Arguments);
        return 0;
    }
}
