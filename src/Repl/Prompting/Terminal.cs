using System.Text;
using Ctrace.Repl.Rendering;

namespace Ctrace.Repl.Prompting;

/// <summary>
/// The whole screen, drawn as one: what was printed scrolls up, and below it stand the live tables, the line that is being
/// edited, and a message about it. Everything that changes is written again in one go, so that nothing is ever half drawn.
/// </summary>
internal sealed class Terminal : IScreen, IDisposable
{
    /// <summary>Printed lines kept to draw the screen anew after its size has changed.</summary>
    private const int Remembered = 500;

    /// <summary>Lines that may wait to be shown: then who prints waits, and what it can't take is counted as lost by the kernel.</summary>
    private const int MostWaiting = 20_000;

    private const int PaintMilliseconds = 40;

    private readonly Lock _painting = new();
    private readonly object _waitingLock = new();
    private readonly List<string> _waiting = [];
    private readonly Queue<string> _printed = [];
    private readonly AutoResetEvent _changed = new(false);
    private readonly Func<(int Width, int Height)> _size;
    private readonly Action<string> _write;
    private readonly Thread _painter;
    private (int Width, int Height) _lastSize;
    private int _cursorRow;
    private volatile bool _closed;

    /// <summary>Takes over the screen.</summary>
    /// <param name="size">Its size now.</param>
    /// <param name="write">Writes to it.</param>
    internal Terminal(Func<(int Width, int Height)> size, Action<string> write)
    {
        (_size, _write) = (size, write);
        _lastSize = size();
        Editor = new VirtualScreen(_lastSize.Width);
        _painter = new Thread(PaintForever) { IsBackground = true, Name = "ctrace screen" };
    }

    /// <summary>What the line editor has drawn. Only to be used in <see cref="Edit"/>.</summary>
    internal VirtualScreen Editor { get; }

    /// <summary>Gives the live tables' lines for a width and at most so many rows.</summary>
    internal Func<int, int, IReadOnlyList<string>> Live { get; set; } = (_, _) => [];

    /// <summary>How often live tables are drawn though nobody says that they changed.</summary>
    internal Func<int> RefreshMilliseconds { get; set; } = () => 1000;

    /// <summary>A line below the edited one, or an empty string.</summary>
    internal string Note { get; set; } = "";

    public int Width => _lastSize.Width;

    public int Height => _lastSize.Height;

    public bool HasColour { get; } = Environment.GetEnvironmentVariable("NO_COLOR") is not { Length: > 0 };

    public bool IsLive => true;

    /// <summary>Begins to draw.</summary>
    internal void Start() => _painter.Start();

    /// <summary>Lets the line editor draw.</summary>
    internal void Edit(Action<VirtualScreen> draw)
    {
        lock (_painting)
            draw(Editor);
    }

    public void Print(string text)
    {
        string[] lines = [.. text.Split('\n').Select(Harmless)];
        lock (_waitingLock)
        {
            while (_waiting.Count > MostWaiting && !_closed)
                Monitor.Wait(_waitingLock, 100);
            _waiting.AddRange(lines);
        }

        _changed.Set();
    }

    public void Message(string text) => Print(Palette.Style("31", text, HasColour && !text.Contains('\n')));

    public void Changed() => _changed.Set();

    /// <summary>Whether the size has changed since it was last asked; then all is drawn anew.</summary>
    internal bool CheckSize()
    {
        var now = _size();
        lock (_painting)
        {
            if (now == _lastSize)
                return false;
            _lastSize = now;
            Editor.Width = now.Width;
            Redraw();
            return true;
        }
    }

    /// <summary>Clears the screen, as Ctrl-L does: live tables and the edited line stay.</summary>
    internal void Wipe()
    {
        lock (_painting)
        {
            _printed.Clear();
            Redraw();
        }
    }

    /// <summary>Draws what has changed.</summary>
    internal void Paint()
    {
        lock (_painting)
            _write(Frame(""));
    }

    /// <summary>Turns what the editor shows into ordinary lines, and empties it.</summary>
    internal void Commit()
    {
        lock (_painting)
        {
            int last = Editor.Height - 1;
            while (last >= 0 && Editor.Row(last).Length == 0)
                last--;
            if (last >= 0)
                Print(string.Join('\n', Enumerable.Range(0, last + 1).Select(Editor.Row)));
            Editor.Clear();
            Note = "";
        }
    }

