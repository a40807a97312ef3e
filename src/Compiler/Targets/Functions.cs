using Ctrace.Compiler.Symbols;

namespace Ctrace.Compiler.Targets;

/// <summary>A function of the kernel that can be probed.</summary>
/// <param name="Name">Its symbol.</param>
/// <param name="Module">The module that it is in; null for the kernel itself.</param>
public readonly record struct KernelFunction(string Name, string? Module);

/// <summary>A kernel function's arguments and result, from BTF.</summary>
/// <param name="TypeId">The function's id in the type information.</param>
/// <param name="Module">The module whose type information it is, or null.</param>
/// <param name="Arguments">Its arguments in order.</param>
/// <param name="Result">What it returns; <see cref="VoidType"/> for nothing.</param>
public sealed record FunctionPrototype(int TypeId, string? Module, IReadOnlyList<RawArgument> Arguments, TraceType Result)
{
    /// <summary>The loaded BPF program that it is a function of, by its id; null for the kernel's and processes' own functions.</summary>
    public int? Program { get; init; }

    /// <summary>What it returns, as its source spells it; the type's name where that is not known.</summary>
    public string ResultName { get => field ?? Result.Name; init; }

    /// <summary>How many 64-bit words of the context its arguments take: a structure that is given by value may take two.</summary>
    public int Words => Arguments.Sum(a => a.Words);

    /// <summary>Which word of the context its result is, at its return: the one behind the arguments that the kernel believes it has.</summary>
    public int ResultWord { get => field > 0 ? field : Words; init; }

    /// <summary>Why no kernel lets a program be attached to it; null where some do.</summary>
    public string? Obstacle { get; init; }

    /// <summary>The type of a word of the context: of the argument that it is of, or of the result; null where that is not known.</summary>
    public TraceType? TypeOf(int word)
    {
        int at = 0;
        foreach (var argument in Arguments)
        {
            at += argument.Words;
            if (word < at)
                return argument.Type;
        }

        return Result;
    }
}

/// <summary>A function of a BPF program that is loaded.</summary>
/// <param name="Program">The program's id.</param>
/// <param name="Name">Its name in the program's type information; the program's name where it has none.</param>
/// <param name="TypeId">Its id there; 0 where the program was loaded without.</param>
public readonly record struct BpfFunction(int Program, string Name, int TypeId);

/// <summary>A program or library on disk whose functions can be probed.</summary>
public interface IUserBinary
{
    /// <summary>Its path.</summary>
    string Path { get; }

    /// <summary>Its functions' symbols with their places in the file (bytes from its start), in no particular order.</summary>
    IReadOnlyList<(string Name, long FileOffset, long Size)> Functions { get; }

    /// <summary>The place in the file of an address as the binary itself counts; null where that is no code.</summary>
    long? FindOffset(long address);

    /// <summary>Whether an instruction begins at a place in the file, when one does at another before it; null where that can't be told.</summary>
    bool? StartsInstruction(long place, long before) => null;

    /// <summary>Its static probes (USDT).</summary>
    IReadOnlyList<UsdtProbe> StaticProbes { get; }

    /// <summary>Whether it is always loaded at the addresses that it is linked for (not a PIE, nor a library).</summary>
    bool IsFixed => false;

    /// <summary>A variable or function by its symbol: the address that it is linked for, and its size in bytes (0 where that is not known).</summary>
    (long Address, long Size)? FindSymbol(string name) => null;

    /// <summary>The address that code at a place in the file is linked for; null where no code is.</summary>
    long? FindAddress(long offset) => null;

    /// <summary>What a symbol is called in the source of its program, where the language puts more into symbols (C++, Rust); otherwise the symbol.</summary>
    string SourceName(string symbol) => symbol;

    /// <summary>The arguments and the result of the function at a place in the file, from its debug information; null where they are not known.</summary>
    FunctionPrototype? FindPrototype(long offset) => null;

    /// <summary>
    /// Whose runtime looks through the program's own stack, to collect garbage, to move the stack or to throw: it does not know what the kernel
    /// puts there for a uretprobe, and ends the program. Null where none does.
    /// </summary>
    string? StackWalker => null;

    /// <summary>A file with debug information that belongs to it, and is missing or of another build; null where none is.</summary>
    string? MissingDebugFile => null;

    /// <summary>A type by its C spelling (<c>struct point</c>, or a typedef's name), from its debug information; null where that does not have it.</summary>
    TraceType? FindType(string name) => null;

    /// <summary>Whether it, or a file beside it, says which lines of its source its code was made of.</summary>
    bool HasLines => false;

    /// <summary>The statements of a source file, in no particular order.</summary>
    /// <param name="file">The file's name, or the end of its path.</param>
    IReadOnlyList<SourceStatement> FindStatements(string file) => [];
}

/// <summary>Code that a statement in the source was made into.</summary>
/// <param name="File">The source file's path.</param>
/// <param name="Line">The line.</param>
/// <param name="Column">The column; 0 where that is not known.</param>
/// <param name="Place">Where the code begins, in bytes from the binary file's start.</param>
public sealed record SourceStatement(string File, int Line, int Column, long Place);

/// <summary>One place of a static probe, from a note of <c>sys/sdt.h</c>.</summary>
/// <param name="Provider">Its provider.</param>
/// <param name="Name">Its name.</param>
/// <param name="FileOffset">Where it is, in bytes from the file's start.</param>
/// <param name="SemaphoreOffset">Where its semaphore is in the file; 0 where it has none.</param>
/// <param name="Arguments">Where its arguments are, as the note says: <c>-4@%eax 8@-16(%rbp)</c>.</param>
public sealed record UsdtProbe(string Provider, string Name, long FileOffset, long SemaphoreOffset, string Arguments);
