using System.Text.RegularExpressions;

namespace Ctrace.Kernel.Tests;

/// <summary>Every example runs and shows something for a workload; every program in the README loads.</summary>
public class ExampleTests
{
    /// <summary>How the names of those begin that need a .NET program: <see cref="Live.DotnetExampleTests"/>.</summary>
    internal const string DotnetExamples = "dotnet-";

    public static TheoryData<string> Examples() => [.. Files().Where(f => !HasCSharp(File.ReadAllText(PathOf(f))))];

    public static TheoryData<string> CSharpExamples() => [.. Files().Where(f => HasCSharp(File.ReadAllText(PathOf(f))))];

    public static TheoryData<string> ReadmePrograms() => [.. InReadme().Where(p => !HasCSharp(p))];

    public static TheoryData<string> CSharpReadmePrograms() => [.. InReadme().Where(HasCSharp)];

    public static TheoryData<string> QueryPrograms() =>
        [.. Regex.Matches(File.ReadAllText(Path.Combine(Tracer.Root, "docs", "queries.md")), @"```ct\n(.*?)```", RegexOptions.Singleline).Select(m => m.Groups[1].Value)];

    public static TheoryData<string> CSharpPrograms() =>
        [.. Regex.Matches(File.ReadAllText(Path.Combine(Tracer.Root, "docs", "csharp.md")), @"```ct\n(.*?)```", RegexOptions.Singleline).Select(m => m.Groups[1].Value)];

    [KernelTheory]
    [MemberData(nameof(Examples))]
    public void AnExampleShowsSomething(string file) => ShowsSomething(file, Tracer.While(Work, PathOf(file)));

    // C# becomes who called sudo, so somebody must have.
    [CSharpTheory]
    [MemberData(nameof(CSharpExamples))]
    public void AnExampleWithCSharpShowsSomething(string file) => ShowsSomething(file, Handlers.Sudo.Run(tracer =>
    {
        Work();
        Live.Native.Kill(tracer.Id, Handlers.Sudo.Interrupt);
    }, PathOf(file)));

    [CSharpTheory]
    [MemberData(nameof(CSharpPrograms))]
    public void AProgramOfTheCSharpPageLoads(string program)
    {
        var result = Handlers.Sudo.Run("--dry-run", "-e", program);
        Assert.True(result.Code == 0, result.Messages);
    }

    [KernelTheory]
    [MemberData(nameof(QueryPrograms))]
    public void AQueryOfTheQueriesPageLoads(string program)
    {
        var result = Tracer.Run("--dry-run", "-e", program);
        Assert.True(result.Code == 0, result.Messages);
    }

    [KernelTheory]
    [MemberData(nameof(ReadmePrograms))]
    public void AProgramOfTheReadmeLoads(string program)
    {
        using var shop = program.Contains("dotnet:") ? new Live.Shop() : null;
        var result = Tracer.Run("--dry-run", "-e", program);
        Assert.True(result.Code == 0, result.Messages);
    }

    [CSharpTheory]
    [MemberData(nameof(CSharpReadmePrograms))]
    public void AProgramOfTheReadmeWithCSharpLoads(string program)
    {
        var result = Handlers.Sudo.Run("--dry-run", "-e", program);
        Assert.True(result.Code == 0, result.Messages);
    }

    private static IEnumerable<string> Files() =>
        Directory.GetFiles(Path.Combine(Tracer.Root, "examples"), "*.ct").Select(f => Path.GetFileName(f)!).Where(f => !f.StartsWith(DotnetExamples, StringComparison.Ordinal)).Order();

    private static IEnumerable<string> InReadme() =>
        Regex.Matches(File.ReadAllText(Path.Combine(Tracer.Root, "README.md")), @"-e '([^']+)'").Select(m => m.Groups[1].Value).Distinct();

    private static string PathOf(string file) => Path.Combine(Tracer.Root, "examples", file);

    private static bool HasCSharp(string program) => program.Contains("=>");

    private static void Work() => Tracer.Shell("f=$(mktemp -p /var/tmp); for i in 1 2 3 4 5; do ls / >/dev/null; dd if=/dev/zero of=$f bs=64k count=20 conv=fsync; kill -0 $$; sleep 0.2; done; rm $f");

    private static void ShowsSomething(string file, TraceResult result)
    {
        Assert.Equal(0, result.Code);
        Assert.True(result.Output.Split('\n').Count(line => line.Trim().Length > 0) >= 1, $"{file} shows nothing\n{result.Messages}");
        Assert.DoesNotContain("error", result.Messages);
    }
}
