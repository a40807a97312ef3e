using System.Text.RegularExpressions;

namespace Ctrace.Kernel.Tests.Prompting;

/// <summary>The prompt, driven in a real terminal.</summary>
public partial class PromptTests
{
    /// <summary>A "whence" that nobody else uses: the call fails, and is seen nevertheless.</summary>
    private const int Mark = 77;

    private const string Counting = "tracepoint:syscalls:sys_enter_lseek < count() by comm >";

    [KernelFact("tmux")]
    public void The_menu_completes_what_is_typed()
    {
        using var prompt = new PromptDriver();
        prompt.Type("tracepoint:sched:sched_swi");
        prompt.WaitUntil(s => s.Contains("│>tracepoint:sched:sched_switch"), "the menu");
        prompt.Press("Tab");
        prompt.WaitUntil(s => s.EndsWith("ctrace> tracepoint:sched:sched_switch", StringComparison.Ordinal), "the chosen probe, and no menu");
        prompt.Type(" { @[args.next_c");
        string screen = prompt.WaitFor("│>next_comm");
        Assert.Contains("char", screen.Split('\n').First(l => l.Contains("next_comm")));
        prompt.Press("Tab");
        prompt.WaitFor("@[args.next_comm");
        prompt.Type("] = quan");
        screen = prompt.WaitFor("quantile(");
        Assert.Contains("aggregation", screen);
    }

    [KernelFact("tmux")]
    public void A_table_changes_while_the_next_line_is_typed()
    {
        using var prompt = new PromptDriver();
        prompt.Enter(Counting);
        prompt.WaitAttached();
        Seek(1000);
        string before = prompt.WaitUntil(s => CountOf(s) >= 1000, "a thousand events");
        prompt.Type("interval:s:5 { @half = ");
        Seek(500);
        string after = prompt.WaitUntil(s => CountOf(s) >= CountOf(before) + 500, "more events");
        Assert.EndsWith("ctrace> interval:s:5 { @half =", after.TrimEnd());
        Assert.Matches(CostOfOne(), after);
    }

    [KernelFact("tmux")]
    public void A_mistake_is_underlined_before_Enter()
    {
        using var prompt = new PromptDriver();
        prompt.Type("tracepoint:sched:sched_swich { @ = count(); }");
        prompt.WaitFor("this machine has no tracepoint:sched:sched_swich (did you mean tracepoint:sched:sched_switch?)");
        string line = prompt.Colours.Split('\n').First(l => l.Contains("sched_swich"));
        Assert.Matches("\x1b\\[[0-9;]*4[;m][^m]*m?.*tracepoint:sched:sched_swich", line);
        // Corrected, it is gone.
        for (int i = 0; i < "ch { @ = count(); }".Length; i++)
            prompt.Press("BSpace");
        prompt.Type("tch { @ = count(); }");
        prompt.WaitUntil(s => s.EndsWith("sched_switch { @ = count(); }", StringComparison.Ordinal), "no message");
    }

    [KernelFact("tmux")]
    public void The_history_is_there_in_the_next_run()
    {
        string home;
        using (var prompt = new PromptDriver())
        {
            home = prompt.Home;
            prompt.Enter("interval:s:60 { @earlier = count(); }");
            prompt.WaitFor("1│");
            prompt.Press("C-d");
            prompt.WaitFor("exit code 0");
        }

        using (var prompt = new PromptDriver(home))
        {
            prompt.Press("Up");
            prompt.WaitUntil(_ => prompt.Line == "ctrace> interval:s:60 { @earlier = count(); }", "the earlier line");
        }

        using (var prompt = new PromptDriver(home))
        {
            prompt.Press("C-r");
            prompt.Type("earl");
            prompt.WaitFor("search: earl  →  interval:s:60 { @earlier = count(); }");
            prompt.Press("Enter");
            prompt.WaitUntil(_ => prompt.Line == "ctrace> interval:s:60 { @earlier = count(); }", "what was found");
        }

        string file = Path.Combine(home, ".local", "state", "ctrace", "history");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
    }

