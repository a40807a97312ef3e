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
        .. CatalogIndex.Builtins.Select(b => b.Example).Concat(CatalogIndex.Functions.Concat(CatalogIndex.BuiltinCalls).Select(f => f.Example))
            .Concat(CatalogIndex.Aggregations.Select(a => a.Example)).Concat(CatalogIndex.Probes.Select(p => p.Example)).Distinct(),
    ];

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
    public void An_example_loads(string file) => Traced.Load(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "examples", file)));

    [KernelTheory]
    [MemberData(nameof(Catalogue))]
    public void An_example_of_the_catalogue_loads(string program) => Traced.Load(program, new CompilationOptions { Unsafe = true });

    /// <summary>A feature that no golden uses is not tested on other kernels.</summary>
    [Fact]
    public void Each_entry_of_the_catalogue_has_a_golden()
    {
        string all = string.Concat(Directory.GetFiles(Folder, "*.ct").Select(File.ReadAllText));
        string[] names = [.. CatalogIndex.Builtins.Select(b => b.Name), .. CatalogIndex.Functions.Select(f => f.Name + "("),
            .. CatalogIndex.Aggregations.Select(a => a.Name + "("), .. CatalogIndex.Probes.SelectMany(p => p.Names)];
        Assert.All(names, name => Assert.Contains(name, all));
    }
}
