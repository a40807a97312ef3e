using System.Text.RegularExpressions;
using Ctrace.Compiler;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>Which .NET programs are traced, and what becomes of it when they start, end, or do not answer.</summary>
public partial class DotnetProcessTests
{
    private const int Stopped = 19, Continued = 18;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    [DotnetFact]
    public void All_of_a_name_those_that_start_later_too()
    {
        using var one = new Shop();
        using var two = new Shop();
        var t = Traced.Run($"dotnet:{Shop.Name}:GCStart {{ @[pid] = count(); @comm[comm] = count(); printf(\"%d\\n\", pid); }}", recorder =>
        {
            one.Do("collect 2 2");
            two.Do("collect 2 3");
            using var three = new Shop();
            // When it is found is up to the machine.
            var until = DateTime.UtcNow + Patience;
            do
                three.Do("collect 2 1");
            while (!recorder.Text.Contains($"{three.Id}\n") && DateTime.UtcNow < until);
            three.Close();
        }, new CompilationOptions());
        Assert.Equal((2, 3), (t.Numbers()[$"{one.Id}"], t.Numbers()[$"{two.Id}"]));
        Assert.Equal(3, t.Numbers().Count);
        Assert.DoesNotContain(t.Messages, m => m.Contains("warning"));
    }

    [DotnetFact]
    public void With_p_only_that_process_until_it_ends()
    {
        using var one = new Shop();
        using var two = new Shop();
        using var tracer = Tracer.Start("-p", $"{one.Id}", "-e", $"dotnet:{Shop.Name}:GCStart, dotnet:*:GCEnd < count() by pid, probe >");
        long[] figures = one.Do("collect 2 4");
        two.Do("collect 2 1");
        // What a program did before it ended is not lost.
        one.Do("collect 0 1");
        one.Close();
        var result = tracer.Finish();
        Assert.Equal(0, result.Code);
        Assert.Contains($"@[{one.Id}, dotnet:{Shop.Name}:GCStart]: 5\n", result.Output);
        Assert.Contains($"@[{one.Id}, dotnet:*:GCEnd]: 5\n", result.Output);
        Assert.DoesNotContain($"{two.Id}", result.Output);
        Assert.DoesNotContain("missing", result.Errors);
        Assert.Equal(4, figures[2]);
    }

    [DotnetFact]
    public void With_c_the_command_that_it_starts()
    {
        // It is found while it starts, and must be found for all probes at that moment: many show it if it is not.
        string each = string.Concat(Enumerable.Range(0, 50).Select(i => $"dotnet:{Shop.Name}:ExceptionThrown {{ @each[{i}] = count(); }} "));
        var result = Tracer.Run([.. new[] { "-c", $"env DOTNET_EnableDiagnostics=1 TMPDIR=/tmp {Programs.Host} {Shop.Assembly} wait:8000 collect:2:3 throw:Invalid:4" }, "-e",
            $"dotnet:{Shop.Name}:GCStart {{ @[args.Generation] = count(); }} {each} dotnet:{Shop.Name}:ExceptionThrown {{ @thrown = count(); }}"]);
        Assert.Equal(0, result.Code);
        // It is seen so early that the collections of its beginning may be among them.
        Assert.Matches(@"@\[2\]: ([3-9]|\d\d)\n", result.Output);
        Assert.All(Enumerable.Range(0, 50), i => Assert.Contains($"@each[{i}]: 4\n", result.Output));
        Assert.Contains("@thrown: 4\n", result.Output);
    }

    /// <summary>Nothing can be known of what was still in a program that was killed: it is said.</summary>
    [DotnetFact]
    public void Of_a_program_that_was_killed_the_end_may_be_missing()
    {
        using var shop = new Shop();
        using var tracer = Tracer.Start("-e", $"dotnet:{shop.Id}:GCStart {{ @ = count(); }}");
        shop.Do("collect 2 2");
        shop.Kill();
        var result = tracer.Stop(Native.SigInt);
        Assert.Equal(0, result.Code);
        Assert.Contains($"process {shop.Id}: it ended before it had sent all", result.Errors);
    }

    /// <summary>A runtime has room for some of its events while nobody takes them; the rest is counted.</summary>
    [DotnetFact]
    public void What_a_program_had_no_room_for_is_counted()
    {
        const int count = 60_000;
        using var shop = new Shop();
        using var tracer = Tracer.Start("-e", $"dotnet:{shop.Id}:ExceptionThrown {{ @ = count(); }}");
        tracer.Signal(Stopped);
        Assert.Equal(count, shop.Do($"throw Large {count}")[0]);
        tracer.Signal(Continued);
        var result = tracer.Stop(Native.SigInt);
        long seen = long.Parse(Counted().Match(result.Output).Groups[1].Value), lost = long.Parse(Lost().Match(result.Errors) is { Success: true } m ? m.Groups[1].Value : "0");
        Assert.True(lost > 0 && seen > 0 && seen + lost == count, $"{seen} seen, {lost} lost\n{result.Errors}");
    }

