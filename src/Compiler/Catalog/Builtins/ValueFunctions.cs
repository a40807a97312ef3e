using System.Text;
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

    /// <summary>More than any text that is read.</summary>
    private const int Largest = 1 << 20;

    internal override BoundExpression Bind(CallBinding call)
    {
        // str($1): the parameter as text, even if it looks like a number.
        if (call.Syntax.Arguments[0] is ParameterSyntax { Index: > 0 } parameter)
            return call.ParameterText(parameter);
        // str($1 + 2): the same without its first characters, as in bpftrace.
        if (call.Syntax.Arguments[0] is BinarySyntax { Operator: "+", Left: ParameterSyntax { Index: > 0 } whole, Right: IntegerSyntax { Value: >= 0 and var skipped } })
            return call.ParameterText(whole) is BoundString given ? given with { Bytes = [.. given.Bytes.Skip((int)Math.Min(skipped, given.Bytes.Length))] } : call.Failed;
        var pointer = call.Bind(0);
        // A number that is written out, or computed of such, is no address: as bpftrace, its digits.
        if (pointer is BoundConstant { Type: IntegerType, Value: >= 0 } number && call.Syntax.Arguments[0] is IntegerSyntax or BinarySyntax or ParameterSyntax)
            pointer = new BoundString([.. Encoding.ASCII.GetBytes($"{number.Value}")], number.Span);
        if (pointer.Type is ErrorType || pointer.Type is StringType && call.Syntax.Arguments.Length == 1)
            return pointer;
        if (pointer.Type is StringType text)
        {
            return call.Constant(1, 1, Largest, "the size of a string") is not { } kept ? call.Failed
                : pointer is BoundString literal ? new BoundString([.. literal.Bytes.Take((int)Math.Min(kept, int.MaxValue) - 1)], literal.Span)
                : call.Done([pointer], null, new StringType((int)Math.Min(kept, text.Capacity)));
        }

        if (pointer.Type is not (IntegerType or PointerType))
            return call.Problem(pointer.Span, $"str() reads from an address, not from {pointer.Type.WithArticle}", "str(args.filename)");
        // One byte more than is shown: a text that has it was cut.
        int limit = call.Options.MaxStringLength;
        var longest = new StringType(TupleType.Align(limit + 1, 8), limit, call.Options.TruncationTrailer);
        if (call.Syntax.Arguments.Length == 1)
            return call.Done([pointer], null, longest);
        var size = call.Bind(1);
        return size switch
        {
            { Type: ErrorType } => call.Failed,
            BoundConstant { Value: < 1 or > Largest } => call.Problem(size.Span, $"the size of a string is 1 to {Largest}", null),
            BoundConstant { Type: IntegerType, Value: var most } => call.Done([pointer], null, most <= limit ? new StringType((int)most) : longest),
            { Type: IntegerType } => call.Done([pointer, size], null, longest with { Limit = 0 }),
            _ => call.Problem(size.Span, $"the size of a string is an integer, not {size.Type.WithArticle}", null),
        };
    }

    internal override void EmitInto(ClauseEmitter e, BoundCall call, Place place, bool padded)
    {
        var pointer = call.Arguments[0];
        var type = (StringType)call.Type;
        if (padded)
            e.Texts.Zero(place, type.Capacity);
        if (pointer.Type is StringType)
        {
            e.Texts.Remember(place, type.Capacity, e.Ir.Call(Helper.ProbeReadKernelString, place, Argument.Constant(type.Capacity), e.Memory.Locate(pointer)), padded);
            return;
        }

        int address = e.Scalar(pointer);
        var size = call.Arguments.Length > 1 ? Bounded(e, call.Arguments[1], e.Program.Options.MaxStringLength)
            : Argument.Constant(type.Limit > 0 ? type.Limit + 1 : type.Capacity);
        int length = e.Ir.NewRegister();
        if (pointer.Type is PointerType { Space: var space and not AddressSpace.Any })
        {
            e.Ir.Move(length, Read(e, space == AddressSpace.User, place, size, address));
        }
        else
        {
            // An address of unknown kind: the kernel's have the top bit set, on every CPU we run on.
            int kernel = e.Ir.NewLabel(), done = e.Ir.NewLabel();
            e.Ir.JumpIfConstant(Opcodes.JumpSignedLess, address, 0, kernel);
            e.Ir.Move(length, Read(e, true, place, size, address));
            e.Ir.Jump(done);
            e.Ir.Mark(kernel);
            e.Ir.Move(length, Read(e, false, place, size, address));
            e.Ir.Mark(done);
        }

        if (type.Limit > 0)
            e.CountIfCut(length, type.Limit + 1);
        e.Texts.Remember(place, type.Capacity, length, padded);
    }

    /// <summary>A size that only the running program knows, and at most what there is room for.</summary>
    private static Argument Bounded(ClauseEmitter e, BoundExpression size, int most)
    {
        int bounded = e.Ir.Copy(e.Scalar(size)), fits = e.Ir.NewLabel();
        e.Ir.JumpIfConstant(Opcodes.JumpLessOrEqual, bounded, most, fits);
        e.Ir.SetConstant(bounded, most);
        e.Ir.Mark(fits);
        return Argument.Of(bounded);
    }

    private static int Read(ClauseEmitter e, bool user, Place place, Argument size, int address) =>
        e.NoteFailure(e.Ir.Call(user ? Helper.ProbeReadUserString : Helper.ProbeReadKernelString,
            Argument.Address(place.Base, place.Offset), size, Argument.Of(address)), user ? "probe_read_user_str" : "probe_read_kernel_str");
}

