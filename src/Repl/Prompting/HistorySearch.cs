using System.Text;

namespace Ctrace.Repl.Prompting;

/// <summary>What was entered before, in this run and in others: the line editor keeps the file, Ctrl-R looks through it.</summary>
/// <param name="file">The editor's file: a line in base64 per entry; null for none.</param>
internal sealed class HistorySearch(string? file)
{
    private readonly List<string> _entries = Load(file);
    private StringBuilder? _wanted;
    private int _position;

    /// <summary>Whether a search is under way.</summary>
    internal bool IsActive => _wanted is not null;

    /// <summary>What was found; empty where nothing was.</summary>
    internal string Found { get; private set; } = "";

    /// <summary>All entries, the oldest first.</summary>
    internal IReadOnlyList<string> Entries => _entries;

    /// <summary>What to show below the line while searching.</summary>
    internal string Note => $"search: {_wanted}  →  {(Found.Length > 0 ? Palette.OneLine(Found, 0) : _wanted is { Length: > 0 } ? "nothing such" : "")}";

    /// <summary>Adds an entry.</summary>
    internal void Add(string text)
    {
        if (text.Trim().Length > 0 && (_entries.Count == 0 || _entries[^1] != text))
            _entries.Add(text);
    }

    /// <summary>Begins a search.</summary>
    internal void Begin()
    {
        _wanted = new StringBuilder();
        (_position, Found) = (_entries.Count, "");
    }

    /// <summary>Takes a key of a search.</summary>
    /// <returns>The text to put on the line when the search is over with something found, otherwise null.</returns>
    internal string? Take(ConsoleKeyInfo key)
    {
        bool control = key.Modifiers.HasFlag(ConsoleModifiers.Control);
        if (control && key.Key == ConsoleKey.R)
        {
            Search(_position - 1);
            return null;
        }

        if (key.Key == ConsoleKey.Backspace && _wanted!.Length > 0)
        {
            _wanted.Length--;
            Search(_entries.Count - 1);
            return null;
        }

        if (!char.IsControl(key.KeyChar) && !control && key.KeyChar != '\0')
        {
            _wanted!.Append(key.KeyChar);
            Search(Math.Min(_position, _entries.Count - 1));
            return null;
        }

        bool abandoned = key.Key == ConsoleKey.Escape || control;
        string found = Found;
        (_wanted, Found) = (null, "");
        return abandoned || found.Length == 0 ? null : found;
    }

    private void Search(int from)
    {
        string wanted = _wanted!.ToString();
        for (int i = Math.Min(from, _entries.Count - 1); i >= 0 && wanted.Length > 0; i--)
        {
            if (!_entries[i].Contains(wanted, StringComparison.OrdinalIgnoreCase))
                continue;
            (_position, Found) = (i, _entries[i]);
            return;
        }

        if (wanted.Length == 0 || !Found.Contains(wanted, StringComparison.OrdinalIgnoreCase))
            Found = "";
    }

    private static List<string> Load(string? file)
    {
        var entries = new List<string>();
        try
        {
            foreach (string line in file is null ? [] : File.ReadLines(file))
            {
                byte[] bytes = new byte[line.Length];
                if (Convert.TryFromBase64String(line, bytes, out int count))
                    entries.Add(Encoding.UTF8.GetString(bytes, 0, count));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Without its history the prompt works as well.
        }

        return entries;
    }
}
