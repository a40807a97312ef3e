using System.Collections.Immutable;
using Ctrace.Compiler.Bytecode;
using Ctrace.Compiler.Catalog.Aggregations;
using Ctrace.Compiler.Layouts;
using Ctrace.Compiler.Lowering;
using Ctrace.Compiler.Text;

namespace Ctrace.Compiler.Tests;

/// <summary>An aggregation's code on its own: value from the context, slot in a map.</summary>
internal static class HistogramCode
{
    public static byte[] Run(AggregateContent content, long value)
    {
        var ir = new IrBuilder();
        int slot = ir.MapValue(0), register = ir.Load(1, 0, 8);
        content.Definition.Emit(new AggregateContext(ir, slot, 0, register, content.Parameters, content.Signed, false));
        ir.Exit();
        var code = Assembler.Assemble([new RegisterAllocator(ControlFlow.Clean(ir.Code), 0).Run()!])!.Value.Code;
        var map = new MapSpec("@", BpfMapType.Array, 4, content.Size, 1, MapRole.User, null, default);
        var program = new TraceProgram(new SourceText(""), [map], [new BpfProgram("x", BpfProgramType.Tracepoint, code, default)], [], [], [], [], [], []);
        var interpreter = new Interpreter(program, BitConverter.GetBytes(value));
        interpreter.Run(0);
        return interpreter.Maps[0];
    }
}
