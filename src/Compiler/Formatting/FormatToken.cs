using Ctrace.Compiler.Text;

namespace Ctrace.Compiler.Formatting;

/// <summary>What a piece of a program is, as far as white space around it goes.</summary>
internal enum FormatKind
{
    /// <summary>A name, a number, a string, a map or a variable.</summary>
    Word,

    /// <summary>An operator or a bracket.</summary>
    Mark,

    /// <summary>A probe, copied as it is.</summary>
    Probe,

    /// <summary>C# with its braces, copied as it is.</summary>
    Handler,

    /// <summary><c>// …</c>: what follows is on another line.</summary>
    LineComment,

    /// <summary><c>/* … */</c>.</summary>
    BlockComment,
}

/// <summary>A piece of a program.</summary>
/// <param name="Text">As written.</param>
/// <param name="Start">Where it begins.</param>
/// <param name="Kind">What it is.</param>
/// <param name="LinesBefore">How many lines end between it and the piece before.</param>
internal readonly record struct FormatToken(string Text, int Start, FormatKind Kind, int LinesBefore)
{
    internal int End => Start + Text.Length;

    internal bool IsComment => Kind is FormatKind.LineComment or FormatKind.BlockComment;

    internal bool Is(string mark) => Kind == FormatKind.Mark && Text == mark;

    /// <summary>Whether a value can end here: an operator behind it has two sides.</summary>
    internal bool EndsValue => Kind == FormatKind.Word || Text is ")" or "]";
}
