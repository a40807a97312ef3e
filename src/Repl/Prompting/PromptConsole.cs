using System.Text;
using PrettyPrompt.Consoles;

namespace Ctrace.Repl.Prompting;

/// <summary>
/// What the line editor takes for the console. It draws on a <see cref="VirtualScreen"/>; its keys are the terminal's, apart
/// from those that the prompt itself understands, and from some that the prompt presses for it.
/// </summary>
internal sealed class PromptConsole(Terminal terminal, KeySource keys) : IConsole
{
    private static readonly ConsoleKeyInfo Redraw = new('\f', ConsoleKey.L, false, false, true);

    private static readonly ConsoleKeyInfo Escape = new('\x1b', ConsoleKey.Escape, false, false, false);

    private readonly Queue<ConsoleKeyInfo> _burst = [];
    private volatile bool _redraw;

    /// <summary>Lets the prompt have a key first: null when it has dealt with it.</summary>
    internal Func<ConsoleKeyInfo, ConsoleKeyInfo?>? Filter { get; set; }

    /// <summary>Keys that the prompt presses, given before the next of the user's.</summary>
    internal Queue<Typed> Injected { get; } = [];

    /// <summary>Called before the editor draws its line anew.</summary>
    internal Action? Redrawing { get; set; }

    /// <summary>Called when the editor waits: everything that was typed has been dealt with.</summary>
    internal Action? Waiting { get; set; }

    public int CursorTop
    {
        get
        {
            int row = 0;
            terminal.Edit(screen => row = screen.Cursor.Row);
            return row;
        }
    }

    public int BufferWidth => terminal.Width;
    public int WindowHeight => terminal.Height;
    public int WindowTop => 0;
    public bool IsErrorRedirected => false;

    /// <summary>Only what belongs to a paste counts as typed at once.</summary>
    public bool KeyAvailable => _burst.Count > 0;

    public bool CaptureControlC { get; set; }

    public event ConsoleCancelEventHandler CancelKeyPress
    {
        add { }
        remove { }
    }

    /// <summary>Has the editor draw its line anew, soon: its colours have changed.</summary>
    internal void RequestRedraw() => _redraw = true;

    public ConsoleKeyInfo ReadKey(bool intercept)
    {
        if (_burst.TryDequeue(out var next))
            return next;
        while (true)
        {
            if (Injected.TryDequeue(out var typed) || Take(out typed))
            {
                if (typed.Pasted is { } text)
                {
                    if (text.Length == 0)
                        continue;
                    foreach (char c in text)
                        _burst.Enqueue(new ConsoleKeyInfo(c, c == '\n' ? ConsoleKey.Enter : ConsoleKey.None, c == '\n', false, false));
                    return _burst.Dequeue();
                }

                return typed.Key;
            }
        }
    }

    public void Write(string? value) => Write(value.AsSpan());

    public void Write(ReadOnlySpan<char> value)
    {
        string text = value.ToString();
        terminal.Edit(screen => screen.Write(text));
    }

    public void Write(StringBuilder value, bool hideCursor = false) => Write(value.ToString());

    public void WriteLine(string? value) => Write(value + "\n");

    public void WriteLine(ReadOnlySpan<char> value) => Write(value.ToString() + "\n");

    public void WriteLine(StringBuilder value, bool hideCursor = false) => Write(value + "\n");

    public void WriteError(string? value) => Write(value);

    public void WriteError(ReadOnlySpan<char> value) => Write(value);

    public void WriteError(StringBuilder value, bool hideCursor = false) => Write(value);

    public void WriteErrorLine(string? value) => WriteLine(value);

    public void WriteErrorLine(ReadOnlySpan<char> value) => WriteLine(value);

    public void WriteErrorLine(StringBuilder value, bool hideCursor = false) => WriteLine(value);

    /// <summary>The editor clears its own part only; the prompt decides about the rest.</summary>
    public void Clear() => terminal.Edit(screen => screen.Clear());

    public void ShowCursor()
    {
    }

    public void HideCursor()
    {
    }

    public void InitVirtualTerminalProcessing()
    {
    }

    /// <summary>The next key that the prompt does not keep for itself; false when it should be asked again.</summary>
    private bool Take(out Typed typed)
    {
        typed = default;
        if (terminal.CheckSize() || _redraw)
        {
            _redraw = false;
            Redrawing?.Invoke();
            typed = new Typed(Redraw);
            return true;
        }

        if (keys.TryRead(out typed))
        {
            if (typed.Pasted is null && Filter is { } filter)
            {
                if (filter(typed.Key) is not { } kept)
                    return false;
                typed = new Typed(kept);
                // The editor's menu chooses among what it was given when it opened. Closed before each key, it opens with what fits now.
                if (typed.Key.Modifiers is 0 or ConsoleModifiers.Shift && (!char.IsControl(kept.KeyChar) || kept.Key == ConsoleKey.Backspace))
                {
                    Injected.Enqueue(typed);
                    typed = new Typed(Escape);
                }
            }

            return true;
        }

        Waiting?.Invoke();
        if (Injected.Count > 0)
            return false;
        terminal.Paint();
        keys.Wait();
        return false;
    }
}
