using System.Globalization;
using System.Text;

namespace Ctrace.Repl.Prompting;

/// <summary>Something typed: a key, or a whole text that was pasted.</summary>
/// <param name="Key">The key.</param>
/// <param name="Pasted">The text, or null.</param>
internal readonly record struct Typed(ConsoleKeyInfo Key, string? Pasted = null);

/// <summary>A terminal's bytes to keys. It knows what xterm sends, which all of today's terminals do.</summary>
internal sealed class KeyDecoder
{
    private const string PasteBegin = "\x1b[200~", PasteEnd = "\x1b[201~";

    private readonly Decoder _utf8 = Encoding.UTF8.GetDecoder();
    private readonly StringBuilder _text = new();

    /// <summary>Whether the last bytes could be the beginning of more.</summary>
    internal bool IsUnfinished => _text.Length > 0;

    /// <summary>Adds bytes.</summary>
    internal void Add(ReadOnlySpan<byte> bytes)
    {
        Span<char> characters = stackalloc char[bytes.Length + 2];
        int count = _utf8.GetChars(bytes, characters, false);
        _text.Append(characters[..count]);
    }

    /// <summary>The next key.</summary>
    /// <param name="final">Whether nothing more comes: then an escape character is the Escape key.</param>
    internal Typed? Next(bool final)
    {
        if (_text.Length == 0)
            return null;
        string text = _text.ToString();
        if (text[0] != '\x1b')
            return Take(1, Plain(text[0]));
        if (text.StartsWith(PasteBegin, StringComparison.Ordinal))
        {
            int end = text.IndexOf(PasteEnd, StringComparison.Ordinal);
            if (end < 0)
                return null;
            _text.Remove(0, end + PasteEnd.Length);
            string pasted = text[PasteBegin.Length..end].Replace("\r\n", "\n").Replace('\r', '\n');
            return new Typed(default, pasted);
        }

        if (text.Length == 1)
            return final ? Take(1, Key(ConsoleKey.Escape, '\x1b')) : null;
        if (text[1] is '[' or 'O')
        {
            int end = 2;
            while (end < text.Length && text[end] is (< '@' or > '~') and >= ' ')
                end++;
            if (end < text.Length)
                return Take(end + 1, Sequence(text[2..end], text[end]));
            return final ? Take(text.Length, Key(ConsoleKey.Escape, '\x1b')) : null;
        }

        // Alt and a key.
        var key = Plain(text[1]);
        return Take(2, new ConsoleKeyInfo(key.KeyChar, key.Key, key.Modifiers.HasFlag(ConsoleModifiers.Shift), true, key.Modifiers.HasFlag(ConsoleModifiers.Control)));
    }

    private Typed Take(int length, ConsoleKeyInfo key)
    {
        _text.Remove(0, length);
        return new Typed(key);
    }

    private static ConsoleKeyInfo Key(ConsoleKey key, char c = '\0', bool shift = false, bool control = false) => new(c, key, shift, false, control);

    private static ConsoleKeyInfo Plain(char c) => c switch
    {
        '\r' or '\n' => Key(ConsoleKey.Enter, '\r'),
        '\t' => Key(ConsoleKey.Tab, '\t'),
        '\x7f' => Key(ConsoleKey.Backspace, '\b'),
        '\b' => Key(ConsoleKey.Backspace, '\b', control: true),
        '\0' => Key(ConsoleKey.Spacebar, ' ', control: true),
        '\x1b' => Key(ConsoleKey.Escape, '\x1b'),
        < ' ' => Key(c <= 26 ? ConsoleKey.A + (c - 1) : ConsoleKey.None, c, control: true),
        ' ' => Key(ConsoleKey.Spacebar, ' '),
        >= 'a' and <= 'z' => Key(ConsoleKey.A + (c - 'a'), c),
        >= 'A' and <= 'Z' => Key(ConsoleKey.A + (c - 'A'), c, shift: true),
        >= '0' and <= '9' => Key(ConsoleKey.D0 + (c - '0'), c),
        _ => Key(ConsoleKey.None, c),
    };

    private static ConsoleKeyInfo Sequence(string parameters, char final)
    {
        int[] numbers = [.. parameters.Split(';').Select(p => int.TryParse(p, NumberStyles.None, CultureInfo.InvariantCulture, out int n) ? n : 0)];
        int modifiers = numbers.Length > 1 ? Math.Max(0, numbers[1] - 1) : 0;
        var key = final switch
        {
            'A' => ConsoleKey.UpArrow,
            'B' => ConsoleKey.DownArrow,
            'C' => ConsoleKey.RightArrow,
            'D' => ConsoleKey.LeftArrow,
            'H' => ConsoleKey.Home,
            'F' => ConsoleKey.End,
            'P' or 'Q' or 'R' or 'S' => ConsoleKey.F1 + (final - 'P'),
            'Z' => ConsoleKey.Tab,
            '~' => Tilde(numbers[0]),
            _ => ConsoleKey.None,
        };
        return new ConsoleKeyInfo('\0', key, final == 'Z' || (modifiers & 1) != 0, (modifiers & 2) != 0, (modifiers & 4) != 0);
    }

    private static ConsoleKey Tilde(int number) => number switch
    {
        1 or 7 => ConsoleKey.Home,
        2 => ConsoleKey.Insert,
        3 => ConsoleKey.Delete,
        4 or 8 => ConsoleKey.End,
        5 => ConsoleKey.PageUp,
        6 => ConsoleKey.PageDown,
        >= 11 and <= 15 => ConsoleKey.F1 + (number - 11),
        >= 17 and <= 21 => ConsoleKey.F6 + (number - 17),
        23 or 24 => ConsoleKey.F11 + (number - 23),
        _ => ConsoleKey.None,
    };
}
