using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Ctrace.Kernel.Tests.Handlers;

using Native = Ctrace.Kernel.Tests.Live.Native;

/// <summary>What handlers get, and that none of it is lost without a word.</summary>
public class RowTests
{
    private static string Mine => $"tracepoint:syscalls:sys_enter_lseek /tid == {Native.CurrentThread()}/ ";

    [CSharpFact]
    public void A_row_has_typed_columns_and_is_shown_when_it_says_so()
    {
        var result = Trace(5, Mine + """
            < args.offset, comm, pid, (args.offset > 2) as big, ntop(0x0100007f) as ip, kstack as stack, (pid, comm) as pair, nsecs > => {
              string types = string.Join(" ", new object[] { offset, comm, pid, big, ip, stack, pair, nsecs }.Select(v => v.GetType().Name));
              if (offset == 0) Print(types);
              if (offset == 3) Print(row);
              if (offset == 4) Print($"{(long)pair.Item1 == pid} {pair.Item2 == comm} {ip} {stack.Length > 0 && stack[0].Address > 0} {big}");
            }
            """);
        Assert.Equal(0, result.Code);
        string[] lines = result.Lines();
        Assert.Equal("UInt64 String Int64 Boolean IPAddress StackFrame[] ValueTuple`2 UInt64", lines[0]);
        Assert.Contains("3", lines[1]);
        Assert.Contains(Environment.ProcessId.ToString(), lines[1]);
        Assert.Equal("True True 127.0.0.1 True True", lines[2]);
        Assert.Equal(3, lines.Length);
    }

    [CSharpFact]
    public void What_is_printed_and_what_is_dropped_is_all()
    {
        const int events = 20_000;
        var result = Trace(events, Mine + "< args.offset, comm, pid > => { Thread.Sleep(2); Print($\"row {offset} {new string('x', 40)}\"); }");
        int[] printed = [.. result.Lines().Select(l => int.Parse(l.Split(' ')[1]))];
        Assert.Equal(printed.Order().Distinct(), printed);
        Assert.InRange(printed.Length, 100, events - 1);
        Assert.Equal(events, printed.Length + Dropped(result));
    }

    [CSharpFact]
    public void The_count_is_exact_when_a_handler_is_ended_in_the_middle()
    {
        const int events = 5000;
        var result = Trace(events, Mine + "< args.offset > => { if (offset == 1234) while (true); Print(offset); }");
        Assert.Equal(Enumerable.Range(0, 1234).Select(i => $"{i}"), result.Lines());
        Assert.Equal(events - 1234, Dropped(result));
        Assert.Contains("did not end and was stopped", result.Messages);
    }

    [CSharpFact]
    public void The_count_is_exact_when_the_process_ends()
    {
        const int events = 5000;
        var result = Trace(events, Mine + "< args.offset > => { if (offset == 1234) { Console.Out.Flush(); Thread.Sleep(300); Environment.Exit(3); } Print(offset); }");
        Assert.Equal(Enumerable.Range(0, 1234).Select(i => $"{i}"), result.Lines());
        Assert.Equal(events - 1234, Dropped(result));
        Assert.Contains("ended with code 3", result.Messages);
    }

    [CSharpFact]
    public void A_hundred_thousand_rows_go_through()
    {
        const int events = 100_000;
        var result = Trace(events, Mine + "< args.offset, comm > => { if (offset % 10000 == 0) Print(offset); }");
        Assert.Equal(Enumerable.Range(0, 10).Select(i => $"{i * 10000}"), result.Lines());
        Assert.Equal(0, Dropped(result));
    }

    [CSharpFact]
    public void A_table_is_typed_and_sorted_at_each_refresh_and_at_the_end()
    {
        var result = Trace(300, Mine + """
            < count() as n, max(args.offset) as most by args.whence as how top 2 every 10s > => {
              Print($"{rows.Count} {string.Join(",", rows.Select(r => $"{r.how}:{r.n}:{r.most}"))} {rows.Sum(r => r.n)} {rows[0].Key}");
            }
            """, i => i % 3 == 0 ? 0 : i % 30 == 1 ? 1 : 4);
        Assert.Equal(["2 4:190:299,0:100:297 290 4"], result.Lines());
    }

