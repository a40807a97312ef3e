using Ctrace.Repl.Commands;
using Ctrace.Repl.Prompting;

namespace Ctrace.Repl.Tests.Prompting;

public class LineTests
{
    [Theory]
    [InlineData("tracepoint:sched:sched_swich { @ = count(); }", 0, 28, "this machine has no tracepoint:sched:sched_swich (did you mean tracepoint:sched:sched_switch?)")]
    [InlineData("tracepoint:sched:sched_swich { @ = cou", 0, 28, "this machine has no tracepoint:sched:sched_swich (did you mean tracepoint:sched:sched_switch?)")]
    [InlineData("tracepoint:sched:sched_switch < cont() >", 32, 4, "there is no function 'cont' (did you mean count or cat?)")]
    [InlineData("tracepoint:sched:sched_switch { @[args.nope] = count(); }", 39, 4, "tracepoint:sched:sched_switch has no field 'nope' (its fields are prev_comm, prev_pid, prev_prio, prev_state, next_comm, next_pid, next_prio)")]
    public void AMistakeIsFoundWhileTyping(string text, int start, int length, string message)
    {
        using var workspace = FakeScreen.NewWorkspace();
        var mistake = LineChecker.Check(workspace, text);
        Assert.NotNull(mistake);
        Assert.Equal((start, length, message), (mistake.Span.Start, mistake.Span.Length, mistake.Message));
    }

    [Theory]
    [InlineData("")]
    [InlineData("trace")]
    [InlineData("tracepoint:sched:sched_swi")]
    [InlineData("tracepoint:sched:sched_switch")]
    [InlineData("tracepoint:sched:sched_switch {")]
    [InlineData("tracepoint:sched:sched_switch { @[args.next_")]
    [InlineData("tracepoint:sched:sched_switch { @[pid] = cou")]
    [InlineData("tracepoint:sched:sched_switch < cou")]
    [InlineData("tracepoint:sched:sched_switch < count() by co")]
    [InlineData("tracepoint:sched:sched_switch < count() by comm >")]
    [InlineData("begin { printf(\"half")]
    [InlineData(":nonsense")]
    [InlineData("= new[]")]
    public void WhatIsOnlyUnfinishedIsNoMistake(string text)
    {
        using var workspace = FakeScreen.NewWorkspace();
        Assert.Null(LineChecker.Check(workspace, text));
    }

    [Fact]
    public void TheCheckerTellsWhenItKnows()
    {
        using var workspace = FakeScreen.NewWorkspace();
        using var found = new ManualResetEventSlim();
        using var checker = new LineChecker(workspace, found.Set);
        const string text = "tracepoint:sched:sched_switch < cont() >";
        checker.Look(text);
        Assert.True(found.Wait(TimeSpan.FromSeconds(30)));
        Assert.NotNull(checker.Of(text));
        Assert.Null(checker.Of(text + " "));
    }

    [Theory]
    [InlineData("begin { } end { }", "begin { } end { }")]
    [InlineData("begin {\n :no }\n:list\n\nend { }", "begin {\n :no }", ":list", "\nend { }")]
    [InlineData("// only a comment\n", new string[0])]
    [InlineData("= 1\n= 2", "= 1", "= 2")]
    [InlineData("#!/usr/bin/env ctrace\nbegin { }", "#!/usr/bin/env ctrace\nbegin { }")]
    public void AScriptIsTakenApartAtCommands(string text, params string[] entries) => Assert.Equal(entries, Entries.Of(text));

    [Theory]
    [InlineData("begin { if (1) { @[", "]}}")]
    [InlineData("tracepoint:a:b /pid == 1", "/ { }")]
    [InlineData("tracepoint:a:b < count(", ") >")]
    [InlineData("begin { } end { (", ")}")]
    [InlineData("begin { }", "")]
    public void WhatIsMissingIsKnown(string text, string closing) => Assert.Equal(closing, Closing.Of(text));

