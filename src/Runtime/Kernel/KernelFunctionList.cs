using System.Text;
using Ctrace.Compiler.Targets;

namespace Ctrace.Runtime.Kernel;

/// <summary>
/// The functions that probes can be put on: what ftrace says it can follow, otherwise all the code symbols of the kernel.
/// </summary>
internal static class KernelFunctionList
{
    /// <summary>The list in tracefs.</summary>
    public const string File = "available_filter_functions";

    /// <summary>Reads the list.</summary>
    /// <param name="traceFs">Its tracefs, if any.</param>
    /// <param name="symbolFile">Its symbols, in the form of /proc/kallsyms, if any.</param>
    /// <param name="list">A file to read instead of what tracefs has, if any.</param>
    /// <exception cref="TargetException">The machine keeps it from us.</exception>
    public static List<KernelFunction> Read(TraceFs? traceFs, string? symbolFile, string? list)
    {
        var functions = new List<KernelFunction>(80_000);
        if ((list is null ? Followable(traceFs) : System.IO.File.ReadAllText(list)) is { Length: > 0 } text)
        {
            // vfs_read, or ext4_read [ext4]
            foreach (var line in text.AsSpan().EnumerateLines())
                Add(functions, line, line.IndexOf(' '));
        }
        else if (symbolFile is not null)
        {
            ReadSymbols(functions, symbolFile);
        }

        functions.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name) is var order and not 0 ? order : string.CompareOrdinal(a.Module, b.Module));
        return functions;
    }

    /// <summary>A locked-down kernel refuses to show the list, and still has its symbols.</summary>
    public static string? Followable(TraceFs? traceFs)
    {
        try
        {
            return traceFs?.Read(File);
        }
        catch (TargetException)
        {
            return null;
        }
    }

    private static void ReadSymbols(List<KernelFunction> functions, string path)
    {
        try
        {
            // ffffffff81000000 T _text, or with a tab and [module] behind
            using var file = new StreamReader(path, Encoding.UTF8, false, 1 << 16);
            while (file.ReadLine() is { } line)
            {
                int type = line.IndexOf(' ') + 1;
                if (type <= 0 || type + 2 >= line.Length || line[type] is not ('t' or 'T' or 'w' or 'W'))
                    continue;
                var rest = line.AsSpan(type + 2);
                Add(functions, rest, rest.IndexOf('\t'));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new TargetException($"the kernel's functions can't be listed: {path} can't be read", "run it as root: sudo ctrace …");
        }
    }

    private static void Add(List<KernelFunction> functions, ReadOnlySpan<char> line, int end)
    {
        if (line.IsEmpty)
            return;
        var name = end < 0 ? line : line[..end];
        var module = end < 0 ? default : line[end..].Trim().Trim("[]");
        // BPF programs are among the symbols, too, by names with their checksums.
        if (module is "bpf")
            return;
        // Parts that the compiler split off (.cold, .part.0) and prefixes for call thunks are no functions of the source.
        if (name.StartsWith("__pfx_") || name.StartsWith("__cfi_") || name.StartsWith(".") || name.StartsWith("__ftrace_invalid_address"))
            return;
        functions.Add(new KernelFunction(name.ToString(), module.IsEmpty ? null : module.ToString()));
    }
}
