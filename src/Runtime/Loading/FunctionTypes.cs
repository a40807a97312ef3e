using System.Runtime.InteropServices;
using System.Text;
using Ctrace.Compiler;
using Ctrace.Runtime.Sys;

namespace Ctrace.Runtime.Loading;

/// <summary>
/// The type information that a program is loaded with: the names of its functions, and what the first one's context is. The kernel asks for it
/// where a program hands it a function to call back (check_ld_imm in kernel/bpf/verifier.c); by it other programs can be attached to this one
/// (<c>fentry:bpf:NAME</c>), and tools show its names.
/// </summary>
internal sealed class FunctionTypes : IDisposable
{
    private const int HeaderSize = 24, StaticLinkage = 0;

    /// <summary>enum of include/uapi/linux/btf.h.</summary>
    private const uint KindInteger = 1, KindPointer = 2, KindStructure = 4, KindFunction = 12, KindPrototype = 13;

    /// <summary>Ids of the types that are always there, in their order.</summary>
    private const uint Integer = 1, Prototype = 2, Word = 3, Registers = 4, ContextPointer = 5, Main = 6;

    private readonly FileDescriptor _descriptor;

    private FunctionTypes(FileDescriptor descriptor, uint[] records) => (_descriptor, Records) = (descriptor, records);

    /// <summary>For the system call.</summary>
    public int Fd => _descriptor.Number;

    /// <summary>struct bpf_func_info, one after the other: where a function starts, in slots, and its type.</summary>
    public uint[] Records { get; }

    /// <summary>Tells the kernel about a program's functions; null where it takes no type information.</summary>
    public static FunctionTypes? Of(BpfProgram program)
    {
        int fd = Bpf.LoadTypes(Describe(program));
        if (fd < 0)
            return null;
        int[] starts = [0, .. program.Callbacks];
        return new FunctionTypes(new FileDescriptor(fd), [.. starts.SelectMany((slot, index) => new[] { (uint)slot, Main + 1 + (uint)index })]);
    }

    /// <inheritdoc/>
    public void Dispose() => _descriptor.Dispose();

    /// <summary>What the kernel takes for the context of programs of this type.</summary>
    private static uint Context(BpfProgramType type) => type switch
    {
        BpfProgramType.Kprobe => Registers,
        BpfProgramType.RawTracepoint or BpfProgramType.Tracing => Word,
        _ => 0,
    };

    /// <summary>The kernel takes C's identifiers only, and programs on addresses have names that begin with a digit.</summary>
    private static string Identifier(string name) => name.Length > 0 && !char.IsAsciiDigit(name[0]) ? name : "_" + name;

    private static byte[] Describe(BpfProgram program)
    {
        var names = new StringBuilder("\0");
        uint Text(string name)
        {
            uint place = (uint)names.Length;
            names.Append(name).Append('\0');
            return place;
        }

        var words = new List<uint>
        {
            // int, 32 bits, signed
            Text("int"), KindInteger << 24, 4, 1 << 24 | 32,
            // int ()
            0, KindPrototype << 24, Integer,
            // unsigned long long, 64 bits
            Text("unsigned long long"), KindInteger << 24, 8, 64,
            // struct pt_regs, whose members the kernel knows
            Text("pt_regs"), KindStructure << 24, 0,
            // its context
            0, KindPointer << 24, Context(program.Type),
            // int (context)
            0, KindPrototype << 24 | 1, Integer, Text("ctx"), ContextPointer,
            Text(Identifier(program.Name)), KindFunction << 24 | StaticLinkage, Main,
        };
        for (int i = 0; i < program.Callbacks.Length; i++)
            words.AddRange([Text($"function_{i + 1}"), KindFunction << 24 | StaticLinkage, Prototype]);

        byte[] text = Encoding.ASCII.GetBytes(names.ToString());
        byte[] types = MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(words)).ToArray();
        uint[] header = [0xeb9f | 1 << 16, HeaderSize, 0, (uint)types.Length, (uint)types.Length, (uint)text.Length];
        return [.. MemoryMarshal.AsBytes(header.AsSpan()), .. types, .. text];
    }
}