/// <summary><c>delete(@map[key])</c>.</summary>
internal sealed class DeleteFunction : FunctionDefinition
{
    public override string Name => "delete";
    public override string Signature => "delete(@map, key) or delete(@map[key])";
    public override string Summary => "Removes one entry of a map; true when there was one.";
    public override string Example => "tracepoint:syscalls:sys_enter_read { @start[tid] = nsecs; } tracepoint:syscalls:sys_exit_read { delete(@start, tid); }";
    public override (int Least, int Most) Arity => (1, 2);

    /// <inheritdoc/>
    internal override bool HasEffect => true;

    internal override BoundExpression Bind(CallBinding call)
    {
        if (call.Syntax.Arguments[0] is not MapSyntax map)
            return call.Problem(call.Syntax.Arguments[0].Span, "delete() takes a map", "delete(@map, key)");
        if (call.Syntax.Arguments.Length == 2)
        {
            var key = call.Syntax.Arguments[1];
            map = map with { Keys = key is TupleSyntax { Names: [] } tuple ? tuple.Items : [key] };
        }

        if (call.FindMap(map) is not { } symbol)
            return call.Undefined(map);
        symbol.IsEmptied = symbol.IsLookedUp = true;
        var keys = call.BindKeys(symbol, map);
        return keys is null ? call.Failed : call.Done(keys.Value, symbol, TraceType.Bool);
    }

    internal override int Emit(ClauseEmitter e, BoundCall call) => e.Maps.Delete((MapSymbol)call.Data!, call.Arguments);
}

/// <summary><c>has_key(@map, key)</c>.</summary>
internal sealed class HasKeyFunction : FunctionDefinition
{
    public override string Name => "has_key";
    public override string Signature => "has_key(@map, key)";
    public override string Summary => "Whether a map has an entry for a key.";
    public override string Example => "tracepoint:syscalls:sys_enter_read { @start[tid] = nsecs; } tracepoint:syscalls:sys_exit_read /has_key(@start, tid)/ { @ = count(); }";
    public override (int Least, int Most) Arity => (2, 2);

    internal override BoundExpression Bind(CallBinding call)
    {
        if (call.Syntax.Arguments[0] is not MapSyntax { Keys: [] } map)
            return call.Problem(call.Syntax.Arguments[0].Span, "has_key() takes a map", Signature);
        if (call.FindMap(map) is not { } symbol)
            return call.Undefined(map);
        var key = call.Syntax.Arguments[1];
        symbol.IsEmptied = symbol.IsLookedUp = true;
        if (call.BindKeys(symbol, map with { Keys = key is TupleSyntax { Names: [] } tuple ? tuple.Items : [key] }) is not { } keys)
            return call.Failed;
        return symbol.HasKey ? call.Done(keys, symbol, TraceType.Bool) : call.Problem(map.Span, $"{symbol.Name} has no keys", null);
    }

    internal override int Emit(ClauseEmitter e, BoundCall call) => e.Maps.HasKey((MapSymbol)call.Data!, call.Arguments);
}

/// <summary><c>strftime(format, nanoseconds)</c>: a moment that is formatted in user space.</summary>
internal sealed class StrftimeFunction : FunctionDefinition
{
    public override string Name => "strftime";
    public override string Signature => "strftime(format, nsecs)";
    public override string Summary => "A moment as text: %H:%M:%S and so on, and of the second %f microseconds, %l milliseconds, %k nanoseconds.";
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

    /// <inheritdoc/>
    internal override bool HasEffect => true;

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