    [DotnetFact]
    public void A_program_that_does_not_answer_holds_nothing_up()
    {
        using var shop = new Shop();
        using var other = new Shop();
        Native.Kill(shop.Id, Stopped);
        try
        {
            var t = Traced.Run($"dotnet:{Shop.Name}:GCStart {{ @[pid] = count(); }}", () => other.Do("collect 2 2"));
            Assert.Equal(2, t.Numbers()[$"{other.Id}"]);
            Assert.Contains(t.Messages, m => m.Contains($"the .NET program {shop.Id} has ended, or does not let itself be asked"));
        }
        finally
        {
            Native.Kill(shop.Id, Continued);
        }
    }

    [DotnetFact]
    public void A_program_that_stops_answering_holds_nothing_up()
    {
        using var shop = new Shop();
        try
        {
            var t = Traced.Run($"dotnet:{shop.Id}:GCStart {{ @ = count(); }}", () =>
            {
                shop.Do("collect 2 2");
                Native.Kill(shop.Id, Stopped);
            });
            Assert.Contains(t.Messages, m => m.Contains($"process {shop.Id} does not end its events"));
        }
        finally
        {
            Native.Kill(shop.Id, Continued);
        }

        // It is left as it was.
        Assert.Equal(1, shop.Do("collect 2 1")[2]);
    }

    [DotnetFact("unshare")]
    public void In_a_container_it_has_other_numbers_and_a_tmp_of_its_own()
    {
        string folder = Directory.CreateDirectory("/var/tmp/ctrace-shop").FullName;
        foreach (string file in Directory.GetFiles(Path.GetDirectoryName(Shop.Assembly)!, $"{Shop.Name}.*"))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)), true);
        try
        {
            using var shop = new Shop("unshare", "-p", "-f", "-m", "--mount-proc", "sh", "-c", $"mount -t tmpfs none /tmp && exec \"$0\" {folder}/{Shop.Name}.dll");
            string child = File.ReadAllText($"/proc/{shop.Id}/task/{shop.Id}/children").Trim();
            var t = Traced.Run($"dotnet:{Shop.Name}:ExceptionThrown {{ @[pid, tid, comm] = count(); @stack[ustack(perf, 4)] = count(); }}", () => shop.Do("throw Invalid 6"));
            Assert.Equal(new() { [$"{child}, {child}, dotnet"] = 6 }, t.Numbers());
            Assert.Contains("Program::ChargeCustomer", t.Text);
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    [DotnetFact]
    public void They_are_listed_with_their_fields()
    {
        using var shop = new Shop();
        Assert.Contains($"dotnet:{Shop.Name}:GCPause\n", Tracer.Run("-l", "dotnet:*").Output);
        string[] lines = Tracer.Run("-l", $"dotnet:{shop.Id}:GC*").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains($"dotnet:{shop.Id}:GCStart", lines);
        Assert.DoesNotContain($"dotnet:{shop.Id}:ExceptionThrown", lines);
        Assert.Matches($"dotnet:{shop.Id}:GCStart\n +uint32 Count\n +uint32 Generation\n", Tracer.Run("-lv", $"dotnet:{shop.Id}:GCStart").Output);
    }

    [DotnetFact]
    public void Rows_in_JSON_have_their_fields()
    {
        using var shop = new Shop();
        // In this format, that it is attached is said in the output.
        string file = Path.GetTempFileName();
        using var tracer = Programs.StartQuietly(Ctrace.Kernel.Tests.Tracer.Executable, "-f", "json", "-o", file, "-e", $"dotnet:{shop.Id}:ExceptionThrown < pid, args.ExceptionType, args.ExceptionMessage >");
        for (var until = DateTime.UtcNow + Patience; !File.ReadAllText(file).Contains("attached") && DateTime.UtcNow < until;)
            Thread.Sleep(10);
        shop.Do("throw OutOfStock 1");
        Native.Kill(tracer.Id, Native.SigInt);
        tracer.WaitForExit();
        string output = File.ReadAllText(file);
        File.Delete(file);
        Assert.Contains("order 0: nichts übrig", Regex.Unescape(output));
        Assert.Contains($"{shop.Id}", output);
    }

    [DotnetFact]
    public void A_dry_run_asks_nobody()
    {
        using var shop = new Shop();
        Native.Kill(shop.Id, Stopped);
        var result = Tracer.Run("--dry-run", "-e", $"dotnet:{shop.Id}:GCStart < count() >");
        Native.Kill(shop.Id, Continued);
        Assert.Equal(0, result.Code);
        Assert.DoesNotContain("warning", result.Errors);
    }

    [GeneratedRegex(@"^@: (\d+)$", RegexOptions.Multiline)]
    private static partial Regex Counted();

    [GeneratedRegex(@"(\d+) events of \.NET were lost")]
    private static partial Regex Lost();
}
