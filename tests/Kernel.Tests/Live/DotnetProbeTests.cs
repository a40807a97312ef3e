using Ctrace.Compiler;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>The events of .NET programs, next to what the program itself counts.</summary>
public sealed class DotnetProbeTests : IDisposable
{
    private readonly Shop _shop = new();

    public void Dispose() => _shop.Dispose();

    [DotnetFact]
    public void Collections_by_generation_and_how_long_they_stop_the_program()
    {
        long[] expected = new long[3];
        long pauses = 0;
        _shop.Do("collect 2 1");
        var t = Traced.Run(Of("""
            dotnet:SHOP:GCStart { @start[args.Generation] = count(); @reason[args.Reason] = count(); }
            dotnet:SHOP:GCStart /args.Type == 1/ { @background[args.Generation] = count(); }
            dotnet:SHOP:GCEnd { @end[args.Generation] = count(); }
            dotnet:SHOP:GCPause { @pause[args.Generation] = count(); @all = sum(args.Duration); }
            dotnet:SHOP:GCHeapStats { @old = max(args.GenerationSize2); }
            """), () =>
        {
            foreach (string command in (string[])["collect 0 5", "collect 1 3", "collect 2 4"])
            {
                long[] figures = _shop.Do(command);
                for (int i = 0; i < expected.Length; i++)
                    expected[i] += figures[i];
                pauses += figures[3];
            }
        });
        // The runtime may collect an older generation than it was asked for.
        Assert.Equal(12, expected.Sum());
        Assert.True(expected[2] >= 4);
        foreach (string map in (string[])["@start", "@end"])
            Assert.Equal(expected, Enumerable.Range(0, 3).Select(g => t.Numbers(map).GetValueOrDefault($"{g}")));
        // One in the background, where the runtime takes the oldest instead, may stop the threads twice.
        long[] stops = [.. Enumerable.Range(0, 3).Select(g => t.Numbers("@pause").GetValueOrDefault($"{g}"))];
        Assert.Equal(expected[..2], stops[..2]);
        Assert.InRange(stops[2], expected[2], expected[2] + t.Numbers("@background").GetValueOrDefault("2"));
        // Induced, and blocking.
        Assert.Equal(12, t.Numbers("@reason").Values.Sum());
        Assert.InRange(t.Number("@all"), (pauses * 3 / 4) - 10_000_000, (pauses * 5 / 4) + 10_000_000);
        Assert.InRange(t.Number("@old"), 300_000 * 24, long.MaxValue);
        Assert.DoesNotContain(t.Messages, m => m.Contains("warning"));
    }

    [DotnetFact]
    public void Exceptions_by_type_with_their_messages_and_stacks()
    {
        var t = Traced.Run(Of("""
            dotnet:SHOP:ExceptionThrown < count() by args.ExceptionType into @types >
            dotnet:SHOP:ExceptionThrown /args.ExceptionMessage == "order 2: nichts übrig"/ { @one = count(); printf("%s\n%s", comm, ustack(perf, 3)); @who[pid] = count(); }
            """), () =>
        {
            Assert.Equal(3, _shop.Do("throw OutOfStock 3")[0]);
            Assert.Equal(70, _shop.Do("throw Invalid 70")[0]);
        });
        Assert.Equal(new() { ["Ctrace.Shop.OutOfStockException"] = 3, ["System.InvalidOperationException"] = 70 }, t.Numbers("@types"));
        Assert.Equal(1, t.Number("@one"));
        Assert.Equal(new() { [$"{_shop.Id}"] = 1 }, t.Numbers("@who"));
        Assert.Contains("Ctrace.Shop.Program::ChargeCustomer", t.Text);
        Assert.Contains("dotnet\n", t.Text);
        Assert.DoesNotContain("SwitchInvalid", t.Text);
    }

    /// <summary>.NET's libraries are compiled with their assemblies (ReadyToRun): there is no symbol of them anywhere but in the runtime.</summary>
    [DotnetFact]
    public void Methods_that_came_compiled_are_named()
    {
        var t = Traced.Run(Of("dotnet:SHOP:ExceptionThrown { @[ustack(perf, 10)] = count(); }"), () => _shop.Do("throw Format 1"));
        Assert.Matches(@"\[System\.Private\.CoreLib\] System\.Number::ThrowFormatException.*\[ReadyToRun\]\+\d+ \(.*/System\.Private\.CoreLib\.dll\)\n[\s\S]*\[System\.Private\.CoreLib\] System\.Int32::Parse\([\s\S]*Ctrace\.Shop\.Program::ChargeCustomer", t.Text);
    }

