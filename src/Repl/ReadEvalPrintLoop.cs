using Ctrace.Repl.Prompting;
using Ctrace.Repl.Scripting;
using Ctrace.Runtime.Kernel;
using PrettyPrompt;
using PrettyPrompt.Consoles;
using PrettyPrompt.Highlighting;

namespace Ctrace.Repl;

/// <summary>The prompt: reads lines, starts what they say in the background, and shows what that finds while the next is typed.</summary>
internal sealed class ReadEvalPrintLoop : IDisposable
{
    private const string PasteOn = "\x1b[?2004h", PasteOff = "\x1b[?2004l";

    private readonly Terminal _terminal;
    private readonly TerminalKeys _keys = new();
    private readonly PromptConsole _console;
    private readonly Workspace _workspace;
    private readonly IScripting _scripting;
    private readonly Evaluator _evaluator;
    private readonly LineChecker _checker;
    private readonly HistorySearch _history;
    private readonly EditorCallbacks _callbacks;
    private readonly string? _historyFile;
    private readonly Lock _closing = new();
    private string _note = "";
    private bool _closed;

    private ReadEvalPrintLoop(Settings settings, IScripting scripting, Workspace workspace, Terminal terminal)
    {
        (_terminal, _workspace, _scripting) = (terminal, workspace, scripting);
        _console = new PromptConsole(terminal, _keys);
        var panel = new LivePanel(workspace);
        terminal.Live = panel.Lines;
        terminal.RefreshMilliseconds = () => settings.RefreshMilliseconds;
        _evaluator = new Evaluator(workspace, terminal, scripting, panel);
        var probes = new ProbeIndex(new KernelTarget());
        probes.Start();
        _checker = new LineChecker(workspace, _console.RequestRedraw);
        _historyFile = StateFolder.HistoryFile(Environment.GetEnvironmentVariable);
        _history = new HistorySearch(_historyFile);
        _callbacks = new EditorCallbacks(new Completer(workspace, probes), _checker, scripting, terminal.HasColour) { ShowNote = Note, OnKey = OnKey, HasKeys = () => TerminalMode.WaitForKeys(0) };
        _console.Filter = Filter;
        _console.Redrawing = _callbacks.Refresh;
    }

