using System.Runtime.InteropServices;
using System.Text;

namespace Ctrace.Runtime.Symbols.Demangling;

/// <summary>
/// Symbols of C++ (the Itanium ABI), by the C++ library's own function for it, <c>__cxa_demangle</c>. The library is loaded when the first
/// such symbol is shown; on a machine that has none, symbols stay as they are.
/// </summary>
internal static unsafe class CppDemangler
{
    private static readonly string[] Libraries = ["libstdc++.so.6", "libc++abi.so.1", "libc++.so.1"];

    private static readonly Lazy<nint> Function = new(Find);

    /// <summary>Whether there is a library that knows how.</summary>
    public static bool IsAvailable => Function.Value != 0;

    /// <summary>The name; null where the symbol is none of C++, or nobody can say.</summary>
    public static string? Demangle(string symbol)
    {
        var function = (delegate* unmanaged<byte*, byte*, nuint*, int*, byte*>)Function.Value;
        if (function is null)
            return null;
        byte[] text = new byte[Encoding.UTF8.GetMaxByteCount(symbol.Length) + 1];
        Encoding.UTF8.GetBytes(symbol, text);
        int status;
        byte* name;
        fixed (byte* bytes = text)
            name = function(bytes, null, null, &status);
        if (name is null)
            return null;
        try
        {
            return status == 0 ? Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name)) : null;
        }
        finally
        {
            NativeMemory.Free(name);
        }
    }

    private static nint Find()
    {
        foreach (string library in Libraries)
            if (NativeLibrary.TryLoad(library, out nint handle) && NativeLibrary.TryGetExport(handle, "__cxa_demangle", out nint function))
                return function;
        return 0;
    }
}