    [KernelFact("tmux")]
    public void Control_C_stops_what_runs_and_never_the_prompt()
    {
        using var prompt = new PromptDriver();
        prompt.Enter(Counting);
        prompt.WaitAttached();
        Seek(100);
        prompt.WaitUntil(s => CountOf(s) >= 100, "the events");
        prompt.Press("C-c");
        string screen = prompt.WaitFor("1│ ended: " + Counting);
        prompt.WaitUntil(s => EntryOf().Matches(s).Any(m => long.Parse(m.Groups[1].Value) >= 100), "the map");
        prompt.Type("half a lin");
        prompt.WaitFor("half a lin");
        prompt.Press("C-c");
        prompt.WaitUntil(_ => prompt.Line == "ctrace>", "an empty line");
        prompt.Press("C-c");
        prompt.WaitFor("nothing runs; Ctrl-D leaves");
        Assert.DoesNotContain("exit code", screen);
    }

    [KernelFact("tmux")]
    public void A_resize_keeps_the_screen_whole()
    {
        using var prompt = new PromptDriver();
        prompt.Enter(Counting);
        prompt.WaitAttached();
        Seek(10);
        prompt.WaitUntil(s => CountOf(s) >= 10, "the events");
        prompt.Type("interval:s:5 { @abcdefghijklmnopqrstuvwxyz = count(); }");
        prompt.WaitFor("xyz = count(); }");
        foreach (var (width, height) in new[] { (60, 20), (90, 12), (120, 40) })
        {
            prompt.Resize(width, height);
            // The heading fills the row, and each thing is there once.
            string screen = prompt.WaitUntil(s => s.Split('\n').Any(l => l.StartsWith("1│", StringComparison.Ordinal) && l.TrimEnd().Length >= width - 3 && l.TrimEnd().Length <= width) && s.Contains("xyz"), $"{width} columns");
            Assert.Single(screen.Split('\n'), l => l.StartsWith("1│", StringComparison.Ordinal));
            Assert.Equal("ctrace>interval:s:5{@abcdefghijklmnopqrstuvwxyz=count();}",
                string.Concat(screen[screen.LastIndexOf("ctrace> interval", StringComparison.Ordinal)..].Where(c => !char.IsWhiteSpace(c))));
        }
    }

    [KernelFact("tmux")]
    public void Two_queries_run_at_once()
    {
        using var prompt = new PromptDriver();
        prompt.Enter(Counting);
        prompt.Enter("tracepoint:syscalls:sys_exit_lseek { @second = count(); }");
        prompt.WaitUntil(s => s.Contains("1│") && s.Contains("2│"), "two headings");
        prompt.WaitUntil(s => !s.Contains("starting"), "both attached");
        Seek(250);
        prompt.WaitUntil(s => CountOf(s) >= 250 && s.Contains("@second: "), "both results");
        prompt.Enter(":stop 2");
        prompt.WaitFor("2│ ended");
        prompt.WaitUntil(s => s.Split('\n').Count(l => l.StartsWith("1│", StringComparison.Ordinal)) == 1, "the first still running");
        prompt.Enter(":list");
        prompt.WaitUntil(s => Regex.IsMatch(s, @" 1  running .*\n 2  ended "), "both in the list");
    }

    [KernelFact("tmux")]
    public void Maps_of_earlier_lines_live_on()
    {
        using var prompt = new PromptDriver();
        prompt.Enter("tracepoint:syscalls:sys_enter_lseek /args.whence == 77/ { @seeks = count(); }");
        prompt.WaitAttached();
        Seek(40);
        prompt.WaitFor("@seeks: 40");
        prompt.Enter(":stop");
        prompt.WaitFor("1│ ended");
        prompt.Enter("tracepoint:syscalls:sys_enter_lseek /args.whence == 77/ { @seeks = count(); }");
        prompt.WaitUntil(s => s.Contains("2│") && !s.Contains("starting"), "the second");
        Seek(2);
        prompt.WaitFor("@seeks: 42");
        prompt.Enter(":print @seeks");
        prompt.WaitUntil(s => s.Split('\n').Count(l => l == "@seeks: 42") >= 2, "the printed map");
        prompt.Enter(":clear @seeks");
        prompt.WaitUntil(s => !s[s.LastIndexOf(":clear", StringComparison.Ordinal)..].Contains("@seeks: 42"), "an empty map");
        prompt.Enter("begin { @seeks[1] = 2; }");
        prompt.WaitFor("error:");
    }