    [DotnetFact]
    public void Locks_that_threads_wait_for()
    {
        long[] figures = [];
        var t = Traced.Run(Of("""
            dotnet:SHOP:ContentionSt* { @[probe] = count(); @threads[tid] = count(); }
            dotnet:SHOP:ContentionStop { @waited = sum(args.Duration); }
            dotnet:SHOP:Contention { @whole = sum(args.Duration); @where[ustack(perf, 8)] = count(); @locks[args.LockID] = count(); }
            dotnet:SHOP:ContentionStart { @owner[args.LockOwnerThreadID] = count(); }
            """), () => figures = _shop.Do("contend 4 50"));
        Assert.True(figures[0] >= 1);
        Assert.Equal(new() { [Of("dotnet:SHOP:ContentionStart")] = figures[0], [Of("dotnet:SHOP:ContentionStop")] = figures[0] }, t.Numbers("@"));
        Assert.InRange(t.Number("@waited"), figures[1] / 2, figures[1]);
        Assert.InRange(t.Number("@whole"), figures[1] / 2, figures[1]);
        Assert.Equal(figures[0], t.Numbers("@locks").Values.Sum());
        // Each waits in a thread of its own, for the main one.
        Assert.Equal(figures[0], t.Numbers("@threads").Count);
        Assert.Equal(new() { [$"{_shop.Id}"] = figures[0] }, t.Numbers("@owner"));
        Assert.Contains("Ctrace.Shop.Program::WaitForDesk", t.Text);
    }

    [DotnetFact]
    public void Allocations_by_stack()
    {
        long[] figures = [];
        var t = Traced.Run(Of("dotnet:SHOP:GCAllocationTick { @[args.TypeName] = sum(args.AllocationAmount); @from[ustack(perf, 6)] = count(); @size = max(args.ObjectSize); }"), () => figures = _shop.Do("allocate 2000 10000"));
        const long tick = 110_000;
        Assert.InRange(figures[0], 2000 * 10_000, 2000 * 10_100);
        Assert.InRange(t.Numbers("@")["System.Byte[]"], figures[0] - (2 * tick), figures[0] + (2 * tick));
        Assert.InRange(t.Number("@size"), 10_000, 10_100);
        Assert.Contains("Ctrace.Shop.Program::FillShelf", t.Text);
    }

    [DotnetFact]
    public void Requests_with_their_result_and_duration()
    {
        long[][] figures = [];
        var t = Traced.Run(Of("""
            dotnet:SHOP:HttpRequest { @[args.PathAndQuery, args.StatusCode, args.Host, args.Port] = count(); @took = sum(args.Duration); @least[args.PathAndQuery] = min(args.Duration); }
            dotnet:SHOP:HttpRequestStart { @begun = count(); }
            dotnet:SHOP:HttpRequestFailed { @failed = count(); }
            """), () => figures = [_shop.Do("request 5 20 /items"), _shop.Do("request 3 10 /none"), _shop.Do("request 2 0 /fail")]);
        Assert.Equal(new() { [$"/items, 200, 127.0.0.1, {figures[0][2]}"] = 5, [$"/none, 404, 127.0.0.1, {figures[1][2]}"] = 3, [$"/fail, 0, 127.0.0.1, {figures[2][2]}"] = 2 }, t.Numbers("@"));
        Assert.Equal((10, 2), (t.Number("@begun"), t.Number("@failed")));
        Assert.InRange(t.Number("@took"), (5 * 20_000_000) + (3 * 10_000_000), figures.Sum(f => f[1]));
        Assert.InRange(t.Numbers("@least")["/items"], 20_000_000, long.MaxValue);
    }

