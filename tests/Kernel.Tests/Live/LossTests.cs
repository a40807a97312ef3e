using System.Text.Json;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>What is lost is counted by cause and probe, and told: while it grows, and at the end.</summary>
public sealed class LossTests : IDisposable
{
    private readonly Shell _shell = new();

    /// <summary>Those of one type; millions of others are not parsed.</summary>
    private static JsonElement[] Documents(Result run, string type) =>
        [.. run.Lines.Where(l => l.StartsWith($"{{\"type\": \"{type}\"", StringComparison.Ordinal)).Select(l => JsonDocument.Parse(l).RootElement.GetProperty("data"))];

    private static long Sum(JsonElement[] documents, string name) => documents.Sum(d => d.GetProperty(name).GetInt64());

    [KernelFact("dd")]
    public void Printed_and_lost_are_what_was_produced_to_the_last_event()
    {
        const int burst = 1_000_000;
        string name = Shell.NewName(), dd = _shell.Rename("dd", name);
        using var tracer = Tracer.Start([("CTRACE_EVENT_BUFFER", "64K")], "-f", "json", "-c", $"{dd} if=/dev/zero of=/dev/null bs=1 count={burst} status=none", "-e",
            $"tracepoint:syscalls:sys_enter_read /pid == cpid && args.count == 1/ {{ printf(\"%d\\n\", tid); @n = count(); }} tracepoint:syscalls:sys_enter_write /pid == cpid && args.count == 1/ {{ printf(\"w\"); }}");
        var run = tracer.Finish();
        Assert.Equal(0, run.Code);
        long missed = Messages.Missed(run.Errors);
        Assert.InRange(Documents(run, "map").Single().GetProperty("@n").GetInt64(), burst - missed, burst);
        long events = run.Lines.LongCount(l => l.StartsWith("{\"type\": \"printf\"", StringComparison.Ordinal));
        var lost = Documents(run, "lost_events");
        Assert.InRange(events + Sum(lost, "events"), 2L * burst - missed, 2L * burst);
        Assert.All(lost, l => Assert.Equal("event_buffer_full", l.GetProperty("cause").GetString()));
        // For each clause, what was told bit by bit is what was told in the end.
        var totals = Documents(run, "lost_total");
        foreach (var total in totals)
            Assert.Equal(total.GetProperty("count").GetInt64(), Sum([.. lost.Where(l => l.GetProperty("probe").GetString() == total.GetProperty("probe").GetString())], "events"));
        Assert.Equal(Sum(totals, "count"), Sum(lost, "events"));
    }

    [KernelFact("dd")]
    public void A_full_map_is_told_of_every_second_although_nothing_is_printed()
    {
        string name = Shell.NewName(), dd = _shell.Rename("dd", name);
        using var tracer = Tracer.Start([("CTRACE_MAX_MAP_KEYS", "10")], "--duration", "3500ms", "-c", $"{dd} if=/dev/zero of=/dev/null bs=1 status=none", "-e",
            "tracepoint:syscalls:sys_enter_read /pid == cpid/ { @[nsecs] = 1; @n = count(); }");
        var run = tracer.Finish();
        string[] told = [.. run.Errors.Split('\n').Where(l => l.StartsWith("warning: @ is full (10 entries)", StringComparison.Ordinal))];
        Assert.InRange(told.Length, 3, 6);
        long sum = told.Sum(l => long.Parse(l.Split(": ")[2].Split(' ')[0].Replace(",", "")));
        // The end may come between the two statements of the last one: dd does not wait for it.
        Assert.InRange(sum - (run.Number("@n") - 10), 0, 1);
        Assert.Contains($"warning: in all, {sum:N0} updates lost, map full @ (tracepoint:syscalls:sys_enter_read)", run.Errors);
    }

    [KernelFact]
    public void Texts_that_were_cut_are_counted()
    {
        string shortest = Path.Combine(_shell.Folder, "x"), longest = Path.Combine(_shell.Folder, new string('y', 100));
        string command = $"sh {_shell.Script($"for i in 1 2 3 4 5; do : < {longest}; : < {shortest}; done")}";
        File.WriteAllText(shortest, "");
        File.WriteAllText(longest, "");
        using var tracer = Tracer.Start([("CTRACE_MAX_STRLEN", $"{shortest.Length + 20}")], "-c", command, "-e",
            "tracepoint:syscalls:sys_enter_openat /pid == cpid/ { @[str(args.filename)] = count(); }");
        var run = tracer.Finish();
        Assert.Contains($"warning: 5 texts were cut after {shortest.Length + 20} bytes (tracepoint:syscalls:sys_enter_openat); raise CTRACE_MAX_STRLEN", run.Errors);
        Assert.Equal(5, run.Number($"@[{longest[..(shortest.Length + 20)]}..]"));
        Assert.Equal(5, run.Number($"@[{shortest}]"));
    }

    [KernelFact]
    public void Much_memory_for_maps_is_said_before_it_is_taken()
    {
        const string program = "profile:hz:99 { @big[kstack] = 1; @small = count(); }";
        var run = Tracer.Run("-e", "begin { exit(); } " + program);
        Assert.DoesNotContain("memory", run.Errors);
        using var tracer = Tracer.Start([("CTRACE_MAX_MAP_KEYS", "500000")], "--dry-run", "-e", program);
        string[] said = [.. tracer.Finish().Errors.Split('\n').Where(l => l.StartsWith("warning: the maps", StringComparison.Ordinal))];
        Assert.Matches(@"^warning: the maps take [0-9]+ MiB of memory, most of it @big: [0-9]+ MiB for 500,000 entries; for less, lower CTRACE_MAX_MAP_KEYS, or say how many keys it has: let @big = hash\(1000\)$", said.Single());
        // Even where there is not that much.
        using var refused = Tracer.Start([("CTRACE_MAX_MAP_KEYS", "200000000")], "--dry-run", "-e", program);
        var result = refused.Finish();
        Assert.Equal(1, result.Code);
        Assert.StartsWith("warning: the maps take 20", result.Errors);
        Assert.Contains("@big", result.Errors.Split('\n')[1]);
    }

    public void Dispose() => _shell.Dispose();
}
