using System.Runtime.InteropServices;
using Ctrace.Compiler.Values;

namespace Ctrace.Repl.Rendering;

/// <summary>Network addresses as people write them; IP addresses by the C library, so that they look as everywhere.</summary>
internal static unsafe partial class AddressText
{
    /// <summary>INET6_ADDRSTRLEN.</summary>
    private const int LongestAddress = 46;

    /// <summary>Writes an IP address; nothing for another family.</summary>
    internal static void Write(ByteWriter output, InternetAddressValue address)
    {
        byte* text = stackalloc byte[LongestAddress];
        fixed (byte* bytes = address.Bytes.Span)
            if (inet_ntop(address.Family, bytes, text, LongestAddress) != null)
                output.Write(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text));
    }

    /// <summary>Writes a card's address: <c>00:11:22:AA:BB:CC</c>.</summary>
    internal static void Write(ByteWriter output, HardwareAddressValue address)
    {
        var bytes = address.Bytes.Span;
        for (int i = 0; i < bytes.Length; i++)
        {
            if (i > 0)
                output.Write((byte)':');
            bytes[i].TryFormat(output.Reserve(2), out int size, "X2");
            output.Advance(size);
        }
    }

    [LibraryImport("libc")]
    private static partial byte* inet_ntop(int family, byte* address, byte* text, uint size);
}
