using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Ctrace.Compiler.Binding;
using Ctrace.Compiler.Lowering;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Syntax;

namespace Ctrace.Compiler.Catalog.Builtins;

/// <summary>Bytes that are known: what <c>pton</c> gives.</summary>
internal sealed record BoundBytes(ImmutableArray<byte> Bytes, Text.TextSpan Span) : BoundExpression(new BytesType(Bytes.Length), Span);

/// <summary><c>ntop([family, ]address)</c>.</summary>
internal sealed class NtopFunction : FunctionDefinition
{
    public override string Name => "ntop";
    public override string Signature => "ntop([family,] address)";
    public override string Summary => "An IP address as people write it, from an integer in network order (IPv4) or from 4 or 16 bytes.";
    public override string Example => "begin { printf(\"%s %s\\n\", ntop(0x0100007f), ntop(pton(\"::1\"))); exit(); }";
    public override (int Least, int Most) Arity => (1, 2);

    internal override BoundExpression Bind(CallBinding call)
    {
        var arguments = call.BindAll(0);
        if (arguments.Any(a => a.Type is ErrorType))
            return call.Failed;
        if (arguments.Length == 2 && arguments[0].Type is not IntegerType)
            return call.Problem(arguments[0].Span, $"the family is an integer, not {arguments[0].Type.WithArticle}", "AF_INET is 2, AF_INET6 is 10");
        var address = arguments[^1];
        return address.Type is IntegerType or PointerType or BytesType { Length: 4 or 16 } or ArrayType { Size: 4 or 16, Element.Size: 1 }
            ? call.Done(arguments, null, new InternetAddressType())
            : call.Problem(address.Span, $"ntop() takes an integer or 4 or 16 bytes, not {address.Type.WithArticle}", null);
    }

    /// <summary>A field of 4 or 16 bytes that is called an address, as the kernel's formats of sockets have them, is shown as one.</summary>
    internal BoundExpression OfField(BoundExpression value) =>
        value is BoundField { Field.Name: var name, Type: BytesType { Length: 4 or 16 } or ArrayType { Size: 4 or 16, Element.Size: 1 } }
            && (name.EndsWith("addr", StringComparison.Ordinal) || name.EndsWith("addr_v6", StringComparison.Ordinal))
            ? new BoundCall(this, [value], null, new InternetAddressType(), value.Span) : value;

    internal override void EmitInto(ClauseEmitter e, BoundCall call, Place place, bool padded)
    {
        var address = call.Arguments[^1];
        int length = address.Type is BytesType or ArrayType ? address.Type.Size : 4;
        if (call.Arguments.Length == 2)
            e.Ir.Store(place.Base, place.Offset, e.Scalar(call.Arguments[0]), 4);
        else
            e.Ir.StoreConstant(place.Base, place.Offset, length == 4 ? InternetAddressType.Version4 : InternetAddressType.Version6, 4);
        if (address.Type is PointerType pointer)
        {
            // 16 bytes are read where the family says so; an unreadable address is all zeros.
            e.Memory.Zero(place.At(4), 16);
            e.ReadMemory(place.At(4), e.Scalar(address), 16, pointer.IsUser);
            return;
        }

        if (address.Type is BytesType or ArrayType)
            e.Memory.Copy(place.At(4), e.Memory.Locate(address), length);
        else
            e.Ir.Store(place.Base, place.Offset + 4, e.Scalar(address), 4);
        e.Memory.Zero(place.At(4 + length), 16 - length);
    }
}

/// <summary><c>pton("address")</c>: known while compiling.</summary>
internal sealed class PtonFunction : FunctionDefinition
{
    public override string Name => "pton";
    public override string Signature => "pton(\"address\")";
    public override string Summary => "The 4 or 16 bytes of an IP address.";
    public override string Example => "begin { print(pton(\"127.0.0.1\")); exit(); }";
    public override (int Least, int Most) Arity => (1, 1);

    internal override BoundExpression Bind(CallBinding call)
    {
        if (call.Syntax.Arguments[0] is not StringSyntax text)
            return call.Problem(call.Syntax.Arguments[0].Span, "the address must be a string literal", "pton(\"127.0.0.1\")");
        bool good = IPAddress.TryParse(text.Value, out var address)
            && (address.AddressFamily == AddressFamily.InterNetworkV6 ? !text.Value.Contains('%') && !text.Value.Contains('[') : IsDotted(text.Value));
        return good
            ? new BoundBytes([.. address!.GetAddressBytes()], call.Syntax.Span)
            : call.Problem(text.Span, $"'{text.Value}' is no IPv4 or IPv6 address", "pton(\"127.0.0.1\") or pton(\"::1\")");
    }

    /// <summary>Four decimal numbers: the shorter and octal forms that old programs take are more often mistakes.</summary>
    private static bool IsDotted(string text) =>
        text.Split('.') is { Length: 4 } parts && parts.All(p => byte.TryParse(p, NumberStyles.None, CultureInfo.InvariantCulture, out byte n) && n.ToString(CultureInfo.InvariantCulture) == p);
}

