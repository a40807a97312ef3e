using System.Text.RegularExpressions;

namespace Ctrace.Kernel.Tests;

/// <summary>Every example runs and shows something for a workload; every program in the README loads.</summary>
public class ExampleTests
{
    /// <summary>How the names of those begin that need a .NET program: <see cref="Live.DotnetExampleTests"/>.</summary>
    internal const string DotnetExamples = "dotnet-";

    public static TheoryData<string> Examples() => [.. Directory.GetFiles(Path.Combine(Tracer.Root, "examples"), "*.ct").Select(f => Path.GetFileName(f)!).Where(f => !f.StartsWith(DotnetExamples, StringComparison.Ordinal)).Order()];

    public static TheoryData<string> ReadmePrograms() =>
        [.. Regex.Matches(File.ReadAllText(Path.Combine(Tracer.Root, "README.md")), @"-e '([^']+)'").Select(m => m.Groups[1].Value).Distinct()];

    public static TheoryData<string> QueryPrograms() =>
        [.. Regex.Matches(File.ReadAllText(Path.Combine(Tracer.Root, "docs", "queries.md")), @"```ct\n(.*?)```", RegexOptions.Singleline).Select(m => m.Groups[1].Value)];

    public static TheoryData<string> CSharpPrograms() =>
        [.. Regex.Matches(File.ReadAllText(Path.Combine(Tracer.Root, "docs", "csharp.md")), @"```ct\n(.*?)```", RegexOptions.Singleline).Select(m => m.Groups[1].Value)];

    [KernelTheory]
    [MemberData(nameof(Examples))]
    public void AnExampleShowsSomething(string file)
    {
        static void Work() => Tracer.Shell("f=$(mktemp -p /var/tmp); for i in 1 2 3 4 5; do ls / >/dev/null; dd if=/dev/zero of=$f bs=64k count=20 conv=fsync; kill -0 $$; sleep 0.2; done; rm $f");
        string path = Path.Combine(Tracer.Root, "examples", file);
        // C# becomes who called sudo, so somebody must have.
        var result = !File.ReadAllText(path).Contains("=> {") ? Tracer.While(Work, path) : Handlers.Sudo.Run(tracer =>
        {
            Work();
            Live.Native.Kill(tracer.Id, Handlers.Sudo.Interrupt);
        }, path);
        Assert.Equal(0, result.Code);
        Assert.True(result.Output.Split('\n').Count(line => line.Trim().Length > 0) >= 1, $"{file} shows nothing\n{result.Messages}");
        Assert.DoesNotContain("error", result.Messages);
    }

    [KernelTheory]
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
        // C# becomes who called sudo, so somebody must have.
        var result = Handlers.Sudo.Run("--dry-run", "-e", program);
        Assert.True(result.Code == 0, result.Messages);
    }
}
