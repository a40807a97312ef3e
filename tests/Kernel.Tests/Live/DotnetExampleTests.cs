using System.Text.RegularExpressions;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>The examples that need a .NET program, next to what the program says of itself.</summary>
public sealed partial class DotnetExampleTests : IDisposable
{
    private readonly Shop _shop = new();

    public void Dispose() => _shop.Dispose();

    [DotnetFact(Machine.Sdk)]
    public void Each_has_a_test()
    {
        string tests = File.ReadAllText(Path.Combine(Root, "tests", "Kernel.Tests", "Live", "DotnetExampleTests.cs"));
        Assert.All(Directory.GetFiles(Path.Combine(Root, "examples"), ExampleTests.DotnetExamples + "*.ct"), f => Assert.Contains($"Run(\"{Path.GetFileNameWithoutExtension(f)}\"", tests));
    }

    [DotnetFact]
    public void Pauses_of_collections()
    {
        long[] figures = [];
        var result = Run("dotnet-gc", () =>
        {
            _shop.Do("collect 2 1");
            figures = _shop.Do("collect 2 4");
        });
        string row = Assert.Single(result.Lines, l => Regex.IsMatch(l, $@"^dotnet +{_shop.Id} +2 "));
        long[] columns = [.. row.Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(2).Select(long.Parse)];
        Assert.Equal((2, 5), (columns[0], columns[1]));
        Assert.InRange(columns[2], (figures[3] * 3 / 4) - 10_000_000, long.MaxValue);
    }

    [DotnetFact]
    public void Allocations_by_stack()
    {
        long[] figures = [];
        var result = Run("dotnet-allocations", () => figures = _shop.Do("allocate 2000 10000"));
        string of = result.Output[result.Output.IndexOf("System.Byte[]", StringComparison.Ordinal)..];
        Assert.Contains("Ctrace.Shop.Program::FillShelf", of);
        // A method that is compiled anew meanwhile has other addresses, and so another row.
        Assert.InRange(Bytes().Matches(result.Output).Sum(m => long.Parse(m.Groups[1].Value)), figures[0] * 9 / 10, figures[0] * 11 / 10);
    }

    [DotnetFact]
    public void Locks()
    {
        long[] figures = [];
        var result = Run("dotnet-locks", () => figures = _shop.Do("contend 4 30"));
        Assert.Contains("Ctrace.Shop.Program::WaitForDesk", result.Output);
        Assert.Matches($@"{_shop.Id}\b[\s\S]*\b{figures[0]} +\d{{8,}} +\d{{7,}}", result.Output);
    }

    [DotnetFact]
    public void Exceptions()
    {
        var result = Run("dotnet-exceptions", () => _shop.Do("throw OutOfStock 3"));
        Assert.Equal(3, result.Lines.Count(l => Regex.IsMatch(l, $@"^\d\d:\d\d:\d\d\.\d+ +{_shop.Id} +\d+ +Ctrace\.Shop\.OutOfStockException +order [012]: nichts übrig$")));
        Assert.Equal(3, result.Number($"@exceptions[{_shop.Id}, Ctrace.Shop.OutOfStockException]"));
    }

    [DotnetFact]
    public void Requests_that_are_slow()
    {
        long port = 0;
        var result = Run("dotnet-requests", () =>
        {
            _shop.Do("request 5 0 /quick");
            port = _shop.Do("request 3 400 /slow")[2];
        }, "350");
        Assert.Equal(3, result.Lines.Count(l => Regex.IsMatch(l, $@"^\d\d:\d\d:\d\d\.\d+ +{_shop.Id} +\d+ +200 +127\.0\.0\.1 +/slow$")));
        Assert.Matches($@"{_shop.Id} +127\.0\.0\.1 +8 +\d+ +\d+", result.Output);
    }

    /// <summary>The same of a program that answers requests.</summary>
    [DotnetFact(Machine.Sdk)]
    public void Requests_that_ASP_NET_Core_answers()
    {
        using var programs = new Programs();
        string assembly = programs.BuildManaged("web", """
            var app = WebApplication.CreateSlimBuilder(args).Build();
            app.Urls.Add("http://127.0.0.1:0");
            app.MapGet("/slow", async () => { await Task.Delay(400); return "slow"; });
            app.MapGet("/quick", () => "quick");
            app.Start();
            Console.WriteLine(app.Urls.First());
            Console.ReadLine();
            """, "Microsoft.NET.Sdk.Web");
        var start = Shop.Start(Programs.Host, assembly);
        start.Environment["Logging__LogLevel__Default"] = "None";
        using var web = System.Diagnostics.Process.Start(start)!;
        try
        {
            string? address = web.StandardOutput.ReadLine();
            using var http = new HttpClient();
            var result = Run(web.Id, "dotnet-requests", () =>
            {
                for (int i = 0; i < 4; i++)
                    Assert.Equal("quick", http.GetStringAsync(new Uri($"{address}/quick")).Result);
                for (int i = 0; i < 2; i++)
                    Assert.Equal("slow", http.GetStringAsync(new Uri($"{address}/slow")).Result);
            }, "350");
            Assert.Equal(2, result.Lines.Count(l => Regex.IsMatch(l, $@"^\d\d:\d\d:\d\d\.\d+ +{web.Id} +\d+ +GET +/slow$")));
            Assert.Matches($@"{web.Id} +/quick +4 +\d+ +\d+", result.Output);
            Assert.Matches($@"{web.Id} +/slow +2 +\d+ +\d+", result.Output);
        }
        finally
        {
            web.Kill();
            web.WaitForExit();
        }
    }

    private static string Root => Ctrace.Kernel.Tests.Tracer.Root;

    private Result Run(string example, Action work, params string[] parameters) => Run(_shop.Id, example, work, parameters);

    private static Result Run(int process, string example, Action work, params string[] parameters)
    {
        using var tracer = Tracer.Start(["-p", $"{process}", Path.Combine(Root, "examples", example + ".ct"), .. parameters]);
        work();
        var result = tracer.Stop(Native.SigInt);
        Assert.True(result.Code == 0, result.Errors);
        Assert.DoesNotContain("warning", result.Errors);
        return result;
    }

    [GeneratedRegex(@" (\d+)$", RegexOptions.Multiline)]
    private static partial Regex Bytes();
}
