using Ctrace.Compiler.Binding;
using Ctrace.Compiler.Bytecode;
using Ctrace.Compiler.Layouts;
using Ctrace.Compiler.Lowering;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Syntax;

namespace Ctrace.Compiler.Catalog.Builtins;

/// <summary><c>skboutput("file", skb, length, offset)</c>: the kernel copies a packet behind a record of ours.</summary>
internal sealed class SkboutputFunction : FunctionDefinition
{
    /// <summary>The length's bits in the flags (BPF_F_CTXLEN_MASK), and BPF_F_CURRENT_CPU, from include/uapi/linux/bpf.h.</summary>
    private const long LargestLength = 0xfffff, CurrentCpu = 0xffffffff;

    /// <summary>What the kernel says when the buffer is full.</summary>
    private const long NoSpace = -28;

    public override string Name => "skboutput";
    public override string Signature => "skboutput(\"file\", skb, length, offset)";
    public override string Summary => "Writes a packet to a capture file, in fentry and fexit probes only; 0, or a negative error.";
    public override string Example => "fentry:__netif_receive_skb { skboutput(\"all.pcap\", args.skb, args.skb.len, 0); }";
    public override (int Least, int Most) Arity => (4, 4);

    /// <inheritdoc/>
    internal override bool HasEffect => true;

    internal override BoundExpression Bind(CallBinding call)
    {
        call.NoteProbe();
        if (call.Syntax.Arguments[0] is not StringSyntax { Value.Length: > 0 } file)
            return call.Problem(call.Syntax.Arguments[0].Span, "the file's name must be a string literal", "skboutput(\"all.pcap\", …)");
        // Kprobes in the place of a trampoline don't know what they point to.
        if (call.Probe.Function is null || call.Probe.HasRegisters)
            return call.Problem(call.Syntax.Span, $"skboutput() is not available in {call.Probe.Name}", "only fentry and fexit probes with a struct sk_buff can have it");
        var arguments = call.BindAll(1);
        if (arguments.Any(a => a.Type is ErrorType))
            return call.Failed;
        var packet = arguments[0];
        if (packet.Type is not PointerType { Target: StructureType { CName: "struct sk_buff" } })
            return call.Problem(packet.Span, $"skboutput() takes a struct sk_buff *, not {packet.Type.WithArticle}", null);
        if (!TrustedPointer.IsKnown(packet))
            return call.Problem(packet.Span, "skboutput() takes only what is reached from the probe's own arguments", "skboutput(\"all.pcap\", args.skb, …), not a variable or a map's value");
        if (arguments.Skip(1).FirstOrDefault(a => a.Type is not IntegerType) is { } other)
            return call.Problem(other.Span, $"this is a number of bytes, not {other.Type.WithArticle}", null);
        return call.Done(arguments, file.Value, TraceType.Int64);
    }

    internal override int Emit(ClauseEmitter e, BoundCall call)
    {
        var ir = e.Ir;
        int index = e.Program.Events.Count, result = ir.Constant(-14), done = ir.NewLabel(); // EFAULT: there is no packet
        e.Program.Events.Add(new PacketEvent((string)call.Data!));
        int flags = ir.Copy(e.Scalar(call.Arguments[1])), offset = e.Scalar(call.Arguments[2]);
        var record = e.Memory.Allocate(PacketEvent.DataOffset) with { IsOwned = false };
        ir.StoreConstant(record.Base, record.Offset, index, 8);
        ir.Store(record.Base, record.Offset + PacketEvent.TimeOffset, ir.Call(Helper.KtimeGetBootNs), 8);
        ir.Store(record.Base, record.Offset + PacketEvent.SkippedOffset, offset, 8);
        int packet = TrustedPointer.Emit(e, call.Arguments[0], done);
        ir.AluConstant(Opcodes.And, flags, LargestLength);
        ir.Store(record.Base, record.Offset + PacketEvent.LengthOffset, flags, 8);
        ir.AluConstant(Opcodes.ShiftLeft, flags, 32);
        ir.Alu(Opcodes.Or, flags, ir.Constant(CurrentCpu));
        ir.Move(result, ir.Call(Helper.SkbOutput, Argument.Of(packet), Argument.Map(e.Program.PacketsMap), Argument.Of(flags), record, Argument.Constant(PacketEvent.DataOffset)));
        ir.JumpIfConstant(Opcodes.JumpNotEqual, result, NoSpace, done);
        e.CountLoss(LossCause.EventBufferFull, null);
        ir.Mark(done);
        return result;
    }
}
