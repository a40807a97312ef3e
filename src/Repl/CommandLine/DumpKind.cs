namespace Ctrace.Repl;

/// <summary>Steps of a program's way whose result can be seen; several at once.</summary>
[Flags]
public enum DumpKind
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>The syntax tree.</summary>
    Ast = 1,

    /// <summary>The types of maps and variables.</summary>
    Types = 2,

    /// <summary>Instructions over virtual registers.</summary>
    Ir = 4,

    /// <summary>Bytecode, with the source beside it.</summary>
    Asm = 8,

    /// <summary>What is made in the kernel: maps and programs.</summary>
    Loading = 16,

    /// <summary>What the kernel's verifier says of each program.</summary>
    Verifier = 32,

    /// <summary>All of them.</summary>
    All = Ast | Types | Ir | Asm | Loading | Verifier,
}

/// <summary>The names of <see cref="DumpKind"/> on the command line.</summary>
internal static class DumpKinds
{
    /// <summary>Ours first, then bpftrace's for the same steps.</summary>
    private static readonly (string Name, DumpKind Kind)[] Names =
    [
        ("ast", DumpKind.Ast), ("types", DumpKind.Types), ("ir", DumpKind.Ir), ("asm", DumpKind.Asm), ("loading", DumpKind.Loading), ("verifier", DumpKind.Verifier), ("all", DumpKind.All),
        ("parse", DumpKind.Ast), ("codegen", DumpKind.Ir), ("codegen-opt", DumpKind.Ir), ("dis", DumpKind.Asm), ("libbpf", DumpKind.Loading),
    ];

    /// <summary>Reads the values of an option, each one name or several with commas between.</summary>
    /// <exception cref="UsageException">There is no such step.</exception>
    internal static DumpKind Read(string option, IEnumerable<string> lists)
    {
        var kinds = DumpKind.None;
        foreach (string name in lists.SelectMany(list => list.Split(',')))
            kinds |= Array.Find(Names, n => n.Name == name) is { Name: not null } found ? found.Kind
                : throw new UsageException($"{option} {name}: expected ast, types, ir, asm, loading, verifier or all");
        return kinds;
    }
}
