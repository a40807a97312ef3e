using System.Runtime.InteropServices;
using Ctrace.Compiler.CDeclarations;

namespace Ctrace.Repl;

/// <summary>Looks for headers where a C compiler would.</summary>
/// <param name="script">The program's file, or null: headers in quotes are looked for beside it.</param>
/// <param name="folders">Folders given with <c>-I</c>.</param>
internal sealed class HeaderFinder(string? script, IReadOnlyList<string> folders) : IHeaderSource
{
    /// <summary>More than any header has.</summary>
    private const long LargestHeader = 16 << 20;

    /// <inheritdoc/>
    public string? Find(string name, bool isSystem)
    {
        string machine = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "aarch64-linux-gnu" : "x86_64-linux-gnu";
        string beside = Path.GetDirectoryName(Path.GetFullPath(script ?? "x"))!;
        IEnumerable<string> places = [.. isSystem ? [] : (string[])[beside], .. folders, "/usr/local/include", $"/usr/include/{machine}", "/usr/include"];
        return places.Select(place => Path.Combine(place, name)).Select(Read).FirstOrDefault(text => text is not null);
    }

    private static string? Read(string path)
    {
        try
        {
            return new FileInfo(path) is { Exists: true, Length: <= LargestHeader } ? File.ReadAllText(path) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
