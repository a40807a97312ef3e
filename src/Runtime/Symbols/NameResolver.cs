using System.Globalization;
using System.Runtime.InteropServices;
using Ctrace.Compiler.Symbols;
using Ctrace.Runtime.Kernel;
using Ctrace.Runtime.Sys;

namespace Ctrace.Runtime.Symbols;

/// <summary>Names for numbers that the kernel side only hands on. Each is looked up once and remembered.</summary>
/// <param name="symbols">Names addresses.</param>
public sealed partial class NameResolver(Symbolizer symbols)
{
    private readonly Dictionary<(LookupKind, long), string> _names = [];
    private Dictionary<ulong, string>? _cgroups;

    /// <summary>The name of a number.</summary>
    public string Find(LookupKind kind, long number)
    {
        // Processes come and go, and change their names.
        if (kind == LookupKind.Process)
            return ProcessName((int)number);
        if (_names.TryGetValue((kind, number), out string? known))
            return known;
        string name = kind switch
        {
            LookupKind.Error => ErrorTexts.Find((int)number),
            LookupKind.Signal => SignalText((int)number),
            LookupKind.Syscall => SyscallTable.Current?.FindName((int)number) ?? "Unknown syscall",
            LookupKind.User => UserName((uint)number),
            LookupKind.KernelSymbol => symbols.Kernel((ulong)number)?.Name ?? Hexadecimal((ulong)number),
            LookupKind.CgroupPath => CgroupPath((ulong)number),
            _ => number.ToString(CultureInfo.InvariantCulture),
        };
        return _names[(kind, number)] = name;
    }

    /// <summary>The number of a name, or null: the way back, where there is one.</summary>
    public static long? FindNumber(LookupKind kind, string name)
    {
        // Numbers of errors and signals are few; those of system calls are in a table.
        const int MostErrors = 256, MostSignals = 64;
        switch (kind)
        {
            case LookupKind.Error:
                return Enumerable.Range(0, MostErrors).Where(n => ErrorTexts.Find(n) == name && name != "Unknown error").Select(n => (long?)n).FirstOrDefault();
            case LookupKind.Signal:
                return Enumerable.Range(1, MostSignals).Where(n => SignalText(n) == name).Select(n => (long?)n).FirstOrDefault();
            case LookupKind.Syscall:
                return SyscallTable.Current?.Find(name);
            case LookupKind.User:
                // struct passwd: name, password, then the number
                nint entry = getpwnam(name);
                return entry == 0 ? null : (uint)Marshal.ReadInt32(entry + 2 * nint.Size);
            default:
                return null;
        }
    }

    /// <summary>The function at an address of a process; the address itself where nothing is known of it.</summary>
    public string FindUserSymbol(ulong address, int process) => symbols.User(process, address).Name ?? Hexadecimal(address);

    private static string Hexadecimal(ulong address) => address == 0 ? "0" : "0x" + address.ToString("x", CultureInfo.InvariantCulture);

    /// <summary>The C library's words, which say "Unknown error N" for what is none.</summary>
    public static string ErrorText(int number) => Text(strerror(number == int.MinValue ? number : Math.Abs(number))) is { } text && !text.StartsWith("Unknown error", StringComparison.Ordinal)
        ? text : "Unknown error";

    private static string SignalText(int number) => number is >= 0 and <= 64 ? Text(strsignal(number)) ?? "N/A" : "N/A";

    private static string? Text(nint text) => text == 0 ? null : Marshal.PtrToStringUTF8(text);

    private static string UserName(uint id)
    {
        // struct passwd begins with the name.
        nint entry = getpwuid(id);
        return entry != 0 && Text(Marshal.ReadIntPtr(entry)) is { } name ? name : id.ToString(CultureInfo.InvariantCulture);
    }

    private static string ProcessName(int id)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/comm").TrimEnd('\n');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "N/A";
        }
    }

    private string CgroupPath(ulong id)
    {
        // New cgroups come up while we trace: look again for one that is not known.
        if (_cgroups?.ContainsKey(id) != true)
            _cgroups = Cgroups.Paths();
        return _cgroups.TryGetValue(id, out string? path) ? "unified:" + path : "";
    }

#pragma warning disable CS1591, IDE1006, SA1300 // The names are the C library's own.
    [LibraryImport("libc")]
    private static partial nint strerror(int number);

    [LibraryImport("libc")]
    private static partial nint strsignal(int number);

    [LibraryImport("libc")]
    private static partial nint getpwuid(uint id);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint getpwnam(string name);
#pragma warning restore CS1591, IDE1006, SA1300
}