    /// <summary>Runs the prompt until the user leaves it; the result is the exit code.</summary>
    internal static int Run(Request request, Limits limits)
    {
        var settings = new Settings(limits) { Unsafe = request.Unsafe, Format = request.Format };
        if (request.ProcessId != 0)
            settings.Set("pid", request.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture));
        if (!TerminalMode.IsTerminal)
            return LineLoop.Run(settings);
        using var mode = TerminalMode.Enter();
        using var terminal = new Terminal(TerminalMode.WindowSize, TerminalMode.Write);
        using var workspace = new Workspace(settings, terminal);
        var scripting = new PromptScripting(workspace);
        scripting.Warm();
        using var loop = new ReadEvalPrintLoop(settings, scripting, workspace, terminal);
        using var signals = new StopSignals(loop.Leave);
        terminal.Start();
        TerminalMode.Write(PasteOn);
        terminal.Print("ctrace: type a probe and what to do, such as tracepoint:syscalls:sys_enter_openat < count() by comm top 10 >\n"
            + "Tab completes, Ctrl-C stops what runs, Ctrl-D leaves, :help explains");
        loop.RunAsync().GetAwaiter().GetResult();
        return 0;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _checker.Dispose();
        _scripting.DisposeAsync().AsTask().Wait(TimeSpan.FromSeconds(1));
    }

    private async Task RunAsync()
    {
        var keys = new KeyBindings(
            commitCompletion: new KeyPressPatterns(new KeyPressPattern(ConsoleKey.Tab)),
            triggerCompletionList: new KeyPressPatterns(new KeyPressPattern(ConsoleModifiers.Control, ConsoleKey.Spacebar)),
            submitPrompt: new KeyPressPatterns(new KeyPressPattern(ConsoleKey.Enter)));
        var configuration = new PromptConfiguration(keyBindings: keys, prompt: _terminal.HasColour ? new FormattedString("ctrace> ", new ConsoleFormat(Foreground: AnsiColor.BrightBlue)) : "ctrace> ",
            maxCompletionItemsCount: 8, proportionOfWindowHeightForCompletionPane: 0.5, tabSize: 2);
        await using var prompt = new Prompt(_historyFile, _callbacks, _console, configuration);
        while (!_evaluator.Context.IsLeaving)
        {
            var line = await prompt.ReadLineAsync();
            Note("");
            _terminal.Commit();
            if (_evaluator.Context.IsLeaving)
                break;
            if (!line.IsSuccess || line.Text.Trim().Length == 0)
                continue;
            _history.Add(line.Text);
            Evaluate(line.Text);
        }

        Close();
    }

    /// <summary>Runs an entry. Ctrl-C ends its waiting; other keys are for the next line.</summary>
    private void Evaluate(string text)
    {
        using var cancellation = new CancellationTokenSource();
        var work = Task.Run(() =>
        {
            foreach (string entry in Entries.Of(text))
            {
                _evaluator.Run(entry, cancellation.Token);
                if (_evaluator.HasFailed || _evaluator.Context.IsLeaving || cancellation.IsCancellationRequested)
                    return;
            }
        });
        // Most entries are done at once; only those that wait have the keys looked at.
        while (!work.Wait(20))
        {
            _terminal.CheckSize();
            while (_keys.TryRead(out var typed))
            {
                if (typed.Key is { Key: ConsoleKey.C, Modifiers: ConsoleModifiers.Control })
                    cancellation.Cancel();
                else
                    _console.Injected.Enqueue(typed);
                if (_keys.IsClosed)
                    break;
            }

            if (_keys.IsClosed)
                cancellation.Cancel();
        }

        work.GetAwaiter().GetResult();
    }

    /// <summary>Keys of a history search, and those that the editor has another use for.</summary>
    private ConsoleKeyInfo? Filter(ConsoleKeyInfo key)
    {
        bool control = key.Modifiers == ConsoleModifiers.Control;
        if (_history.IsActive)
        {
            string? found = _history.Take(key);
            Note(_history.IsActive ? _history.Note : "");
            if (found is null)
                return null;
            _console.Injected.Enqueue(new Typed(default, found));
            return SelectAll;
        }

        if (control && key.Key == ConsoleKey.R)
        {
            _history.Begin();
            Note(_history.Note);
            return null;
        }

        if (control && key.Key == ConsoleKey.L)
            _terminal.Wipe();
        return key;
    }

    private static readonly ConsoleKeyInfo SelectAll = new('\x01', ConsoleKey.A, false, false, true);

    /// <summary>Ctrl-C ends what runs, or else the line; Ctrl-D on an empty line leaves.</summary>
    private ConsoleKeyInfo? OnKey(string text, ConsoleKeyInfo key)
    {
        if (key.Modifiers != ConsoleModifiers.Control)
            return key;
        if (key.Key == ConsoleKey.C && text.Length == 0)
        {
            // In the background: the line stays alive while traces end.
            if (_workspace.Traces.Any(t => t.IsAlive))
                Task.Run(() => _workspace.StopAll());
            else
                _terminal.Print("nothing runs; Ctrl-D leaves");
            return null;
        }

        if (key.Key == ConsoleKey.D && text.Length == 0)
        {
            _evaluator.Context.IsLeaving = true;
            return new ConsoleKeyInfo('\r', ConsoleKey.Enter, false, false, false);
        }

        return key.Key == ConsoleKey.D ? new ConsoleKeyInfo('\0', ConsoleKey.Delete, false, false, false) : key;
    }

    private void Note(string text)
    {
        if (text == _note)
            return;
        _terminal.Note = _note = text;
        _terminal.Changed();
    }

    /// <summary>Someone asks the process to end: what was gathered is still printed.</summary>
    private void Leave()
    {
        Close();
        ProcessExit.Now(0);
    }

    private void Close()
    {
        lock (_closing)
        {
            if (_closed)
                return;
            _closed = true;
            _workspace.StopAll();
            _terminal.Close();
            TerminalMode.Write(PasteOff);
            TerminalMode.Restore();
        }
    }
}
