using Ctrace.Compiler;
using Ctrace.Compiler.Bytecode;
using Ctrace.Repl.Prompting;

namespace Ctrace.Repl.Commands;

/// <summary>Commands about what runs.</summary>
internal static class TraceCommands
{
    internal static IReadOnlyList<Command> All { get; } =
    [
        new("list", "", "list the traces: what runs, since when, at what cost", ArgumentKind.Text, (context, _) => List(context)),
        new("stop", "[N]", "end trace N and print its maps; all without a number", ArgumentKind.Trace, Stop),
        new("pause", "[N]", "take trace N's probes off, or put them on again; all without a number", ArgumentKind.Trace, Pause),
        new("top", "", "hide the live tables, or show them again", ArgumentKind.Text, (context, _) => Top(context)),
        new("heat", "", "draw the live histograms over time, as heat maps, or as bars again", ArgumentKind.Text, (context, _) => Heat(context)),
        new("asm", "N", "show trace N's bytecode beside its source", ArgumentKind.Trace, (context, text) => context.Print(Disassembler.Format(Find(context, text).Program).TrimEnd('\n'))),
        new("source", "N", "show what trace N runs", ArgumentKind.Trace, (context, text) => context.Print(Palette.Highlight(Find(context, text).Source.Text, context.Screen.HasColour))),
        new("wait", "[DURATION]", "wait until all traces have ended, or for so long", ArgumentKind.Text, Wait),
        new("sleep", "DURATION", "wait for so long, such as 500ms or 2s", ArgumentKind.Text, (context, text) => context.Cancellation.WaitHandle.WaitOne(Duration(text))),
        new("quit", "", "end all traces, print their maps, and leave", ArgumentKind.Text, (context, _) => context.IsLeaving = true),
    ];

    private static Trace Find(CommandContext context, string text) => context.Workspace.Find(CommandTable.Number(text, "the number of a trace"));

    private static void List(CommandContext context)
    {
        var traces = context.Workspace.Traces;
        if (traces.Count == 0)
            context.Print("nothing was started yet");
        foreach (var trace in traces)
        {
            string line = $"{trace.State.ToString().ToLowerInvariant(),-8} {LivePanel.Cost(trace)}";
            context.Print(Palette.Paint(trace.Number, $"{trace.Number,2}  ", context.Screen.HasColour) + $"{line,-48}  "
                + Palette.Highlight(Palette.OneLine(trace.Source.Text, Math.Max(20, context.Screen.Width - 56)), context.Screen.HasColour));
        }
    }

    private static void Stop(CommandContext context, string text)
    {
        if (text.Length > 0)
        {
            var trace = Find(context, text);
            if (!trace.IsAlive)
                throw new UsageException($"trace {trace.Number} has ended already");
            Workspace.Stop(trace);
        }
        else if (context.Workspace.StopAll() == 0)
            throw new UsageException("nothing runs");
    }

    private static void Pause(CommandContext context, string text)
    {
        var traces = text.Length > 0 ? [Find(context, text)] : context.Workspace.Traces.Where(t => t.IsAlive).ToList();
        if (traces.Count == 0 || !traces.Exists(t => t.IsAlive))
            throw new UsageException(text.Length > 0 ? $"trace {text} has ended" : "nothing runs");
        bool pause = traces.Exists(t => t.State == TraceState.Running);
        foreach (var trace in traces)
            trace.Pause(pause);
        context.Screen.Changed();
    }

    private static void Top(CommandContext context) => Change(context, panel => panel.IsShown = !panel.IsShown);

    private static void Heat(CommandContext context) => Change(context, panel => panel.ShowsHeat = !panel.ShowsHeat);

    private static void Change(CommandContext context, Action<LivePanel> change)
    {
        if (context.Panel is not { } panel)
            throw new UsageException("there are no live tables without a terminal");
        change(panel);
        panel.Invalidate();
        context.Screen.Changed();
    }

    private static void Wait(CommandContext context, string text)
    {
        var limit = text.Length > 0 ? Duration(text) : Timeout.InfiniteTimeSpan;
        long started = System.Diagnostics.Stopwatch.GetTimestamp();
        while (context.Workspace.Traces.Any(t => t.IsAlive) && !context.Cancellation.IsCancellationRequested
            && (limit < TimeSpan.Zero || System.Diagnostics.Stopwatch.GetElapsedTime(started) < limit))
        {
            context.Cancellation.WaitHandle.WaitOne(20);
        }
    }

    /// <summary>A duration as the language writes it.</summary>
    private static TimeSpan Duration(string text)
    {
        (string Suffix, double Seconds)[] units = [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600)];
        foreach (var (suffix, seconds) in units)
        {
            if (text.EndsWith(suffix, StringComparison.Ordinal)
                && int.TryParse(text[..^suffix.Length], System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out int count)
                && count * seconds <= 86_400)
                return TimeSpan.FromSeconds(count * seconds);
        }

        throw new UsageException($"'{text}': expected a duration up to a day, such as 500ms, 2s or 5m");
    }
}
