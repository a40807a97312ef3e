using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Ctrace.Compiler.Layouts;
using Ctrace.Compiler.Symbols;
using Ctrace.Repl.Rendering;
using Ctrace.Repl.Rendering.Profiles;
using Ctrace.Runtime;

namespace Ctrace.Repl.Tests.Profiles;

/// <summary>Profiles and maps with stacks to try writers on.</summary>
internal static class ProfileSamples
{
    /// <summary>Stacks as folded text gives them; functions that end in <c>_k</c> are the kernel's, and names in brackets no functions.</summary>
    internal static StackProfile Profile(string name, params (string Stack, ulong Value)[] samples) =>
        new(name, "count", true, [.. samples.Select(s => new ProfileSample([.. s.Stack.Split(';').Select(Frame)], s.Value, []))]);

    internal static string Folded(StackProfile profile, bool withName = false)
    {
        var output = new ByteWriter();
        FoldedWriter.Write(output, profile, withName);
        return System.Text.Encoding.UTF8.GetString(output.Written);
    }

    /// <summary>A map by a stack of the kernel and a process's name, with plain numbers.</summary>
    internal static MapSnapshot Map(string[] keyNames, bool signed, params (ulong[] Stack, string Comm, long Value)[] rows)
    {
        var layout = TupleType.Of([new StackType(false, StackMode.Symbols, 4), new StringType(16)]);
        var shape = new MapShape(layout.Elements, [.. keyNames], [new MapColumn("value", 0, new PlainContent(new IntegerType(8, signed)))], -1, false, 0, 0);
        var spec = new MapSpec("@cpu", BpfMapType.Hash, layout.Size, 8, 10, MapRole.User, shape, default);
        return new MapSnapshot(spec, [.. rows.Select(row =>
        {
            byte[] key = new byte[layout.Size];
            MemoryMarshal.AsBytes<ulong>(row.Stack).CopyTo(key);
            System.Text.Encoding.UTF8.GetBytes(row.Comm).CopyTo(key.AsSpan(layout.Elements[1].Offset));
            return new MapRow(key, BitConverter.GetBytes(row.Value));
        })], []);
    }

    private static ProfileFrame Frame(string name) =>
        new(name, name.EndsWith("_k", StringComparison.Ordinal) ? FrameKind.Kernel : name[0] == '[' ? FrameKind.Label : FrameKind.User);
}
