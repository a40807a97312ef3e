using System.Runtime.InteropServices;

namespace Ctrace.Repl;

/// <summary>A regular expression of the C library's: .NET's would make the program half as large again.</summary>
internal sealed unsafe partial class PosixPattern
{
    /// <summary>regex_t has 64 bytes in glibc; more do no harm.</summary>
    private const int Size = 256, Extended = 1, NoMatches = 8;

    private readonly byte[] _compiled = GC.AllocateArray<byte>(Size, pinned: true);

    /// <summary>Compiles it.</summary>
    /// <exception cref="UsageException">It is none.</exception>
    internal PosixPattern(string option, string expression)
    {
        fixed (byte* compiled = _compiled)
            if (Compile(compiled, expression, Extended | NoMatches) != 0)
                throw new UsageException($"{option} {expression}: this is no regular expression");
    }

    /// <summary>Whether it matches anywhere in a text.</summary>
    internal bool IsMatch(string text)
    {
        fixed (byte* compiled = _compiled)
            return Execute(compiled, text, 0, 0, 0) == 0;
    }

    [LibraryImport("libc", EntryPoint = "regcomp", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Compile(byte* compiled, string expression, int flags);

    [LibraryImport("libc", EntryPoint = "regexec", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Execute(byte* compiled, string text, nuint count, nint matches, int flags);
}
