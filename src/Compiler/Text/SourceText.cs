using System.Collections.Immutable;

namespace Ctrace.Compiler.Text;

/// <summary>The text of one program and where it came from: one file, or several where it imports others.</summary>
public sealed class SourceText
{
    private readonly List<int> _lineStarts = [0];

    /// <summary>Wraps a program's text.</summary>
    /// <param name="text">The whole program.</param>
    /// <param name="name">What diagnostics call it: a file name, or <c>-e</c>.</param>
    public SourceText(string text, string name = "-e")
    {
        Text = text;
        Name = name;
        Parts = [(0, name)];
        for (int i = 0; i < text.Length; i++)
            if (text[i] == '\n')
                _lineStarts.Add(i + 1);
    }

    private SourceText(string text, ImmutableArray<(int Start, string Name)> parts) : this(text, parts[0].Name) => Parts = parts;

    /// <summary>The files behind each other, the program's own first: where each starts, and what diagnostics call it.</summary>
    public ImmutableArray<(int Start, string Name)> Parts { get; private init; }

    /// <summary>The same with another file behind it.</summary>
    public SourceText With(string text, string name) => new($"{Text}\n{text}", Parts.Add((Text.Length + 1, name)));

    /// <summary>The end of a file's text.</summary>
    public int EndOf(int part) => part + 1 < Parts.Length ? Parts[part + 1].Start - 1 : Text.Length;

    /// <summary>The file that a position is in.</summary>
    public string NameAt(int position) => Parts.Last(p => p.Start <= position).Name;

    /// <summary>The whole program.</summary>
    public string Text { get; }

    /// <summary>What diagnostics call the source.</summary>
    public string Name { get; }

    /// <summary>The characters of a span.</summary>
    public string Slice(TextSpan span) => Text.Substring(span.Start, Math.Min(span.Length, Text.Length - span.Start));

    /// <summary>Zero-based line, within its file, and column (both in characters) of a position.</summary>
    public (int Line, int Column) Locate(int position)
    {
        int line = LineAt(position);
        return (line - LineAt(Parts.Last(p => p.Start <= position).Start), position - _lineStarts[line]);
    }

    private int LineAt(int position)
    {
        int index = _lineStarts.BinarySearch(position);
        return index >= 0 ? index : ~index - 1;
    }

    /// <summary>The text, without its line break, of the line that a position is in.</summary>
    public string LineOf(int position)
    {
        int line = LineAt(position), start = _lineStarts[line];
        int end = line + 1 < _lineStarts.Count ? _lineStarts[line + 1] : Text.Length;
        return Text[start..end].TrimEnd('\n', '\r');
    }
}
