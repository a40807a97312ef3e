namespace Ctrace.Compiler.Text;

/// <summary>A half-open range of characters in a <see cref="SourceText"/>.</summary>
/// <param name="Start">Zero-based index of the first character.</param>
/// <param name="Length">Number of UTF-16 characters; zero marks a position.</param>
public readonly record struct TextSpan(int Start, int Length)
{
    /// <summary>Zero-based index just after the last character.</summary>
    public int End => Start + Length;

    /// <summary>The span from <paramref name="start"/> up to, not including, <paramref name="end"/>.</summary>
    public static TextSpan FromBounds(int start, int end) => new(start, Math.Max(0, end - start));

    /// <summary>The smallest span that holds both.</summary>
    public static TextSpan Union(TextSpan a, TextSpan b) =>
        FromBounds(Math.Min(a.Start, b.Start), Math.Max(a.End, b.End));
}
