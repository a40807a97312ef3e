using Ctrace.Compiler;
using Ctrace.Compiler.Layouts;
using Ctrace.Repl.Rendering;
using static Ctrace.Repl.Tests.Samples;

namespace Ctrace.Repl.Tests;

/// <summary>What is no result.</summary>
public class MessageTests
{
    [Fact]
    public void Losses_say_why_and_what_helps()
    {
        Assert.Equal(
            "warning: 12,345 events lost: the event buffer was full (tracepoint:raw_syscalls:sys_enter); " +
            "raise CTRACE_EVENT_BUFFER (now 8M) or print less per event",
            LossText.Format(Loss(LossCause.EventBufferFull), 12345));
        Assert.Equal(
            "warning: @x is full (4096 entries): 1 update was dropped (tracepoint:raw_syscalls:sys_enter); raise CTRACE_MAX_MAP_KEYS",
            LossText.Format(Loss(LossCause.MapFull), 1));
        Assert.Equal(
            "warning: @x is full (4096 entries), or the kernel had no memory at hand for as many at once: 2 updates were dropped (tracepoint:raw_syscalls:sys_enter); raise CTRACE_MAX_MAP_KEYS",
            LossText.Format(Loss(LossCause.MapFull) with { TakesMemory = true }, 2));
    }

    [Fact]
    public void Every_cause_has_a_text()
    {
        foreach (var cause in Enum.GetValues<LossCause>())
        {
            Assert.Contains(';', LossText.Format(Loss(cause), 2));
            Assert.NotEqual("other", LossText.Cause(cause));
        }

        Assert.Equal(Enum.GetValues<LossCause>().Length, Enum.GetValues<LossCause>().Select(LossText.Cause).Distinct().Count());
    }

    [Fact]
    public void All_that_was_lost_is_said_at_the_end_where_it_was_said_bit_by_bit()
    {
        Show(s => { s.LostInAll(Loss(LossCause.MapFull), 9, 1); s.LostInAll(Loss(LossCause.EventBufferFull) with { Subject = null }, 12345, 2); }, out var messages);
        Assert.Equal(["warning: in all, 12,345 events lost, event buffer full (tracepoint:raw_syscalls:sys_enter)"], messages);
    }

    [Fact]
    public void Results_that_came_before_a_message_are_shown_before_it()
    {
        var order = new List<string>();
        var output = new OutputStream(bytes =>
        {
            order.Add("result");
            return true;
        });
        var sink = new TextSink(output, order.Add, [], new TextSinkOptions());
        sink.Event(new PrintfEvent([new FormatText([1])], []), new byte[8]);
        sink.Warn("watch out");
        sink.Attached(1);
        sink.Attached(2);
        Assert.Equal(["result", "warning: watch out", "Attached 1 probe", "Attached 2 probes"], order);
    }

    [Fact]
    public void Quiet_is_quiet()
    {
        var sink = new TextSink(new OutputStream(_ => true), _ => Assert.Fail("not quiet"), [], new TextSinkOptions { Quiet = true });
        sink.Attached(1);
        sink.Warn("x");
        sink.Lost(Loss(LossCause.MapFull), 1);
    }

    [Fact]
    public void A_reader_that_went_away_is_noticed_once()
    {
        int noticed = 0, written = 0;
        var sink = new TextSink(new OutputStream(_ => ++written < 0), _ => { }, [], new TextSinkOptions());
        sink.ReaderGone += () => noticed++;
        var printf = new PrintfEvent([new FormatText([(byte)'\n'])], []);
        for (int i = 0; i < 3; i++)
        {
            sink.Event(printf, new byte[8]);
            sink.Flush();
        }

        Assert.Equal((1, 1), (noticed, written));
    }

    [Fact]
    public void A_terminal_sees_lines_and_a_pipe_blocks()
    {
        int writes = 0;
        var printf = new PrintfEvent([new FormatText([(byte)'x', (byte)'\n'])], []);
        var terminal = new TextSink(new OutputStream(_ => ++writes > 0, 80), _ => { }, [], new TextSinkOptions());
        terminal.Event(printf, new byte[8]);
        terminal.Event(printf, new byte[8]);
        Assert.Equal(2, writes);

        writes = 0;
        var pipe = new TextSink(new OutputStream(_ => ++writes > 0), _ => { }, [], new TextSinkOptions());
        for (int i = 0; i < 65536; i++)
            pipe.Event(printf, new byte[8]);
        Assert.Equal(1, writes);
        pipe.Flush();
        Assert.Equal(2, writes);
    }
}