    [CSharpFact]
    public void Alone_they_come_in_order_and_read_maps()
    {
        var result = Trace(10, Mine + """
            { @seen[args.offset] = count(); @total = sum(args.offset); }
            begin => { Print("begin"); }
            end => {
              Print($"end {Maps["seen"].Count} {@seen.Sum(r => r.Value)} {@total[0].Value} {Args[0]} {Elapsed > TimeSpan.Zero}");
              foreach (var r in Maps["seen"].Where(r => r.Key > 7).OrderBy(r => r.Key)) Print($"{r.Key}={r.Value}");
              try { Print(Maps["nosuch"].Count); } catch (Exception e) { Print(e.Message); }
            }
            """, parameters: ["parameter"]);
        string[] lines = result.Lines();
        Assert.Equal(["begin", "end 10 10 45 parameter True", "8=1", "9=1"], lines[..4]);
        Assert.Contains("@seen", lines[4]);
        Assert.Contains("@total", lines[4]);
    }

    [CSharpFact]
    public void Exit_gives_the_code_and_ends_soon()
    {
        var clock = Stopwatch.StartNew();
        var result = Sudo.Run("-e", "interval:ms:100 => { Print(\"now\"); Exit(42); } end { printf(\"end\\n\"); }");
        Assert.Equal(42, result.Code);
        Assert.Contains("now\n", result.Output);
        Assert.EndsWith("end", result.Output.TrimEnd());
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(20));
    }

    [CSharpFact]
    public void Errors_of_the_compiler_are_at_their_place_and_nothing_is_attached()
    {
        var result = Sudo.Run("-e", "begin { printf(\"x\\n\"); }\nend => {\n\tvar n = @nosuch.Count;\n\tint y = \"ä\";\n}");
        Assert.Equal(1, result.Code);
        Assert.Contains("-e:4:10: error: ", result.Messages);
        Assert.Contains("(CS0029)", result.Messages);
        Assert.DoesNotContain("Attached", result.Messages);
        Assert.Equal("", result.Output);
    }

    [CSharpFact]
    public void Ctrl_c_in_a_terminal_leaves_time_for_the_end()
    {
        // A terminal's Ctrl-C goes to all of a process group.
        var start = new ProcessStartInfo("setsid", ["-w", Tracer.Executable, "-e", "begin => { Print(\"begin\"); } end => { Print(\"end\"); }"])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, Environment = { ["SUDO_UID"] = "65534", ["SUDO_GID"] = "65534" },
        };
        using var setsid = Process.Start(start)!;
        Assert.StartsWith("Attached", setsid.StandardError.ReadLine());
        Assert.Equal("begin", setsid.StandardOutput.ReadLine());
        // Where setsid had to fork, the group is that of its child.
        int leader = int.Parse(File.ReadAllText($"/proc/{setsid.Id}/task/{setsid.Id}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries).Concat([$"{setsid.Id}"]).First());
        if (File.ReadAllText($"/proc/{setsid.Id}/comm").Trim() != "setsid")
            leader = setsid.Id;
        Native.Kill(-leader, Sudo.Interrupt);
        Assert.Contains("end\n", setsid.StandardOutput.ReadToEnd());
        Assert.Equal("", setsid.StandardError.ReadToEnd());
        Assert.True(setsid.WaitForExit(TimeSpan.FromSeconds(10)));
    }

    [CSharpFact]
    public void With_json_each_text_is_a_document()
    {
        var result = Sudo.Run("-f", "json", "-e", "begin => { Print(\"a \\\"b\\\"\"); Exit(); }");
        Assert.Contains("""{"type": "printf", "data": "a \"b\"\n"}""", result.Output);
    }

    [CSharpFact]
    public void A_wildcards_rows_go_to_one_handler()
    {
        var result = Trace(3, $"tracepoint:syscalls:sys_enter_lseek, tracepoint:syscalls:sys_exit_lseek /tid == {Native.CurrentThread()}/ < probe > => {{ Print(probe); }}");
        Assert.Equal(3, result.Lines().Count(l => l.Contains("sys_enter_lseek")));
        Assert.Equal(3, result.Lines().Count(l => l.Contains("sys_exit_lseek")));
    }

    private static TraceResult Trace(int events, string program, Func<int, int>? whence = null, params string[] parameters) => Sudo.Run(process =>
    {
        for (int i = 0; i < events; i++)
            Native.Lseek(i, whence?.Invoke(i) ?? 0);
        Thread.Sleep(200);
        Native.Kill(process.Id, Sudo.Interrupt);
    }, ["-e", program, .. parameters]);

    private static long Dropped(TraceResult result) =>
        Regex.Matches(result.Messages, @"(\d+) rows were dropped").Sum(m => long.Parse(m.Groups[1].Value));
}
