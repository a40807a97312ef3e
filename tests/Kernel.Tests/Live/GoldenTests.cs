using Ctrace.Compiler;
using Ctrace.Compiler.Catalog;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>One feature per file: the verifier of the kernel that runs here takes each.</summary>
public class GoldenTests
{
    private static string Folder => Path.Combine(AppContext.BaseDirectory, "goldens");

    public static TheoryData<string> Goldens() => [.. Directory.GetFiles(Folder, "*.ct").Select(f => Path.GetFileName(f)!).Order()];

    public static TheoryData<string> Examples() => [.. Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "examples"), "*.ct").Select(f => Path.GetFileName(f)!).Order()];

    public static TheoryData<string> Catalogue() =>
    [
        // Refusing is what fail() is for; and what this kernel has not got can't be loaded into it.
        .. Examples(e => !e.Contains("fail(") && Missing.All(word => !e.Contains(word))),
    ];

    private static IEnumerable<string> Examples(Func<string, bool> wanted) =>
    [
        .. CatalogIndex.Builtins.Select(b => b.Example).Concat(CatalogIndex.Functions.Concat(CatalogIndex.BuiltinCalls).Select(f => f.Example))
            .Concat(CatalogIndex.Aggregations.Select(a => a.Example)).Concat(CatalogIndex.Probes.Select(p => p.Example)).Distinct().Where(wanted),
    ];

    /// <summary>Words of examples that need what this kernel has not got.</summary>
    private static List<string> Missing { get; } = FindMissing();

    private static List<string> FindMissing()
    {
        var missing = new List<string>();
        if (!Loads("fentry:vfs_read { @ = count(); }"))
            missing.AddRange(["fentry:", "fexit:"]);
        if (!Loads("kprobe:vfs_read { override(1); }"))
            missing.Add("override(");
        var target = new Ctrace.Runtime.Kernel.KernelTarget();
        missing.AddRange(((string[])["init_task", "softnet_data"]).Where(name => target.FindKernelSymbol(name) is null));
        return missing;
    }

    private static bool Loads(string program)
    {
        try
        {
            Traced.Load(program, new CompilationOptions { Unsafe = true });
            return true;
        }
        catch (Exception)
        {
            return false;
        }
    }

    [KernelTheory]
    [MemberData(nameof(Goldens))]
    public void A_golden_loads(string file) =>
        Traced.Load(File.ReadAllText(Path.Combine(Folder, file)), new CompilationOptions { Parameters = ["10", "text"], Unsafe = true });

    [KernelTheory]
    [MemberData(nameof(Goldens))]
    public void A_golden_for_one_process_loads(string file) =>
        Traced.Load(File.ReadAllText(Path.Combine(Folder, file)), new CompilationOptions { Parameters = ["10", "text"], Unsafe = true, ProcessId = 1 });

    [KernelTheory]
    [MemberData(nameof(Examples))]
    public void An_example_loads(string file)
    {
        using var shop = file.StartsWith("dotnet-", StringComparison.Ordinal) ? new Shop() : null;
        Traced.Load(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "examples", file)));
    }

    [KernelTheory]
    [MemberData(nameof(Catalogue))]
    public void An_example_of_the_catalogue_loads(string program)
    {
        const string managed = "dotnet:shop:";
        using var shop = program.StartsWith(managed, StringComparison.Ordinal) ? new Shop() : null;
        Traced.Load(program.Replace(managed, $"dotnet:{shop?.Id}:"), new CompilationOptions { Unsafe = true, UnwindsOthers = true });
    }

    /// <summary>A feature that neither a golden nor an example uses is not tested on other kernels.</summary>
    [Fact]
    public void Each_entry_of_the_catalogue_has_a_program()
    {
        string all = string.Concat(Directory.GetFiles(Folder, "*.ct").Select(File.ReadAllText)) + string.Concat(Examples(_ => true));
        string[] names = [.. CatalogIndex.Builtins.Select(b => b.Name), .. CatalogIndex.Functions.Select(f => f.Name + "("),
            .. CatalogIndex.Aggregations.Select(a => a.Name + "("), .. CatalogIndex.Probes.Select(p => p.Names[0])];
        Assert.All(names, name => Assert.Contains(name, all));
    }
}