    [KernelFact("tmux")]
    public void Control_D_leaves_and_prints_the_maps()
    {
        using var prompt = new PromptDriver();
        prompt.Enter("tracepoint:syscalls:sys_enter_lseek /args.whence == 77/ { @last = count(); }");
        prompt.WaitAttached();
        Seek(7);
        prompt.WaitFor("@last: 7");
        prompt.Press("C-d");
        string screen = prompt.WaitFor("exit code 0");
        Assert.Contains("\n@last: 7\n", screen);
        Assert.DoesNotContain("│ tracepoint", screen[screen.IndexOf("ended", StringComparison.Ordinal)..].Replace("│ ended", ""));
    }

    [KernelFact("tmux")]
    public void A_script_is_pasted_whole_and_saved_whole()
    {
        using var prompt = new PromptDriver();
        prompt.Paste("begin {\n    printf(\"one\\n\");\n    printf(\"two\\n\");\n}\n");
        prompt.WaitFor("printf(\"two\\n\");");
        prompt.Press("Enter");
        prompt.WaitUntil(s => s.Contains("1│ one") && s.Contains("1│ two"), "both lines");
        prompt.Enter(":stop");
        prompt.WaitFor("ended");
        string file = Path.Combine(prompt.Home, "saved.ct");
        prompt.Enter(":save " + file);
        prompt.WaitFor("wrote " + file);
        File.AppendAllText(file, "\ninterval:ms:10 { exit(); }\n");
        var run = Tracer.Run(file);
        Assert.Equal((0, "one\ntwo"), (run.Code, run.Output.Trim('\n')));
        prompt.Enter(":load " + file);
        prompt.WaitFor("2│ one");
    }

    [KernelFact("tmux")]
    public void An_open_brace_goes_on_in_the_next_line()
    {
        using var prompt = new PromptDriver();
        prompt.Enter("begin {");
        prompt.Type("printf(\"goes on\\n\");");
        prompt.WaitFor("goes on");
        prompt.Press("Enter");
        prompt.Type("exit(); }");
        prompt.WaitFor("exit(); }");
        prompt.Press("Enter");
        prompt.WaitFor("1│ goes on");
        prompt.WaitFor("1│ ended");
    }

    [KernelFact]
    public void Without_a_terminal_lines_run_one_by_one()
    {
        string script = Path.GetTempFileName();
        File.WriteAllText(script, $$"""
            #!/usr/bin/env ctrace
            // counted while the next lines wait
            tracepoint:syscalls:sys_enter_lseek /args.whence == {{Mark}}/ {
                @n = count();
            }
            :sleep 1s
            :print @n
            :nonsense
            :stop
            begin { printf("last\n"); exit(); }
            """);
        var start = new System.Diagnostics.ProcessStartInfo("/bin/sh", ["-c", $"exec '{Tracer.Executable}' < '{script}'"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = System.Diagnostics.Process.Start(start)!;
        var errors = process.StandardError;
        Assert.Equal("Attached 1 probe", errors.ReadLine());
        Seek(30);
        string output = process.StandardOutput.ReadToEnd();
        Assert.True(process.WaitForExit(30_000));
        Assert.Equal((1, "@n: 30\n@n: 30\nlast\n"), (process.ExitCode, output.Replace("\n\n", "\n").TrimStart('\n')));
        Assert.Contains("there is no command :nonsense", errors.ReadToEnd());
        File.Delete(script);
    }

    private static void Seek(int times)
    {
        for (int i = 0; i < times; i++)
            Live.Native.Lseek(i, Mark);
    }

    /// <summary>What the first table says about this process.</summary>
    private static long CountOf(string screen) =>
        screen.Split('\n').Select(l => Row().Match(l)).Where(m => m.Success).Select(m => long.Parse(m.Groups[1].Value.Replace(",", ""))).DefaultIfEmpty().Max();

    [GeneratedRegex(@"^\S.*?\s+([\d,]+)\s*$")]
    private static partial Regex Row();

    [GeneratedRegex(@"1│ .* [\d,]+ events, \d+ ns each")]
    private static partial Regex CostOfOne();

    [GeneratedRegex(@"@1\[.*\]: (\d+)")]
    private static partial Regex EntryOf();
}
