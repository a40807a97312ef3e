using System.Runtime.InteropServices;

namespace Ctrace.Runtime.Symbols;

/// <summary>The library that the kernel puts into every process (vdso(7)). It has no file: our own copy is the same as all others.</summary>
internal static unsafe partial class Vdso
{
    /// <summary>What /proc/PID/maps calls it.</summary>
    public const string Name = "[vdso]";

    private const int AddressEntry = 33;

    private static readonly Lazy<ElfFile?> OwnFile = new(Read);
    private static readonly Lazy<BinarySymbols?> Own = new(() => File is { } file ? new BinarySymbols(file, 0, demangles: false) : null);

    /// <summary>Its content; null where the kernel has none.</summary>
    public static ElfFile? File => OwnFile.Value;

    /// <summary>Its symbols; null where the kernel has none.</summary>
    public static BinarySymbols? Symbols => Own.Value;

    private static ElfFile? Read()
    {
        ulong start = getauxval(AddressEntry);
        var mapping = Mapping.ReadAll(Environment.ProcessId)?.Find(m => m.File == Name && m.Start == start);
        if (mapping is null || start == 0)
            return null;
        byte[] bytes = new ReadOnlySpan<byte>((void*)start, (int)(mapping.End - start)).ToArray();
        return ElfFile.TryRead(Name, ByteSource.Of(bytes));
    }

    [LibraryImport("libc")]
    private static partial ulong getauxval(ulong type);
}
