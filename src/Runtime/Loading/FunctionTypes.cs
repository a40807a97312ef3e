using System.Buffers.Binary;
using System.Text;
using Ctrace.Compiler;
using Ctrace.Runtime.Sys;

namespace Ctrace.Runtime.Loading;

/// <summary>
/// The type information that the kernel asks for where a program hands it a function to call back (check_ld_imm in
/// kernel/bpf/verifier.c): each function has a name and is static, and that is all it says of them.
/// </summary>
internal sealed class FunctionTypes : IDisposable
{
    private const int HeaderSize = 24, StaticLinkage = 0;

    /// <summary>enum of include/uapi/linux/btf.h.</summary>
    private const uint KindInteger = 1, KindFunction = 12, KindPrototype = 13;

    private readonly FileDescriptor _descriptor;

    private FunctionTypes(FileDescriptor descriptor, uint[] records) => (_descriptor, Records) = (descriptor, records);

    /// <summary>For the system call.</summary>
    public int Fd => _descriptor.Number;

    /// <summary>struct bpf_func_info, one after the other: where a function starts, in slots, and its type.</summary>
    public uint[] Records { get; }

    /// <summary>Tells the kernel about a program's functions; null where it has only one, or where the kernel takes no type information.</summary>
    public static FunctionTypes? Of(BpfProgram program)
    {
        if (program.Callbacks.IsEmpty)
            return null;
        int fd = Bpf.LoadTypes(Describe(program.Callbacks.Length + 1));
        if (fd < 0)
            return null;
        // Types 1 and 2 are the integer and the prototype.
        int[] starts = [0, .. program.Callbacks];
        return new FunctionTypes(new FileDescriptor(fd), [.. starts.SelectMany((slot, index) => new[] { (uint)slot, (uint)(3 + index) })]);
    }

    /// <inheritdoc/>
    public void Dispose() => _descriptor.Dispose();

    private static byte[] Describe(int functions)
    {
        var names = new StringBuilder("\0int\0");
        var words = new List<uint>
        {
            // int, 32 bits, signed
            1, KindInteger << 24, 4, 1 << 24 | 32,
            // int ()
            0, KindPrototype << 24, 1,
        };
        for (int i = 0; i < functions; i++)
        {
            words.AddRange([(uint)names.Length, KindFunction << 24 | StaticLinkage, 2]);
            names.Append($"function_{i}\0");
        }

        byte[] text = Encoding.ASCII.GetBytes(names.ToString());
        uint typeSize = (uint)words.Count * 4;
        uint[] header = [0xeb9f | 1 << 16, HeaderSize, 0, typeSize, typeSize, (uint)text.Length];
        byte[] result = new byte[HeaderSize + typeSize + text.Length];
        int at = 0;
        foreach (uint word in header.Concat(words))
        {
            BinaryPrimitives.WriteUInt32LittleEndian(result.AsSpan(at), word);
            at += 4;
        }

        text.CopyTo(result, at);
        return result;
    }
}
