using Ctrace.Repl.Rendering;

namespace Ctrace.Repl;

/// <summary>Messages to the user that are not results: unbuffered, without .NET's console layer.</summary>
internal static class StandardError
{
    /// <summary>Writes one line.</summary>
    internal static void WriteLine(string line) => Write(line + "\n");

    /// <summary>Writes text.</summary>
    internal static void Write(string text) => FileDescriptor.WriteAll(2, System.Text.Encoding.UTF8.GetBytes(text));
}