    [DotnetFact]
    public void Threads_of_the_pool()
    {
        var t = Traced.Run(Of("dotnet:SHOP:ThreadPoolWorkerThreadStart { @most = max(args.ActiveWorkerThreadCount); @threads[tid] = count(); }"), () => Assert.InRange(_shop.Do("pool 6")[0], 6, 1000));
        Assert.InRange(t.Number("@most"), 6, 1000);
        Assert.InRange(t.Numbers("@threads").Count, 6, 1000);
    }

    [DotnetFact]
    public void What_is_asked_with_queries_blocks_and_kernel_probes_is_one_program()
    {
        long[] figures = [];
        var t = Traced.Run(Of("""
            dotnet:SHOP:GCStart /args.Generation == 2/ < count() by pid every 100ms into @each >
            dotnet:SHOP:GCStart < nsecs, time, comm, args.Generation as generation >
            dotnet:SHOP:ExceptionThrown { @last = args.ExceptionMessage; $n = strlen(args.ExceptionType); @length = max($n); if (args.ExceptionHRESULT != 0) { @codes = count(); } }
            tracepoint:syscalls:sys_enter_* /pid == SHOP/ { @calls = count(); }
            """), () =>
        {
            figures = _shop.Do("collect 2 3");
            _shop.Do("throw Invalid 5");
        });
        Assert.Equal(3, figures[2]);
        Assert.Equal(3, t.Lines.Count(l => l.Contains("dotnet", StringComparison.Ordinal) && l.TrimEnd().EndsWith(" 2", StringComparison.Ordinal)));
        Assert.Equal(["order 4"], t.Values("@last").Values.Select(Traced.Show));
        Assert.Equal(("System.InvalidOperationException".Length, 5), (t.Number("@length"), t.Number("@codes")));
        Assert.InRange(t.Number("@calls"), 1, long.MaxValue);
        Assert.Equal(3, t.Lines.Where(l => l.StartsWith("@each[", StringComparison.Ordinal)).Sum(l => long.Parse(l[(l.LastIndexOf(' ') + 1)..], System.Globalization.CultureInfo.InvariantCulture)));
    }

    /// <summary>Each event has its place in time, among those of other threads too, and what is on its way at the end counts.</summary>
    [DotnetFact]
    public void None_is_lost_and_none_is_late()
    {
        const int count = 20_000;
        var t = Traced.Run(Of("config = { max_map_keys = 32768 } dotnet:SHOP:ExceptionThrown { @ = count(); if (nsecs < @last) { @late = count(); } @last = nsecs; @texts[args.ExceptionMessage] = count(); }"),
            () => _shop.Do($"throw Invalid {count}"));
        Assert.Equal((count, 0), (t.Number(), t.Number("@late")));
        Assert.Equal(0, t.Numbers("@texts").Values.Count(v => v != 1));
        Assert.DoesNotContain(t.Messages, m => m.Contains("warning"));
    }

    /// <summary>The program's time is the kernel's: of an exception between two system calls.</summary>
    [DotnetFact]
    public void Times_are_those_of_other_probes()
    {
        var t = Traced.Run(Of("""
            tracepoint:syscalls:sys_exit_read /tid == SHOP/ { @read = last(nsecs); }
            tracepoint:syscalls:sys_enter_write /tid == SHOP/ { @write = last(nsecs); }
            dotnet:SHOP:ExceptionThrown { @thrown = last(nsecs); }
            """).Replace("last(nsecs)", "nsecs"), () => _shop.Do("throw Invalid 1"));
        Assert.InRange(t.Number("@thrown"), t.Number("@read"), t.Number("@write"));
    }

    [DotnetFact]
    public void Exit_ends_it_and_the_program_goes_on()
    {
        using var recorded = new ManualResetEventSlim();
        var t = Traced.Run(Of("dotnet:SHOP:ExceptionThrown { printf(\"%s\\n\", args.ExceptionMessage); exit(3); }"), r =>
        {
            _shop.Do("throw Invalid 1");
            Assert.True(r.HasEvent.Wait(TimeSpan.FromMinutes(1)));
        }, new CompilationOptions());
        Assert.Equal(3, t.ExitCode);
        Assert.Equal(["order 0"], t.Lines);
        Assert.Equal(1, _shop.Do("throw Invalid 1")[0]);
    }

    private string Of(string program) => program.Replace("SHOP", $"{_shop.Id}", StringComparison.Ordinal);
}