/// <summary><c>macaddr(bytes)</c>.</summary>
internal sealed class MacaddrFunction : FunctionDefinition
{
    private const int Length = 6;

    public override string Name => "macaddr";
    public override string Signature => "macaddr(bytes)";
    public override string Summary => "A network card's address, from 6 bytes or from where they are in memory.";
    public override string Example => "rawtracepoint:net_dev_queue { @[macaddr(arg0)] = count(); }";
    public override (int Least, int Most) Arity => (1, 1);

    internal override BoundExpression Bind(CallBinding call)
    {
        var value = call.Bind(0);
        return value.Type switch
        {
            ErrorType => value,
            IntegerType { Size: 8 } or PointerType or BytesType { Length: >= Length } or ArrayType { Size: >= Length } or StringType { Capacity: >= Length } => call.Done([value], null, new HardwareAddressType()),
            BytesType => call.Problem(value.Span, $"macaddr() takes at least {Length} bytes, and this is {value.Type.WithArticle}", null),
            _ => call.Problem(value.Span, $"macaddr() takes {Length} bytes or their address, not {value.Type.WithArticle}", null),
        };
    }

    internal override void EmitInto(ClauseEmitter e, BoundCall call, Place place, bool padded)
    {
        var value = call.Arguments[0];
        if (value.Type.IsScalar)
            e.ReadMemory(place, e.Scalar(value), Length, (value.Type as PointerType)?.IsUser);
        else
            e.Memory.Copy(place, e.Memory.Locate(value), Length);
    }
}

/// <summary><c>buf(data[, length])</c>.</summary>
internal sealed class BufFunction : FunctionDefinition
{
    public override string Name => "buf";
    public override string Signature => "buf(data[, length])";
    public override string Summary => "Bytes that need not be text, from an address, a string or an array; shown with \\x for what can't be printed.";
    public override string Example => "tracepoint:syscalls:sys_enter_write { printf(\"%r\\n\", buf(args.buf, args.count)); }";
    public override (int Least, int Most) Arity => (1, 2);

    internal override BoundExpression Bind(CallBinding call)
    {
        var arguments = call.BindAll(0);
        if (arguments.Any(a => a.Type is ErrorType))
            return call.Failed;
        var data = arguments[0];
        if (data.Type is not (PointerType or IntegerType or StringType or BytesType or ArrayType { Length: > 0 }))
            return call.Problem(data.Span, $"buf() reads from an address, a string or an array, not from {data.Type.WithArticle}", "buf(args.buf, args.count)");
        int most = call.Options.MaxStringLength;
        if (arguments.Length == 1)
        {
            return data.Type is BytesType or ArrayType
                ? call.Done(arguments, null, new BufferType(data.Type.Size))
                : call.Problem(data.Span, $"buf() needs a length for {data.Type.WithArticle}", "buf(args.buf, args.count)");
        }

        var length = arguments[1];
        if (length.Type is not IntegerType)
            return call.Problem(length.Span, $"the length is an integer, not {length.Type.WithArticle}", null);
        if (length is BoundConstant { Value: var given })
        {
            if (given <= 0)
                return call.Problem(length.Span, "the length must be greater than 0", null);
            most = (int)Math.Min(most, given);
        }

        if (data.Type is StringType or BytesType or ArrayType)
            most = Math.Min(most, data.Type.Size);
        return call.Done(arguments, null, new BufferType(most));
    }

    internal override void EmitInto(ClauseEmitter e, BoundCall call, Place place, bool padded)
    {
        var data = call.Arguments[0];
        int capacity = ((BufferType)call.Type).Length;
        if (padded || call.Arguments.Length == 2 && call.Arguments[1] is not BoundConstant)
            e.Memory.Zero(place, call.Type.Size);
        else
            e.Memory.Zero(place.At(BufferType.LengthSize + capacity), call.Type.Size - BufferType.LengthSize - capacity);
        int? length = null;
        if (call.Arguments.Length == 2 && call.Arguments[1] is not BoundConstant)
        {
            length = e.Ir.Copy(e.Scalar(call.Arguments[1]));
            int fits = e.Ir.NewLabel();
            e.Ir.JumpIfConstant(Bytecode.Opcodes.JumpLessOrEqual, length.Value, capacity, fits);
            e.Ir.SetConstant(length.Value, capacity);
            e.Ir.Mark(fits);
            e.Ir.Store(place.Base, place.Offset, length.Value, 4);
        }
        else
        {
            e.Ir.StoreConstant(place.Base, place.Offset, capacity, 4);
        }

        var content = place.At(BufferType.LengthSize);
        if (data.Type.IsScalar)
        {
            int address = e.Scalar(data);
            e.ReadMemory(content, address, length is { } r ? Argument.Of(r) : Argument.Constant(capacity), (data.Type as PointerType)?.IsUser);
        }
        else if (length is { } size)
        {
            e.Ir.Call(Helper.ProbeReadKernel, content, Argument.Of(size), e.Memory.Locate(data));
        }
        else
        {
            e.Memory.Copy(content, e.Memory.Locate(data), capacity);
        }
    }
}