    [Theory]
    [InlineData(":nonsense", "there is no command :nonsense (see :help)")]
    [InlineData(":sto", null)]
    [InlineData(":stopp", "there is no command :stopp; did you mean :stop?")]
    [InlineData(":s", "there is no command :s; it could be :stop or :source or :sleep or :save or :set")]
    [InlineData(":stop x", "'x': expected the number of a trace")]
    [InlineData(":stop 3", "there is no trace 3; nothing was started yet")]
    [InlineData(":stop", "nothing runs")]
    [InlineData(":print", ":print needs an argument: :print @MAP [TOP]")]
    [InlineData(":print @x", "there is no map @x; no trace has one yet")]
    [InlineData(":set nope 1", "there is no setting 'nope'; settings are rows, refresh, keys, strlen, pid, unsafe")]
    [InlineData(":set rows 0", "rows 0: expected a number from 1 to 1000")]
    [InlineData(":format xml", ":format xml: expected table, json or csv")]
    [InlineData(":help nope_such", "nothing is called 'nope_such'")]
    [InlineData(":describe tracepoint:sched:nope", "no probe matches tracepoint:sched:nope")]
    [InlineData(":save /x", "nothing was started yet: there is nothing to save")]
    [InlineData(":export x.svg", "there is nothing to export: no map has an entry")]
    [InlineData(":load /no/such/file", "there is no file /no/such/file")]
    [InlineData(":list 3", ":list takes no argument")]
    [InlineData(":sleep soon", "'soon': expected a duration up to a day, such as 500ms, 2s or 5m")]
    public void ABadCommandGetsOneClearLine(string line, string? message)
    {
        var screen = new FakeScreen();
        using var workspace = FakeScreen.NewWorkspace(screen);
        var evaluator = new Evaluator(workspace, screen, new NoScripting(), null);
        evaluator.Run(line, CancellationToken.None);
        if (message is null)
            Assert.Equal(["nothing runs"], screen.Messages);
        else
            Assert.StartsWith(message, Assert.Single(screen.Messages));
        Assert.True(evaluator.HasFailed);
    }

    [Fact]
    public void EveryCommandIsDescribedOnce()
    {
        Assert.Equal(CommandTable.All.Count, CommandTable.All.Select(c => c.Name).Distinct().Count());
        Assert.All(CommandTable.All, c => Assert.False(string.IsNullOrWhiteSpace(c.Summary)));
        string[] wanted = ["help", "probes", "describe", "maps", "print", "list", "stop", "asm", "source", "save", "load", "set", "format", "export", "info", "quit", "pause", "clear", "top"];
        Assert.Empty(wanted.Except(CommandTable.All.Select(c => c.Name)));
    }

    [Theory]
    [InlineData(":help", "Tab completes")]
    [InlineData(":help hist", "hist(")]
    [InlineData(":help tracepoint", "tracepoint:CATEGORY:NAME")]
    [InlineData(":describe tracepoint:sched:sched_switch", "next_pid")]
    [InlineData(":probes tracepoint:sched:*", "tracepoint:sched:sched_switch")]
    [InlineData(":info", "CPUs: 2 running, 2 possible")]
    [InlineData(":set", "refresh")]
    public void CommandsThatExplainDo(string line, string words)
    {
        var screen = new FakeScreen();
        using var workspace = FakeScreen.NewWorkspace(screen);
        new Evaluator(workspace, screen, new NoScripting(), null).Run(line, CancellationToken.None);
        Assert.Empty(screen.Messages);
        Assert.Contains(words, string.Join('\n', screen.Printed));
    }

    [Fact]
    public void AQueryIsSavedWithTheNameOfItsMap() => Assert.Equal(
        "tracepoint:a:b < count() by comm into @3 >", FileCommands.WithMapNames("tracepoint:a:b < count() by comm >", "@3"));
}
