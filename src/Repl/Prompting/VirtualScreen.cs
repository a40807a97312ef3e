using System.Globalization;
using System.Text;
using PrettyPrompt.Rendering;

namespace Ctrace.Repl.Prompting;

/// <summary>
/// A small terminal in memory. The line editor draws into it as if it had a terminal for itself; what stands in it is then
/// drawn below the live tables. It knows the escape sequences that the editor uses, and ignores others.
/// </summary>
internal sealed class VirtualScreen
{
    private readonly record struct Cell(string Text, string Style);

    private readonly List<List<Cell>> _rows = [[]];
    private readonly SortedDictionary<int, string> _style = [];
    private readonly StringBuilder _unfinished = new();
    private string _sgr = "";
    private int _width;
    private bool _wrapPending;

    internal VirtualScreen(int width) => _width = Math.Max(1, width);

    /// <summary>The cursor's row and column.</summary>
    internal (int Row, int Column) Cursor { get; private set; }

    /// <summary>Rows up to the last with something in it, or with the cursor.</summary>
    internal int Height
    {
        get
        {
            int used = _rows.FindLastIndex(r => r.Exists(c => c.Text != " " || c.Style.Length > 0));
            return Math.Max(used, Cursor.Row) + 1;
        }
    }

    /// <summary>Columns: what stands beyond a new width is dropped.</summary>
    internal int Width
    {
        get => _width;
        set
        {
            _width = Math.Max(1, value);
            foreach (var row in _rows)
                if (row.Count > _width)
                    row.RemoveRange(_width, row.Count - _width);
            Cursor = (Cursor.Row, Math.Min(Cursor.Column, _width - 1));
        }
    }

    /// <summary>Empties it.</summary>
    internal void Clear()
    {
        _rows.Clear();
        _rows.Add([]);
        _style.Clear();
        _sgr = "";
        Cursor = default;
        _wrapPending = false;
    }

    /// <summary>A row's text with its styles.</summary>
    internal string Row(int index)
    {
        if (index >= _rows.Count)
            return "";
        var row = _rows[index];
        int end = row.FindLastIndex(c => c.Text != " " || c.Style.Length > 0) + 1;
        var text = new StringBuilder();
        string style = "";
        for (int i = 0; i < end; i++)
        {
            if (row[i].Style != style)
            {
                text.Append(Palette.Reset);
                style = row[i].Style;
                if (style.Length > 0)
                    text.Append("\x1b[").Append(style).Append('m');
            }

            text.Append(row[i].Text);
        }

        return style.Length > 0 ? text.Append(Palette.Reset).ToString() : text.ToString();
    }

    /// <summary>Takes what the editor writes.</summary>
    internal void Write(ReadOnlySpan<char> text)
    {
        foreach (char c in text)
            Take(c);
    }

    private void Take(char c)
    {
        if (_unfinished.Length > 0)
        {
            _unfinished.Append(c);
            // ESC [ … final, or ESC and one more character.
            if (_unfinished.Length == 2 && c != '[')
                _unfinished.Clear();
            else if (_unfinished.Length > 2 && c is >= '@' and <= '~')
                Finish(c);
            return;
        }

        switch (c)
        {
            case '\x1b':
                _unfinished.Append(c);
                break;
            case '\n':
                Move(Cursor.Row + 1, 0);
                break;
            case '\r':
                Move(Cursor.Row, 0);
                break;
            case '\b':
                Move(Cursor.Row, Cursor.Column - 1);
                break;
            default:
                if (!char.IsControl(c))
                    Put(c);
                break;
        }
    }

    private void Put(char c)
    {
        int width = UnicodeWidth.GetWidth(c);
        if (char.IsLowSurrogate(c) || width <= 0)
        {
            Attach(c);
            return;
        }

        if (_wrapPending || Cursor.Column + width > _width)
            Move(Cursor.Row + 1, 0);
        var row = RowAt(Cursor.Row);
        while (row.Count < Cursor.Column + width)
            row.Add(new Cell(" ", ""));
        row[Cursor.Column] = new Cell(c.ToString(), _sgr);
        if (width == 2)
            row[Cursor.Column + 1] = new Cell("", _sgr);
        if (Cursor.Column + width >= _width)
            _wrapPending = true;
        else
            Cursor = (Cursor.Row, Cursor.Column + width);
    }

