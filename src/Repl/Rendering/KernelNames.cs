using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Ctrace.Compiler.Layouts;

namespace Ctrace.Repl.Rendering;

/// <summary>Numbers of the kernel's interface with their names, for people.</summary>
internal static partial class KernelNames
{
    /// <summary>MAX_ERRNO, from include/linux/err.h.</summary>
    private const long LowestError = -4095;

    private const long AccessMode = 3;

    /// <summary>From include/uapi/asm-generic/fcntl.h; the first of those that share bits has the most of them.</summary>
    private static readonly (long Bits, string Name)[] OpenFlags =
    [
        (0x101000, "SYNC"), (0x40, "CREAT"), (0x80, "EXCL"), (0x100, "NOCTTY"), (0x200, "TRUNC"), (0x400, "APPEND"), (0x800, "NONBLOCK"), (0x1000, "DSYNC"), (0x2000, "ASYNC"),
        .. IsArm ? ((long, string)[])[(0x404000, "TMPFILE"), (0x4000, "DIRECTORY"), (0x8000, "NOFOLLOW"), (0x10000, "DIRECT"), (0x20000, "LARGEFILE")]
            : [(0x410000, "TMPFILE"), (0x4000, "DIRECT"), (0x8000, "LARGEFILE"), (0x10000, "DIRECTORY"), (0x20000, "NOFOLLOW")],
        (0x40000, "NOATIME"), (0x80000, "CLOEXEC"), (0x200000, "PATH"),
    ];

    private static bool IsArm => RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    /// <summary>The number with its name, as ASCII; null where it is just a number.</summary>
    internal static byte[]? Text(ColumnMeaning meaning, long value) => meaning switch
    {
        ColumnMeaning.SystemCallResult when value is < 0 and >= LowestError && Error((int)-value) is { } name => Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{value} {name}")),
        ColumnMeaning.OpenFlags => Encoding.ASCII.GetBytes(Flags(value)),
        _ => null,
    };

    private static string Flags(long value)
    {
        var names = new List<string> { (value & AccessMode) switch { 0 => "RDONLY", 1 => "WRONLY", 2 => "RDWR", _ => "3" } };
        long rest = value & ~AccessMode & 0xffffffff;
        foreach (var (bits, name) in OpenFlags)
        {
            if ((rest & bits) != bits)
                continue;
            names.Add(name);
            rest &= ~bits;
        }

        if (rest != 0)
            names.Add("0x" + rest.ToString("x", CultureInfo.InvariantCulture));
        return string.Join('|', names);
    }

    /// <summary>ENOENT for 2. The C library knows (from glibc 2.32 on).</summary>
    private static string? Error(int number)
    {
        try
        {
            return Marshal.PtrToStringUTF8(strerrorname_np(number));
        }
        catch (EntryPointNotFoundException)
        {
            return null;
        }
    }

#pragma warning disable CS1591, IDE1006, SA1300 // The C library's own name.
    [LibraryImport("libc")]
    private static partial nint strerrorname_np(int number);
#pragma warning restore CS1591, IDE1006, SA1300
}
