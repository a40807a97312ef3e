namespace Ctrace.Compiler.Text;

/// <summary>The text of one program and where it came from.</summary>
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
        for (int i = 0; i < text.Length; i++)
            if (text[i] == '\n')
                _lineStarts.Add(i + 1);
    }

    /// <summary>The whole program.</summary>
    public string Text { get; }

    /// <summary>What diagnostics call the source.</summary>
    public string Name { get; }

    /// <summary>The characters of a span.</summary>
    public string Slice(TextSpan span) => Text.Substring(span.Start, Math.Min(span.Length, Text.Length - span.Start));

    /// <summary>Zero-based line and column (both in characters) of a position.</summary>
    public (int Line, int Column) Locate(int position)
    {
        int index = _lineStarts.BinarySearch(position);
        int line = index >= 0 ? index : ~index - 1;
        return (line, position - _lineStarts[line]);
    }

    /// <summary>A line's text without its line break.</summary>
    /// <param name="line">Zero-based line number.</param>
    public string Line(int line)
    {
        int start = _lineStarts[line];
        int end = line + 1 < _lineStarts.Count ? _lineStarts[line + 1] : Text.Length;
        return Text[start..end].TrimEnd('\n', '\r');
    }
}