    /// <summary>The second half of a character, or a mark on it.</summary>
    private void Attach(char c)
    {
        var row = RowAt(Cursor.Row);
        int last = Math.Min(row.Count, _wrapPending ? _width : Cursor.Column) - 1;
        if (last >= 0)
            row[last] = row[last] with { Text = row[last].Text + c };
    }

    private void Finish(char final)
    {
        string parameters = _unfinished.ToString(2, _unfinished.Length - 3);
        _unfinished.Clear();
        int[] numbers = [.. parameters.Split(';').Select(p => int.TryParse(p, NumberStyles.None, CultureInfo.InvariantCulture, out int n) ? n : -1)];
        int first = Math.Max(1, numbers[0]);
        switch (final)
        {
            case 'A':
                Move(Cursor.Row - first, Cursor.Column);
                break;
            case 'B':
                Move(Cursor.Row + first, Cursor.Column);
                break;
            case 'C':
                Move(Cursor.Row, Cursor.Column + first);
                break;
            case 'D':
                Move(Cursor.Row, Cursor.Column - first);
                break;
            case 'G':
                Move(Cursor.Row, first - 1);
                break;
            case 'H':
                Move(first - 1, numbers.Length > 1 ? Math.Max(1, numbers[1]) - 1 : 0);
                break;
            case 'K':
                EraseRow(numbers[0]);
                break;
            case 'J':
                Erase(numbers[0]);
                break;
            case 'm':
                ChangeStyle(numbers);
                break;
        }
    }

    private void Move(int row, int column)
    {
        Cursor = (Math.Max(0, row), Math.Clamp(column, 0, _width - 1));
        _wrapPending = false;
        RowAt(Cursor.Row);
    }

    private List<Cell> RowAt(int index)
    {
        while (_rows.Count <= index)
            _rows.Add([]);
        return _rows[index];
    }

    private void EraseRow(int how)
    {
        var row = RowAt(Cursor.Row);
        if (how == 2)
            row.Clear();
        else if (how == 1)
            for (int i = 0; i <= Cursor.Column && i < row.Count; i++)
                row[i] = new Cell(" ", "");
        else if (row.Count > Cursor.Column)
            row.RemoveRange(Cursor.Column, row.Count - Cursor.Column);
    }

    private void Erase(int how)
    {
        if (how == 2)
        {
            foreach (var row in _rows)
                row.Clear();
            return;
        }

        EraseRow(0);
        if (_rows.Count > Cursor.Row + 1)
            _rows.RemoveRange(Cursor.Row + 1, _rows.Count - Cursor.Row - 1);
    }

    /// <summary>A style is what was set of each of its aspects: colour, background, bold, …; an aspect's key keeps their order.</summary>
    private void ChangeStyle(int[] numbers)
    {
        for (int i = 0; i < numbers.Length; i++)
        {
            int n = numbers[i];
            switch (n)
            {
                case <= 0:
                    _style.Clear();
                    break;
                case 38 or 48:
                    int length = i + 1 < numbers.Length && numbers[i + 1] == 2 ? 5 : 3;
                    _style[n] = string.Join(';', numbers.Skip(i).Take(length));
                    i += length - 1;
                    break;
                case (>= 30 and <= 37) or (>= 90 and <= 97):
                    _style[38] = n.ToString(CultureInfo.InvariantCulture);
                    break;
                case (>= 40 and <= 47) or (>= 100 and <= 107):
                    _style[48] = n.ToString(CultureInfo.InvariantCulture);
                    break;
                case 39 or 49:
                    _style.Remove(n - 1);
                    break;
                case 22 or 24 or 27:
                    _style.Remove(n == 22 ? 1 : n - 20);
                    break;
                case < 10:
                    _style[n] = n.ToString(CultureInfo.InvariantCulture);
                    break;
            }
        }

        _sgr = string.Join(';', _style.Values);
    }
}