    /// <summary>Shows what waits, and leaves the cursor below it: live tables and editor go.</summary>
    internal void Close()
    {
        _closed = true;
        _changed.Set();
        _painter.Join();
        lock (_painting)
        {
            Live = (_, _) => [];
            Editor.Clear();
            Note = "";
            _write(Frame("") + "\r\x1b[J");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Close();

    /// <summary>After a change of size a terminal may have moved lines about: what stood there is written anew from the top.</summary>
    private void Redraw()
    {
        var text = new StringBuilder("\x1b[H\x1b[2J");
        _cursorRow = 0;
        var lines = _printed.TakeLast(Math.Max(0, _lastSize.Height - Math.Min(_lastSize.Height / 2, Editor.Height + 1)));
        foreach (string line in lines)
            text.Append(line).Append(Rest(line)).Append("\r\n");
        _write(Frame(text.ToString()));
    }

    /// <summary>
    /// Clears what a row held before, behind its new text. Not where that reaches the edge: the cursor then still stands on the last
    /// character, which would go.
    /// </summary>
    private string Rest(string line) => Palette.Columns(line) is var columns && columns > 0 && columns % Math.Max(1, _lastSize.Width) == 0 ? "" : "\x1b[K";

    private string Frame(string before)
    {
        var text = new StringBuilder("\x1b[?2026h\x1b[?25l").Append(before);
        if (_cursorRow > 0)
            text.Append($"\x1b[{_cursorRow}A");
        text.Append('\r');
        AppendWaiting(text);
        var area = Area(out int cursorRow, out int cursorColumn);
        for (int i = 0; i < area.Count; i++)
            text.Append(i > 0 ? "\r\n" : "").Append(area[i]).Append("\x1b[0m").Append(Rest(area[i]));
        text.Append("\x1b[J");
        if (area.Count - 1 - cursorRow is > 0 and var up)
            text.Append($"\x1b[{up}A");
        text.Append($"\x1b[{cursorColumn + 1}G\x1b[?25h\x1b[?2026l");
        _cursorRow = cursorRow;
        return text.ToString();
    }

    private void AppendWaiting(StringBuilder text)
    {
        string[] lines;
        lock (_waitingLock)
        {
            lines = [.. _waiting];
            _waiting.Clear();
            Monitor.PulseAll(_waitingLock);
        }

        foreach (string line in lines)
        {
            text.Append(line).Append(Rest(line)).Append("\r\n");
            _printed.Enqueue(line);
        }

        while (_printed.Count > Remembered)
            _printed.Dequeue();
    }

    /// <summary>The live tables, the editor and the note, in no more rows than there are.</summary>
    private List<string> Area(out int cursorRow, out int cursorColumn)
    {
        int height = Editor.Height, note = Note.Length > 0 ? 1 : 0;
        int shown = Math.Max(1, Math.Min(height, _lastSize.Height - note));
        int first = Math.Clamp(Editor.Cursor.Row - shown + 1, 0, Math.Max(0, height - shown));
        var lines = new List<string>(Live(_lastSize.Width, Math.Max(0, _lastSize.Height - shown - note)));
        cursorRow = lines.Count + Editor.Cursor.Row - first;
        cursorColumn = Editor.Cursor.Column;
        for (int i = 0; i < shown; i++)
            lines.Add(Editor.Row(first + i));
        if (note > 0)
            lines.Add(Note);
        return lines;
    }

    private void PaintForever()
    {
        while (!_closed)
        {
            _changed.WaitOne(RefreshMilliseconds());
            if (_closed)
                return;
            Paint();
            Thread.Sleep(PaintMilliseconds);
        }
    }

    /// <summary>What a traced program says must not move the cursor: only colours may stay.</summary>
    private static string Harmless(string line)
    {
        if (line.AsSpan().IndexOfAnyInRange('\0', '\x1f') < 0 && !line.Contains('\x7f') && line.AsSpan().IndexOfAnyInRange('\x80', '\x9f') < 0)
            return line;
        var text = new StringBuilder(line.Length);
        for (int i = 0; i < line.Length; i++)
        {
            if (line[i] == '\x1b' && SgrEnd(line, i) is > 0 and var end)
            {
                text.Append(line, i, end - i);
                i = end - 1;
            }
            else if (line[i] == '\t')
                text.Append(' ', 8 - (text.Length % 8));
            else
                text.Append(char.IsControl(line[i]) ? '?' : line[i]);
        }

        return text.ToString();
    }

    private static int SgrEnd(string line, int start)
    {
        if (start + 1 >= line.Length || line[start + 1] != '[')
            return 0;
        int end = start + 2;
        while (end < line.Length && (char.IsAsciiDigit(line[end]) || line[end] == ';'))
            end++;
        return end < line.Length && line[end] == 'm' ? end + 1 : 0;
    }
}
