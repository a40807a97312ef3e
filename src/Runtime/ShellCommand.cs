using System.Runtime.InteropServices;
using System.Text;

namespace Ctrace.Runtime;

/// <summary>Runs shell commands for <c>system()</c>.</summary>
public static unsafe partial class ShellCommand
{
    /// <summary>Runs a command to its end, and gives what it writes to its outputs, both of them; null where the shell can't be started.</summary>
    /// <param name="command">The command, as bytes: it may hold text that is not UTF-8.</param>
    /// <param name="problem">How it failed, or null.</param>
    public static byte[]? Run(ReadOnlySpan<byte> command, out string? problem)
    {
        byte[] text = [.. "exec 2>&1\n"u8, .. command, 0];
        problem = null;
        nint pipe;
        fixed (byte* start = text)
            pipe = popen(start, "re");
        if (pipe == 0)
            return null;
        var output = new List<byte>();
        byte[] block = new byte[4096];
        fixed (byte* start = block)
            while (fread(start, 1, (nuint)block.Length, pipe) is > 0 and var size)
                output.AddRange(block.AsSpan(0, (int)size));
        // As WIFEXITED and its like of <sys/wait.h> read it: a signal's number, and the code above it.
        int status = pclose(pipe);
        problem = status == 0 ? null : (status & 0x7f) != 0 ? $"was ended by the signal {status & 0x7f}" : $"exited with code {status >> 8 & 0xff}";
        return [.. output];
    }

#pragma warning disable CS1591, IDE1006, SA1300 // The names are the C library's own.
    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint popen(byte* command, string mode);

    [LibraryImport("libc")]
    private static partial nuint fread(byte* buffer, nuint size, nuint count, nint file);

    [LibraryImport("libc")]
    private static partial int pclose(nint file);
#pragma warning restore CS1591, IDE1006, SA1300
}
